// Peers and events for tests of code that takes them.

import type { Event, EventEnvelope, EventPeer, OtherEvent, PeerJoined, PeerLeft } from '../events.js'
import type { Peer } from '../rooms.js'

/**
 * Makes a peer as `listPeers` returns it. What is not given has a default: ids that no other has, the role `guest`, the same time
 * for all.
 * @param fields - the fields that matter to the test
 * @returns the peer
 * @throws `TypeError` if a field is unknown
 */
export declare function makePeer(fields?: Partial<Peer>): Peer

/** What {@link makeEvent} and {@link makeWebhook} take: the fields of an {@link Event}, all of them optional. */
export interface EventFields extends Partial<EventEnvelope>, Partial<EventPeer>, Partial<Pick<PeerLeft, 'leftAt' | 'durationMs' | 'reason'>> {}

/**
 * Makes an event as `Webhooks.read` returns it. What is not given has a default, as with {@link makePeer}; the room is `room`.
 * @param type - what happened
 * @param fields - the fields that matter to the test; `data` adds members, with 100ms's own names
 * @returns the event
 * @throws `TypeError` if a field is unknown; `WebhookError` if 100ms could not post such an event, as with a blank id
 * @example
 * onEvent(makeEvent('peer.join.success', { roomId: 'table-1', peerId: 'p1', userId: 'ann' }))
 */
export declare function makeEvent(type: 'peer.join.success', fields?: EventFields): PeerJoined
/** The same, for a peer that left. */
export declare function makeEvent(type: 'peer.leave.success', fields?: EventFields): PeerLeft
/** The same, for any other event. */
export declare function makeEvent(type: OtherEvent['type'], fields?: EventFields): OtherEvent
/** The same, for a type that is known at run time only. */
export declare function makeEvent(type: string, fields?: EventFields): Event

/**
 * Makes the body of a webhook as 100ms posts it, for a request to your handler. Otherwise as {@link makeEvent}.
 * @param type - what happened
 * @param fields - the fields that matter to the test
 * @returns the body: JSON text
 * @throws `TypeError` if a field is unknown
 * @example
 * await request(app).post('/webhook').set('x-webhook-secret', secret).send(makeWebhook('peer.join.success', { userId: 'ann' }))
 */
export declare function makeWebhook(type: string, fields?: EventFields): string

/**
 * One table: who is seated, the current hand, and the messages that are due. No network, no clock, no files.
 *
 * The order of webhooks does not matter, since 100ms guarantees none and retries them. Each contains the time at which its
 * peer joined: older events and repeated events change nothing.
 */
import * as game from './game.js'

/** The operation is not possible now; the text says why. */
export class Refused extends Error {}

/** Without a prototype: keys are user ids and peer ids, which others choose, such as `__proto__`. */
const dictionary = (entries = {}) => Object.assign(Object.create(null), entries)

const milliseconds = (date) => date?.getTime() ?? 0

export class Table {
  sessionId = ''
  sessionBegan = 0
  /** Every peer of the session, by its id. One that has left is kept, so that a late join event seats nobody. */
  peers = dictionary()
  hand = 0
  /** By user id, since a player who rejoins has another peer id. Empty between two hands. */
  cards = dictionary()
  bets = dictionary()
  /** By user id, what was sent last: the hand, the peer and the bet. */
  lastSent = dictionary()
  /** Showdowns that have not been sent yet. */
  showdowns = []

  /** From the saved state: what `JSON.stringify` returned. */
  constructor(saved = {}) {
    Object.assign(this, saved)
    for (const key of ['peers', 'cards', 'bets', 'lastSent']) this[key] = dictionary(saved[key])
  }

  // --- seats ---

  /** Applies a webhook: a peer joined or left. */
  apply(event) {
    if (event.role === 'player' && this.#isOfThisSession(event.sessionId, event.sessionStartedAt)) {
      this.#record(event, event.type === 'peer.leave.success')
    }
  }

  /** Applies a query's result: the room, or undefined if it is empty, and its players. Corrects missed events. */
  reconcile(room, players) {
    if (room && !this.#isOfThisSession(room.sessionId, room.createdAt)) return
    const here = new Set(players.map(({ peerId }) => peerId))
    for (const [peerId, peer] of Object.entries(this.peers)) peer.left ||= !here.has(peerId)
    for (const player of players) this.#record(player, false)
  }

  #record({ peerId, userId, joinedAt }, left) {
    const joined = milliseconds(joinedAt)
    const known = this.peers[peerId]
    const isNewer = !known || joined > known.joinedAt || (joined === known.joinedAt && left && !known.left)
    if (isNewer && userId !== '') this.peers[peerId] = { userId, joinedAt: joined, left }
  }

  #isOfThisSession(sessionId, startedAt) {
    if (sessionId === this.sessionId) return true
    const began = milliseconds(startedAt)
    if (this.sessionId !== '' && began <= this.sessionBegan) return false // A late event of an ended session.
    Object.assign(this, { sessionId, sessionBegan: began, peers: dictionary() })
    return true
  }

  /**
   * The peer that has each user's seat. Of several tabs it is the one opened last; when that one leaves, the one before.
   */
  seats() {
    const here = Object.entries(this.peers).filter(([, peer]) => !peer.left)
    here.sort(([, a], [, b]) => a.joinedAt - b.joinedAt)
    return dictionary(Object.fromEntries(here.map(([peerId, { userId }]) => [userId, peerId])))
  }

  get #isPlaying() {
    return Object.keys(this.cards).length > 0
  }

  // --- the hand ---

  deal() {
    if (this.#isPlaying) throw new Refused(`hand ${this.hand} is being played; its showdown comes first`)
    const players = Object.keys(this.seats()).sort()
    if (players.length < 2 || players.length > game.MOST_PLAYERS) {
      throw new Refused(`${players.length} sit at the table; 2 to ${game.MOST_PLAYERS} can play`)
    }
    this.hand += 1
    this.cards = dictionary(game.deal(players))
    this.bets = dictionary(Object.fromEntries(players.map((player) => [player, 0])))
    return players
  }

  bet(userId, amount) {
    if (!(userId in this.cards) || !(userId in this.seats())) {
      throw new Refused(`${userId} has no cards, or does not sit at the table`)
    }
    return (this.bets[userId] += amount)
  }

  /** Ends the hand. A player who has left has folded: their cards are not shown. */
  showdown() {
    if (!this.#isPlaying) throw new Refused('no hand is being played')
    const seats = this.seats()
    const shown = Object.entries(this.cards).filter(([userId]) => userId in seats)
    const players = shown.map(([userId, cards]) => [userId, { cards, is: game.name(cards) }])
    const show = {
      hand: this.hand,
      players: Object.fromEntries(players),
      winners: game.winners(Object.fromEntries(shown)),
      pot: Object.values(this.bets).reduce((sum, bet) => sum + bet, 0)
    }
    this.showdowns.push(show)
    this.cards = dictionary()
    this.bets = dictionary()
    return show
  }

  // --- due messages ---

  /** The messages to send now: to one peer, or without a peer id to everyone. It stays due until `markSent`. */
  due() {
    if (this.showdowns.length > 0) return [{ message: this.showdowns[0] }]
    const seats = this.seats()
    const sends = Object.keys(this.cards)
      .filter((userId) => userId in seats)
      .map((userId) => ({
        peerId: seats[userId],
        userId,
        message: { hand: this.hand, player: userId, cards: this.cards[userId], bet: this.bets[userId] }
      }))
    return sends.filter((send) => this.lastSent[send.userId] !== sentKey(send))
  }

  markSent(send) {
    if (send.peerId === undefined) this.showdowns = this.showdowns.filter((showdown) => showdown !== send.message)
    else this.lastSent[send.userId] = sentKey(send)
  }
}

const sentKey = ({ peerId, message }) => JSON.stringify([message.hand, peerId, message.bet])

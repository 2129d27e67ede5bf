/**
 * One table: who sits at it, the hand they play, and what has yet to be sent to whom. No network, no clock, no files.
 *
 * Nothing here goes by the order in which webhooks come, since 100ms promises none and sends again what was not answered.
 * Each says when its peer joined: older news, and the same news once more, change nothing.
 */
import * as game from './game.js'

/** What was asked for cannot be done now; its text says why. */
export class Refused extends Error {}

/** Keys are user ids and peer ids, which others choose: none of them may mean more than itself, as `__proto__` would. */
const dictionary = (entries = {}) => Object.assign(Object.create(null), entries)

const milliseconds = (date) => date?.getTime() ?? 0

export class Table {
  sessionId = ''
  sessionBegan = 0
  /** Every peer of the session, by its id. One that has left stays, so that its joining, told late, seats nobody. */
  peers = dictionary()
  hand = 0
  /** By user id, and so the same whatever peer id somebody comes back with. Empty between two hands. */
  cards = dictionary()
  bets = dictionary()
  /** What each player was sent last: the hand, to which peer, with which bet. */
  told = dictionary()
  /** What everybody has yet to be shown. */
  shows = []

  /** As it was kept: what `JSON.stringify` made of it. */
  constructor(kept = {}) {
    Object.assign(this, kept)
    for (const key of ['peers', 'cards', 'bets', 'told']) this[key] = dictionary(kept[key])
  }

  // --- who sits here ---

  /** Takes in that a peer joined or left. */
  heard(event) {
    if (event.role === 'player' && this.#isOfThisSession(event.sessionId, event.sessionStartedAt)) {
      this.#note(event, event.type === 'peer.leave.success')
    }
  }

  /** Takes in who is in the room, or undefined if nobody is: whatever was not heard. */
  found(room, players) {
    if (room && !this.#isOfThisSession(room.sessionId, room.createdAt)) return
    const here = new Set(players.map(({ peerId }) => peerId))
    for (const [peerId, peer] of Object.entries(this.peers)) peer.left ||= !here.has(peerId)
    for (const player of players) this.#note(player, false)
  }

  #note({ peerId, userId, joinedAt }, left) {
    const joined = milliseconds(joinedAt)
    const known = this.peers[peerId]
    const isNews = !known || joined > known.joinedAt || (joined === known.joinedAt && left && !known.left)
    if (isNews && userId !== '') this.peers[peerId] = { userId, joinedAt: joined, left }
  }

  #isOfThisSession(sessionId, startedAt) {
    if (sessionId === this.sessionId) return true
    const began = milliseconds(startedAt)
    if (this.sessionId !== '' && began <= this.sessionBegan) return false // Late news of a session that is over.
    Object.assign(this, { sessionId, sessionBegan: began, peers: dictionary() })
    return true
  }

  /**
   * The peer that plays for each user. Who has two tabs open plays in the one opened last; when that one leaves, in the
   * other.
   */
  seats() {
    const here = Object.entries(this.peers).filter(([, peer]) => !peer.left)
    here.sort(([, a], [, b]) => a.joinedAt - b.joinedAt)
    return dictionary(Object.fromEntries(here.map(([peerId, { userId }]) => [userId, peerId])))
  }

  get #isPlaying() {
    return Object.keys(this.cards).length > 0
  }

  // --- what they play ---

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

  /** Ends the hand. Who has left has folded: their cards are shown to nobody. */
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
    this.shows.push(show)
    this.cards = dictionary()
    this.bets = dictionary()
    return show
  }

  // --- what is due ---

  /** What has to be sent now: to one peer alone, or without a peer id to everybody. It stays due until it is `done`. */
  due() {
    if (this.shows.length > 0) return [{ message: this.shows[0] }]
    const seats = this.seats()
    const sends = Object.keys(this.cards)
      .filter((userId) => userId in seats)
      .map((userId) => ({
        peerId: seats[userId],
        userId,
        message: { hand: this.hand, player: userId, cards: this.cards[userId], bet: this.bets[userId] }
      }))
    return sends.filter((send) => this.told[send.userId] !== mark(send))
  }

  done(send) {
    if (send.peerId === undefined) this.shows = this.shows.filter((show) => show !== send.message)
    else this.told[send.userId] = mark(send)
  }
}

const mark = ({ peerId, message }) => JSON.stringify([message.hand, peerId, message.bet])

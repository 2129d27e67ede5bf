/** The rules: the deck, the rank of a hand, the winners. Five cards each, no drawing. */
import { randomInt } from 'node:crypto'

const RANKS = '23456789TJQKA'
const SUITS = '♠♥♦♣'
const DECK = [...RANKS].flatMap((rank) => [...SUITS].map((suit) => rank + suit))
const HAND = 5
export const MOST_PLAYERS = Math.floor(DECK.length / HAND)

const NAMES = [
  'high card',
  'pair',
  'two pairs',
  'three of a kind',
  'straight',
  'flush',
  'full house',
  'four of a kind',
  'straight flush'
]
const SHAPES = { '2,1,1,1': 1, '2,2,1': 2, '3,1,1': 3, '3,2': 6, '4,1': 7 }

/** Five cards for each player. */
export function deal(players) {
  const deck = [...DECK]
  // Not Math.random: its next values can be computed from earlier ones.
  const draw = () => deck.splice(randomInt(deck.length), 1)[0]
  return Object.fromEntries(players.map((player) => [player, Array.from({ length: HAND }, draw)]))
}

/** A sort key: the kind of hand, then its ranks, the most frequent first. A better hand has a larger key. */
export function strength(cards) {
  const counts = new Map()
  for (const [rank] of cards) counts.set(RANKS.indexOf(rank), (counts.get(RANKS.indexOf(rank)) ?? 0) + 1)
  let ranks = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || b - a)
  if (ranks.join() === '12,3,2,1,0') ranks = [3, 2, 1, 0, -1] // In A2345 the ace is the lowest.
  const straight = ranks.length === HAND && ranks[0] - ranks.at(-1) === HAND - 1
  const flush = new Set(cards.map(([, suit]) => suit)).size === 1
  if (straight && flush) return [8, ...ranks]
  if (straight || flush) return [straight ? 4 : 5, ...ranks]
  const shape = [...counts.values()].sort((a, b) => b - a).join()
  return [SHAPES[shape] ?? 0, ...ranks]
}

export const name = (cards) => NAMES[strength(cards)[0]]

/** The players with the best hand. */
export function winners(hands) {
  const players = Object.keys(hands).map((player) => ({ player, worth: strength(hands[player]) }))
  players.sort((a, b) => compare(b.worth, a.worth))
  return players.filter(({ worth }) => compare(worth, players[0].worth) === 0).map(({ player }) => player)
}

/** Above 0 if the first is better. Two hands of the same kind have the same number of ranks. */
function compare(a, b) {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : a[at] - b[at]
}

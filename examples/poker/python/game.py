"""The rules: the deck, the rank of a hand, the winners. Five cards each, no drawing."""

from __future__ import annotations

import secrets
from collections import Counter

RANKS = "23456789TJQKA"
SUITS = "♠♥♦♣"
DECK = [rank + suit for rank in RANKS for suit in SUITS]
HAND = 5
MOST_PLAYERS = len(DECK) // HAND

NAMES = (
    "high card",
    "pair",
    "two pairs",
    "three of a kind",
    "straight",
    "flush",
    "full house",
    "four of a kind",
    "straight flush",
)
SHAPES = {(2, 1, 1, 1): 1, (2, 2, 1): 2, (3, 1, 1): 3, (3, 2): 6, (4, 1): 7}


def deal(players: list[str]) -> dict[str, list[str]]:
    deck = DECK.copy()
    # Not random.shuffle: its next values can be computed from earlier ones.
    secrets.SystemRandom().shuffle(deck)
    return {player: [deck.pop() for _ in range(HAND)] for player in players}


def strength(cards: list[str]) -> tuple[int, list[int]]:
    """A sort key: the kind of hand, then its ranks, the most frequent first. A better hand has a larger key."""
    counts = Counter(RANKS.index(card[0]) for card in cards)
    ranks = sorted(counts, key=lambda rank: (counts[rank], rank), reverse=True)
    if ranks == [12, 3, 2, 1, 0]:
        ranks = [3, 2, 1, 0, -1]  # In A2345 the ace is the lowest.
    straight = len(ranks) == HAND and ranks[0] - ranks[-1] == HAND - 1
    flush = len({card[1] for card in cards}) == 1
    if straight or flush:
        return (8 if straight and flush else 4 if straight else 5), ranks
    return SHAPES.get(tuple(sorted(counts.values(), reverse=True)), 0), ranks


def name(cards: list[str]) -> str:
    return NAMES[strength(cards)[0]]


def winners(hands: dict[str, list[str]]) -> list[str]:
    best = max((strength(cards) for cards in hands.values()), default=None)
    return [player for player, cards in hands.items() if strength(cards) == best]

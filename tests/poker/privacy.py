"""Checks that no player received another's cards, from what the players' sockets received."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from harness.poker import Player

Hand = int
Cards = frozenset


def violations(peers: Iterable[Player]) -> list[str]:
    """The violations in what the peers of one room received. The player that a message names is not trusted: cards that
    reached two players, or that the showdown shows as another's, are a leak."""
    found: list[str] = []
    private: dict[Hand, dict[str, set[Cards]]] = defaultdict(lambda: defaultdict(set))
    shown: dict[Hand, dict[str, Cards]] = {}
    for peer in peers:
        for is_private, text in peer.received:
            message = json.loads(text)
            hand = message["hand"]
            if not is_private:
                if set(message) != {"hand", "players", "winners", "pot"}:
                    found.append(f"hand {hand}: everyone was sent {sorted(message)}")
                    continue
                show = {user_id: Cards(player["cards"]) for user_id, player in message["players"].items()}
                if shown.setdefault(hand, show) != show:
                    found.append(f"hand {hand}: {peer.name} received another showdown than the others")
                continue
            if peer.role != "player" or message["player"] != peer.name:
                found.append(f"hand {hand}: {peer.name} ({peer.role}) received the cards of {message['player']}")
            private[hand][peer.name].add(Cards(message["cards"]))
    for hand, by_user in private.items():
        owner: dict[str, str] = {}
        for user_id, several in by_user.items():
            if len(several) != 1:
                found.append(f"hand {hand}: {user_id} received {len(several)} different hands of cards")
            for card in Cards().union(*several):
                if owner.setdefault(card, user_id) != user_id:
                    found.append(f"hand {hand}: {user_id} received {card}, and so did {owner[card]}")
            whose = shown.get(hand, {}).get(user_id)
            if whose is not None and several != {whose}:
                found.append(f"hand {hand}: {user_id} received cards that were not theirs at the showdown")
    return found


def missing_cards(peers: Iterable[Player]) -> list[str]:
    """The players in a showdown who had not received their own cards."""
    seen, shown = set(), set()
    for peer in peers:
        for is_private, text in peer.received:
            message = json.loads(text)
            if is_private:
                seen.add((message["hand"], peer.name, Cards(message["cards"])))
            else:
                for user_id, player in message["players"].items():
                    shown.add((message["hand"], user_id, Cards(player["cards"])))
    return sorted(f"hand {hand}: {user_id} never received their cards" for hand, user_id, _ in shown - seen)

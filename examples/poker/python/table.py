"""One table: who is seated, the current hand, and the messages that are due. No network, no clock, no files.

The order of webhooks does not matter, since 100ms guarantees none and retries them. Each contains the time at which its
peer joined: older events and repeated events change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import roomcast

import game


def seconds(time: datetime | None) -> float:
    return time.timestamp() if time else 0


class Refused(Exception):
    """The operation is not possible now; the text says why."""


class Send(NamedTuple):
    """A message that is due: to one peer, or with None to everyone in the room."""

    peer_id: str | None
    user_id: str
    message: dict[str, Any]


@dataclass
class Table:
    session_id: str = ""
    session_began: float = 0
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every peer of the session, by its id. One that has left is kept, so that a late join event seats nobody."""
    hand: int = 0
    cards: dict[str, list[str]] = field(default_factory=dict)
    """By user id, since a player who rejoins has another peer id. Empty between two hands."""
    bets: dict[str, int] = field(default_factory=dict)
    last_sent: dict[str, list[Any]] = field(default_factory=dict)
    """By user id, what was sent last: the hand, the peer and the bet."""
    showdowns: list[dict[str, Any]] = field(default_factory=list)
    """Showdowns that have not been sent yet."""

    # --- seats ---

    def apply(self, event: roomcast.PeerJoined | roomcast.PeerLeft) -> None:
        """Applies a webhook: a peer joined or left."""
        if event.role == "player" and self._is_of_this_session(event.session_id, event.session_started_at):
            self._record(event, left=isinstance(event, roomcast.PeerLeft))

    def reconcile(self, room: roomcast.Room | None, players: list[roomcast.Peer]) -> None:
        """Applies a query's result: the room, or None if it is empty, and its players. Corrects missed events."""
        if room and not self._is_of_this_session(room.session_id, room.created_at):
            return
        here = {player.peer_id for player in players}
        for peer_id, peer in self.peers.items():
            peer["left"] = peer["left"] or peer_id not in here
        for player in players:
            self._record(player, left=False)

    def _record(self, peer: roomcast.PeerJoined | roomcast.PeerLeft | roomcast.Peer, left: bool) -> None:
        known = self.peers.get(peer.peer_id)
        is_newer = not known or (seconds(peer.joined_at), left) > (known["joined_at"], known["left"])
        if is_newer and peer.user_id:
            self.peers[peer.peer_id] = {"user_id": peer.user_id, "joined_at": seconds(peer.joined_at), "left": left}

    def _is_of_this_session(self, session_id: str, began: datetime | None) -> bool:
        if session_id != self.session_id:
            if self.session_id and seconds(began) <= self.session_began:
                return False  # A late event of an ended session.
            self.session_id, self.session_began, self.peers = session_id, seconds(began), {}
        return True

    def seats(self) -> dict[str, str]:
        """The peer that has each user's seat. Of several tabs it is the one opened last; when that one leaves, the one
        before."""
        here = [(peer["joined_at"], peer_id) for peer_id, peer in self.peers.items() if not peer["left"]]
        return {self.peers[peer_id]["user_id"]: peer_id for _, peer_id in sorted(here)}

    # --- the hand ---

    def deal(self) -> list[str]:
        if self.cards:
            raise Refused(f"hand {self.hand} is being played; its showdown comes first")
        players = sorted(self.seats())
        if not 2 <= len(players) <= game.MOST_PLAYERS:
            raise Refused(f"{len(players)} sit at the table; 2 to {game.MOST_PLAYERS} can play")
        self.hand += 1
        self.cards = game.deal(players)
        self.bets = dict.fromkeys(players, 0)
        return players

    def bet(self, user_id: str, amount: int) -> int:
        if user_id not in self.cards or user_id not in self.seats():
            raise Refused(f"{user_id} has no cards, or does not sit at the table")
        self.bets[user_id] += amount
        return self.bets[user_id]

    def showdown(self) -> dict[str, Any]:
        """Ends the hand. A player who has left has folded: their cards are not shown."""
        if not self.cards:
            raise Refused("no hand is being played")
        seats = self.seats()
        shown = {user_id: cards for user_id, cards in self.cards.items() if user_id in seats}
        show = {
            "hand": self.hand,
            "players": {user_id: {"cards": cards, "is": game.name(cards)} for user_id, cards in shown.items()},
            "winners": game.winners(shown),
            "pot": sum(self.bets.values()),
        }
        self.showdowns.append(show)
        self.cards, self.bets = {}, {}
        return show

    # --- due messages ---

    def due(self) -> list[Send]:
        """The messages to send now. A message stays due until `mark_sent`, also after a restart."""
        if self.showdowns:
            return [Send(None, "", self.showdowns[0])]
        seats = self.seats()
        sends = (self._cards_of(user_id, seats[user_id]) for user_id in self.cards if user_id in seats)
        return [send for send in sends if self.last_sent.get(send.user_id) != self._sent_key(send)]

    def mark_sent(self, send: Send) -> None:
        if send.peer_id is None:
            self.showdowns.remove(send.message)
        else:
            self.last_sent[send.user_id] = self._sent_key(send)

    def _cards_of(self, user_id: str, peer_id: str) -> Send:
        message = {"hand": self.hand, "player": user_id, "cards": self.cards[user_id], "bet": self.bets[user_id]}
        return Send(peer_id, user_id, message)

    @staticmethod
    def _sent_key(send: Send) -> list[Any]:
        return [send.message["hand"], send.peer_id, send.message["bet"]]

"""One table: who sits at it, the hand they play, and what has yet to be sent to whom. No network, no clock, no files.

Nothing here goes by the order in which webhooks come, since 100ms promises none and sends again what was not answered.
Each says when its peer joined: older news, and the same news once more, change nothing.
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
    """What was asked for cannot be done now; its text says why."""


class Send(NamedTuple):
    """A message that is due: to one peer alone, or with None to everybody in the room."""

    peer_id: str | None
    user_id: str
    message: dict[str, Any]


@dataclass
class Table:
    session_id: str = ""
    session_began: float = 0
    peers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Every peer of the session, by its id. One that has left stays, so that its joining, told late, seats nobody."""
    hand: int = 0
    cards: dict[str, list[str]] = field(default_factory=dict)
    """By user id, and so the same whatever peer id somebody comes back with. Empty between two hands."""
    bets: dict[str, int] = field(default_factory=dict)
    told: dict[str, list[Any]] = field(default_factory=dict)
    """What each player was sent last: the hand, to which peer, with which bet."""
    shows: list[dict[str, Any]] = field(default_factory=list)
    """What everybody has yet to be shown."""

    # --- who sits here ---

    def heard(self, event: roomcast.PeerJoined | roomcast.PeerLeft) -> None:
        """Takes in that a peer joined or left."""
        if event.role == "player" and self._is_of_this_session(event.session_id, event.session_started_at):
            self._note(event, left=isinstance(event, roomcast.PeerLeft))

    def found(self, room: roomcast.Room | None, players: list[roomcast.Peer]) -> None:
        """Takes in who is in the room, or None if nobody is: whatever was not heard."""
        if room and not self._is_of_this_session(room.session_id, room.created_at):
            return
        here = {player.peer_id for player in players}
        for peer_id, peer in self.peers.items():
            peer["left"] = peer["left"] or peer_id not in here
        for player in players:
            self._note(player, left=False)

    def _note(self, peer: roomcast.PeerJoined | roomcast.PeerLeft | roomcast.Peer, left: bool) -> None:
        known = self.peers.get(peer.peer_id)
        is_news = not known or (seconds(peer.joined_at), left) > (known["joined_at"], known["left"])
        if is_news and peer.user_id:
            self.peers[peer.peer_id] = {"user_id": peer.user_id, "joined_at": seconds(peer.joined_at), "left": left}

    def _is_of_this_session(self, session_id: str, began: datetime | None) -> bool:
        if session_id != self.session_id:
            if self.session_id and seconds(began) <= self.session_began:
                return False  # Late news of a session that is over.
            self.session_id, self.session_began, self.peers = session_id, seconds(began), {}
        return True

    def seats(self) -> dict[str, str]:
        """The peer that plays for each user. Who has two tabs open plays in the one opened last; when that one leaves,
        in the other."""
        here = [(peer["joined_at"], peer_id) for peer_id, peer in self.peers.items() if not peer["left"]]
        return {self.peers[peer_id]["user_id"]: peer_id for _, peer_id in sorted(here)}

    # --- what they play ---

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
        """Ends the hand. Who has left has folded: their cards are shown to nobody."""
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
        self.shows.append(show)
        self.cards, self.bets = {}, {}
        return show

    # --- what is due ---

    def due(self) -> list[Send]:
        """What has to be sent now. It stays due until it is `done`, over a restart too."""
        if self.shows:
            return [Send(None, "", self.shows[0])]
        seats = self.seats()
        sends = (self._cards_of(user_id, seats[user_id]) for user_id in self.cards if user_id in seats)
        return [send for send in sends if self.told.get(send.user_id) != self._mark(send)]

    def done(self, send: Send) -> None:
        if send.peer_id is None:
            self.shows.remove(send.message)
        else:
            self.told[send.user_id] = self._mark(send)

    def _cards_of(self, user_id: str, peer_id: str) -> Send:
        message = {"hand": self.hand, "player": user_id, "cards": self.cards[user_id], "bet": self.bets[user_id]}
        return Send(peer_id, user_id, message)

    @staticmethod
    def _mark(send: Send) -> list[Any]:
        return [send.message["hand"], send.peer_id, send.message["bet"]]

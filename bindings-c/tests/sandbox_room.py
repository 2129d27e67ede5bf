"""A sandbox with peers in a room."""

from __future__ import annotations

from harness import tokens
from harness.peers import CAST, Room
from harness.sandbox import Sandbox

ALL = set(CAST)
PLAYERS = {name for name, role in CAST.items() if role == "player"}


class SandboxRoom:
    """A room of a sandbox with its peers, and what a program needs to send to it."""

    def __init__(self, sandbox: Sandbox, room: Room) -> None:
        self._room = room
        self.base_url = sandbox.base_url
        self.room_id = room.room_id
        self.peer_ids = {name: peer.peer_id for name, peer in room.peers.items()}
        self.env = {
            "HMS_BASE_URL": sandbox.base_url,
            "HMS_ACCESS_KEY": tokens.ACCESS_KEY,
            "HMS_SECRET": tokens.SECRET,
        }

    def received(self) -> dict[str, list[str]]:
        """The messages since the last call, by the peer that received them."""
        return {name: [each["message"] for each in seen] for name, seen in self._room.received().items() if seen}


def each(names: set[str], *messages: str) -> dict[str, list[str]]:
    """What `received` returns if each of these peers received the messages."""
    return {name: list(messages) for name in names}

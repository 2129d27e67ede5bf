"""Who is in a room: the results of Client.list_peers() and Client.get_room()."""

from . import _typing
from ._record import Record

QUERIES = ("list_peers", "get_room")
"""The methods that return them."""


def import_datetime() -> None:
    """Import what the native module needs for times. If it imported that itself, it would run Python code."""
    import datetime  # noqa: F401


class Peer(Record):
    """A peer that is in a room. Immutable."""

    _fields = ("peer_id", "name", "user_id", "metadata", "role", "joined_at")

    peer_id: str
    """The peer's id, for sending messages to it while it is in the room.

    A user who joins again gets another one.
    """
    name: str
    """The peer's display name."""
    user_id: str
    """The user, as named in the peer's token: the same each time they join. Empty if it named none."""
    metadata: str
    """Text that the peer set for itself, mostly JSON. Not verified."""
    role: str
    """The role that the peer has now."""
    joined_at: "_typing.Optional[_typing.datetime]"
    """When the peer joined, in UTC, to the microsecond, if the server sent it."""


class Room(Record):
    """A room that somebody is in. Immutable."""

    _fields = ("room_id", "name", "customer_id", "session_id", "created_at", "peer_ids")

    room_id: str
    """The room's id."""
    name: str
    """The room's name; empty if the server sent none."""
    customer_id: str
    """The 100ms account that it belongs to; empty if the server sent none."""
    session_id: str
    """The session: the time from a room's first peer to its last. Empty if the server sent none."""
    created_at: "_typing.Optional[_typing.datetime]"
    """When the session began, in UTC, to the microsecond, if the server sent it."""
    peer_ids: "tuple[str, ...]"
    """The peers that are in the room, as the server orders them."""

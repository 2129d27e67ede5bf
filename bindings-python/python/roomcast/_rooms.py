"""Who is in a room: what Client.list_peers() and get_room() give."""

from ._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Optional


class Peer(Record):
    """A peer that is in a room. It never changes."""

    _fields = ("peer_id", "name", "user_id", "metadata", "role", "joined_at")

    peer_id: str
    """The peer, to which messages can be sent while it is in the room. Who joins again has another one."""
    name: str
    """The name that the peer shows."""
    user_id: str
    """The user, as your peer token named them: the same each time they join. Empty if it named none."""
    metadata: str
    """What the peer says of itself, mostly JSON. It is the peer's own word."""
    role: str
    """The role that the peer has now."""
    joined_at: "Optional[datetime]"
    """When the peer joined, in UTC, to the microsecond, if the server told."""


class Room(Record):
    """A room that somebody is in. It never changes."""

    _fields = ("room_id", "name", "customer_id", "session_id", "created_at", "peer_ids")

    room_id: str
    """The room."""
    name: str
    """The room's name; empty if the server told none."""
    customer_id: str
    """The 100ms account that it belongs to; empty if the server told none."""
    session_id: str
    """The session: a room's, from its first peer to its last. Empty if the server told none."""
    created_at: "Optional[datetime]"
    """When the session began, in UTC, to the microsecond, if the server told."""
    peer_ids: "tuple[str, ...]"
    """The peers that are in the room, as the server orders them."""

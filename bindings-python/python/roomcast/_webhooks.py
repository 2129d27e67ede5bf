"""What 100ms tells of in a webhook: read by Webhooks, which is native."""

from ._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Optional


class Event(Record):
    """Something that happened in 100ms, as Webhooks.read() gives it.

    It never changes. What 100ms left out, or sent in another form than it documents, is "" or None.
    """

    _fields: "tuple[str, ...]" = ("id", "type", "version", "account_id", "timestamp", "is_replay", "data")
    # It may be long, and a typed event shows what is in it.
    _hidden = ("data",)

    id: str
    """The event's own id, the same each time it is sent: remember it, so as to act once."""
    type: str
    """What happened: "peer.join.success", "session.open.success", …"""
    version: str
    """The version of 100ms's format: "2.0"."""
    account_id: str
    """The 100ms account it happened in."""
    timestamp: "Optional[datetime]"
    """When it happened, in UTC."""
    is_replay: bool
    """Whether 100ms says that it sends it once more, at somebody's request. Its retries do not say so."""
    data: "dict[str, Any]"
    """All that is told of it."""


class _PeerEvent(Event):
    """What PeerJoined and PeerLeft share; neither is the other."""

    _fields: "tuple[str, ...]" = (
        *Event._fields,
        "peer_id",
        "room_id",
        "user_id",
        "role",
        "user_name",
        "user_data",
        "peer_type",
        "room_name",
        "session_id",
        "template_id",
        "joined_at",
        "session_started_at",
    )

    peer_id: str
    """The peer, to which messages can be sent while it is in the room. Who joins again has another one."""
    room_id: str
    """The room, which is now active."""
    user_id: str
    """The user, as your peer token named them: the same each time they join. Empty if it named none."""
    role: str
    """The role that the peer joined with; it may have another one by now."""
    user_name: str
    """The name that the peer shows."""
    user_data: str
    """What the peer says of itself, mostly JSON. It is the peer's own word."""
    peer_type: str
    """ "regular", or "sip" for a telephone."""
    room_name: str
    """The room's name."""
    session_id: str
    """The session: a room's, from its first peer to its last."""
    template_id: str
    """The template that the room was made with."""
    joined_at: "Optional[datetime]"
    """When the peer joined, in UTC, to the microsecond."""
    session_started_at: "Optional[datetime]"
    """When the session began, in UTC, to the microsecond."""


class PeerJoined(_PeerEvent):
    """`peer.join.success`: a peer is in a room."""


class PeerLeft(_PeerEvent):
    """`peer.leave.success`: a peer is in a room no more."""

    _fields: "tuple[str, ...]" = (*_PeerEvent._fields, "left_at", "duration", "reason")

    left_at: "Optional[datetime]"
    """When it left, in UTC, to the microsecond."""
    duration: "Optional[float]"
    """How long it was in the room, in seconds."""
    reason: str
    """Why, in 100ms's words: "client request", "websocket closed", …"""

"""The events of webhooks. The class that parses them, Webhooks, is native."""

from ._record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, Optional


class Event(Record):
    """Something that happened in 100ms, as returned by Webhooks.read(). Immutable.

    `id` and `type` are not blank. Of the other fields, one that is missing or of another type than documented
    is "" or None.
    """

    _fields: "tuple[str, ...]" = ("id", "type", "version", "account_id", "timestamp", "is_replay", "data")
    # It may be long, and a typed event shows its content in other fields.
    _hidden = ("data",)

    id: str
    """The event's id, the same each time it is sent: remember it, so as to act once."""
    type: str
    """What happened: "peer.join.success", "session.open.success", …"""
    version: str
    """The version of 100ms's format: "2.0"."""
    account_id: str
    """The 100ms account it happened in."""
    timestamp: "Optional[datetime]"
    """When it happened, in UTC."""
    is_replay: bool
    """Whether 100ms marks it as a replay, made at somebody's request. Its own retries are not marked."""
    data: "dict[str, Any]"
    """The event's data: a JSON object."""


class _PeerEvent(Event):
    """What PeerJoined and PeerLeft share. Neither is a subclass of the other."""

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
    """The peer's id, for sending messages to it while it is in the room.

    A user who joins again gets another one.
    """
    room_id: str
    """The room's id."""
    user_id: str
    """The user, as named in the peer's token: the same each time they join. Empty if it named none."""
    role: str
    """The role that the peer joined with; it may have another one by now."""
    user_name: str
    """The peer's display name."""
    user_data: str
    """Text that the peer set for itself, mostly JSON. Not verified."""
    peer_type: str
    """ "regular", or "sip" for a telephone."""
    room_name: str
    """The room's name."""
    session_id: str
    """The session: the time from a room's first peer to its last."""
    template_id: str
    """The template that the room was made with."""
    joined_at: "Optional[datetime]"
    """When the peer joined, in UTC, to the microsecond."""
    session_started_at: "Optional[datetime]"
    """When the session began, in UTC, to the microsecond."""


class PeerJoined(_PeerEvent):
    """`peer.join.success`: a peer joined a room."""


class PeerLeft(_PeerEvent):
    """`peer.leave.success`: a peer left a room."""

    _fields: "tuple[str, ...]" = (*_PeerEvent._fields, "left_at", "duration", "reason")

    left_at: "Optional[datetime]"
    """When it left, in UTC, to the microsecond."""
    duration: "Optional[float]"
    """How long it was in the room, in seconds."""
    reason: str
    """Why, as 100ms puts it: "client request", "websocket closed", …"""

"""Webhooks: verifying and parsing what 100ms posts, and its events."""

from . import _roomcast, _typing
from ._declaration import implements
from ._errors import WebhookError
from ._record import Record
from ._results import created
from ._rooms import import_datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


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
    timestamp: "_typing.Optional[_typing.datetime]"
    """When it happened, in UTC."""
    is_replay: bool
    """Whether 100ms marks it as a replay, made at somebody's request. Its own retries are not marked."""
    data: "dict[str, _typing.Any]"
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
    joined_at: "_typing.Optional[_typing.datetime]"
    """When the peer joined, in UTC, to the microsecond."""
    session_started_at: "_typing.Optional[_typing.datetime]"
    """When the session began, in UTC, to the microsecond."""


class PeerJoined(_PeerEvent):
    """`peer.join.success`: a peer joined a room."""


class PeerLeft(_PeerEvent):
    """`peer.leave.success`: a peer left a room."""

    _fields: "tuple[str, ...]" = (*_PeerEvent._fields, "left_at", "duration", "reason")

    left_at: "_typing.Optional[_typing.datetime]"
    """When it left, in UTC, to the microsecond."""
    duration: "_typing.Optional[float]"
    """How long it was in the room, in seconds."""
    reason: str
    """Why, as 100ms puts it: "client request", "websocket closed", …"""


def _constructor(declaration: "_F") -> "_F":
    @implements(declaration)
    def __init__(self: "Webhooks", /, **options: object) -> None:
        self._native = created(_roomcast.WebhookReader.create(options))

    return __init__


class Webhooks:
    """Verify and parse the webhooks that 100ms posts.

    Create one and share it between threads. Neither the secret nor the header or body of a request is in its
    repr or in any error.
    """

    _native: _roomcast.WebhookReader

    @_constructor
    def __init__(self, *, secret: str) -> None:
        """Create a reader.

        Args:
            secret: The value of the header that was set for the webhook in 100ms's dashboard: visible ASCII
                characters, with spaces only between them, at most 4,096.

        Raises:
            ConfigurationError: The secret is missing, blank, or not valid as a header's value.
        """

    def read(self, given: "_typing.Union[str, bytes, None]", body: "_typing.Union[bytes, str]") -> Event:
        """Verify and parse a request.

        The secret is compared first, in constant time. If it differs, the body is not parsed. An event that
        was read is not necessarily new: 100ms sends it again if it gets no 200. Remember the `id` of each
        event that was acted upon.

        Args:
            given: The value of the request's secret header; None if there was none.
            body: The raw body, not parsed by a framework: at most 1 MiB. Let the server refuse longer ones
                before it reads them.

        Returns:
            A PeerJoined, a PeerLeft, or for any other type an Event.

        Raises:
            WebhookError: The request was refused. Answer it with the error's `status`.
            TypeError: An argument has a wrong type.
        """
        import json

        import_datetime()
        tag, fields, *refused = self._native.read(given, body)
        if tag == "error":
            kind, status = refused
            raise WebhookError(fields, kind=kind, status=status)
        fields["data"] = json.loads(fields["data"])
        return _CLASSES[tag](**fields)


_CLASSES = {cls.__name__: cls for cls in (Event, PeerJoined, PeerLeft)}

"""Send messages into live 100ms rooms from a backend.

    import roomcast

    client = roomcast.Client()  # reads HMS_ACCESS_KEY and HMS_SECRET
    client.broadcast(room_id, roomcast.chat("class is off today"))
    client.send_to_peer(room_id, peer_id, roomcast.event("deal", {"cards": ["A♠", "K♠"]}))

A send that fails raises a RoomcastError, whose `outcome` says whether the message provably never left
("not_sent"), was refused by the server ("rejected"), or may have been delivered ("unknown"). For asyncio code
there is AsyncClient. Webhooks verifies and parses what 100ms posts when a peer joins, leaves, and so on.
"""

from ._async import AsyncClient
from ._async_send_many import AsyncSendMany
from ._client import Client
from ._errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ConfigurationError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    QueueFullError,
    RateLimitError,
    RejectedError,
    RoomcastError,
    SendCancelledError,
    ServerError,
    WebhookError,
)
from ._messages import chat, event, reaction
from ._recipients import RecipientResult
from ._roomcast import NOT_GIVEN, AttemptTrace, Message, NotGiven, SendResult, Trace, __version__
from ._rooms import Peer, Room
from ._send_many import ItemResult, Progress, SendMany
from ._stats import Stats
from ._webhooks import Event, PeerJoined, PeerLeft, Webhooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._types import ErrorKind, JSONValue, MessageLike, Outcome, SendItem, WebhookErrorKind
else:

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import _typing

        # For annotations: imported when they are needed, since that of `typing` is slow.
        return globals().setdefault(name, getattr(_typing, name))

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = [
    "NOT_GIVEN",
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AsyncSendMany",
    "AttemptTrace",
    "AuthenticationError",
    "Client",
    "ConfigurationError",
    "ErrorKind",
    "Event",
    "InternalError",
    "InvalidRequestError",
    "ItemResult",
    "JSONValue",
    "Message",
    "MessageLike",
    "NotFoundError",
    "NotGiven",
    "Outcome",
    "Peer",
    "PeerJoined",
    "PeerLeft",
    "PermissionDeniedError",
    "Progress",
    "ProtocolError",
    "QueueFullError",
    "RateLimitError",
    "RecipientResult",
    "RejectedError",
    "Room",
    "RoomcastError",
    "SendCancelledError",
    "SendItem",
    "SendMany",
    "SendResult",
    "ServerError",
    "Stats",
    "Trace",
    "WebhookError",
    "WebhookErrorKind",
    "Webhooks",
    "__version__",
    "chat",
    "event",
    "reaction",
]

# Tracebacks, pickles and `help` show the public names. The native classes already have theirs.
for _name in __all__:
    _thing = globals().get(_name)
    if getattr(_thing, "__module__", "").startswith(f"{__name__}._"):
        _thing.__module__ = __name__
del _name, _thing

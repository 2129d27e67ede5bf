"""Send messages into live 100ms rooms from a backend.

    import roomcast

    client = roomcast.Client()  # reads HMS_ACCESS_KEY and HMS_SECRET
    client.send_to_peer(room_id, peer_id, "your cards: A♠ K♠")
    client.broadcast(room_id, "class is off today")

A send that fails raises a RoomcastError, whose `outcome` says whether the message provably never left
("not_sent"), was refused by the server ("rejected"), or may have been delivered ("unknown"). For asyncio code
there is AsyncClient. Webhooks verifies and parses what 100ms posts when a peer joins, leaves, and so on.
"""

from ._async import AsyncClient
from ._client import Client
from ._errors import (
    ConfigurationError,
    ConnectionFailedError,
    DeadlineError,
    InternalError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    QueueFullError,
    RateLimitedError,
    RejectedError,
    RoomcastError,
    SendCancelledError,
    ServerError,
    UnauthenticatedError,
    WebhookError,
)
from ._roomcast import SendResult, __version__
from ._rooms import Peer, Room
from ._webhooks import Event, PeerJoined, PeerLeft, Webhooks

__all__ = [
    "AsyncClient",
    "Client",
    "ConfigurationError",
    "ConnectionFailedError",
    "DeadlineError",
    "Event",
    "InternalError",
    "InvalidRequestError",
    "NotFoundError",
    "Peer",
    "PeerJoined",
    "PeerLeft",
    "PermissionDeniedError",
    "ProtocolError",
    "QueueFullError",
    "RateLimitedError",
    "RejectedError",
    "Room",
    "RoomcastError",
    "SendCancelledError",
    "SendResult",
    "ServerError",
    "UnauthenticatedError",
    "WebhookError",
    "Webhooks",
    "__version__",
]

# Tracebacks, pickles and `help` show the public names. The native class already has its own.
for _name in __all__:
    if isinstance(_class := globals()[_name], type) and _class is not SendResult:
        _class.__module__ = __name__
del _name, _class

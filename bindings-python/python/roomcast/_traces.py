"""What happened to an operation: what hooks get. And what a client is doing, in numbers."""

from . import _typing
from ._record import Record
from ._results import to_exception

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from ._roomcast import Failure, Recorded


class _Traced(Record):
    """What Trace and AttemptTrace share."""

    error: "_typing.Optional[_typing.RoomcastError]"
    """Why it failed; None if it succeeded."""

    @property
    def outcome(self) -> "_typing.Optional[_typing.Outcome]":
        """What is known of a message that was not accepted; None if it was accepted."""
        return None if self.error is None else self.error.outcome


class AttemptTrace(_Traced):
    """One attempt of an operation: one HTTP request, or a connection that was not made. Immutable.

    Times are in seconds.
    """

    _fields = (
        *("started", "elapsed", "connection", "dns", "tcp", "proxy", "tls", "write", "wait"),
        *("request_bytes", "response_bytes", "status", "error", "retry_wait"),
    )

    started: float
    """From the operation's start to the attempt's."""
    elapsed: float
    """How long it took."""
    connection: "_typing.Optional[_typing.Connection]"
    """ "new", "kept" from an earlier request, or None if it got none."""
    dns: "_typing.Optional[float]"
    """Until the name was resolved, if the connection is new."""
    tcp: "_typing.Optional[float]"
    """From there until the server, or the proxy, accepted the connection."""
    proxy: "_typing.Optional[float]"
    """From there until the proxy had opened the tunnel, if there is a proxy."""
    tls: "_typing.Optional[float]"
    """From there until the TLS handshake was complete, if it is https."""
    write: "_typing.Optional[float]"
    """How long it took to write the request, if all of it was written."""
    wait: "_typing.Optional[float]"
    """From there until the response, or the failure."""
    request_bytes: int
    """How many bytes of the request the connection took, the head included."""
    response_bytes: int
    """How many bytes of a response were read, the head included."""
    status: "_typing.Optional[int]"
    """The HTTP status; None if there was no response."""
    retry_wait: "_typing.Optional[float]"
    """How long the operation waited before its next attempt; None if this was the last one."""


class Trace(_Traced):
    """What happened to one operation, as the client's `hooks` get it when it has ended. Immutable.

    A send is one operation. A call to several is one for each recipient, and one for the query of who is
    there. It holds no message text, no secret, no user's id and nothing that peers say of themselves.
    """

    _fields = (
        *("method", "room_id", "recipient", "http_method", "path", "server_address", "server_port"),
        *("started_at", "elapsed", "attempts", "error"),
    )

    method: str
    """ "send_message", "list_peers" or "get_room": the other methods are made of these."""
    room_id: str
    """The room's id."""
    recipient: "_typing.Optional[_typing.RecipientKind]"
    """Who receives the message: "peer", "role" or "everyone". None for a query."""
    http_method: str
    """ "POST" or "GET"."""
    path: str
    """The path of the request, without a query."""
    server_address: str
    """The host of the base URL."""
    server_port: int
    """The port of the base URL."""
    started_at: "_typing.datetime"
    """When it was started, in UTC."""
    elapsed: "_typing.Optional[float]"
    """How long it took, in seconds, its time in the queue and its waits included.

    None only if it was cancelled, and had not ended a quarter of a second later.
    """
    attempts: "tuple[AttemptTrace, ...]"
    """The attempts, in their order. There is none if it was cancelled or late while it was queued."""

    if not TYPE_CHECKING:  # They know the fields.

        def __getattr__(self, name: str) -> object:
            if name in self._fields:
                fields = _load(self)
                if name in fields:
                    return fields[name]
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        @property
        def __dict__(self) -> "dict[str, object]":
            """The fields, for vars() and what uses it: comparing, printing, pickling."""
            return _load(self)


class Stats(Record):
    """What a client is doing now, and has done since it was made, as returned by Client.stats(). Immutable.

    The numbers are of this process, and are read one after the other while the client goes on.
    """

    _fields = (
        *("in_flight", "queued", "queued_bytes", "idle_connections", "busy_connections"),
        *("sent", "queried", "retried", "failed"),
    )

    in_flight: int
    """Operations under way, from their first attempt on; not those that wait between two attempts."""
    queued: int
    """Calls of an AsyncClient, and items of send_many(), that wait: for a place, a retry, or the rate."""
    queued_bytes: int
    """What these and those in flight hold of the queue's 64 MiB."""
    idle_connections: int
    """Open connections that are kept for further requests."""
    busy_connections: int
    """Open connections in use."""
    sent: int
    """Messages that the server accepted."""
    queried: int
    """Queries that the server answered."""
    retried: int
    """Attempts after the first of an operation."""
    failed: "dict[_typing.ErrorKind, int]"
    """Operations that failed, by kind of error; every kind is there."""


_stored: "Callable[[Trace], dict[str, Any]]" = Record.__dict__["__dict__"].__get__
"""What a trace really holds: its fields, or what they are made of when they are wanted."""

_datetime: "Optional[tuple[Callable[..., _typing.datetime], Any]]" = None


def to_trace(recorded: "Recorded") -> Trace:
    """Return the record of an operation. Its fields are converted only if they are read."""
    trace: Trace = Trace.__new__(Trace)
    _stored(trace)["_recorded"] = recorded
    return trace


def _load(trace: Trace) -> "dict[str, Any]":
    global _datetime
    fields = _stored(trace)
    recorded = fields.get("_recorded")
    if recorded is None:
        return fields
    if _datetime is None:
        from datetime import datetime, timezone

        _datetime = datetime.fromtimestamp, timezone.utc
    (method, room_id, recipient), request, started, (elapsed, attempts, failure) = recorded.fields()
    from_timestamp, utc = _datetime
    fields["method"], fields["room_id"], fields["recipient"] = method, room_id, recipient
    fields["http_method"], fields["path"], fields["server_address"], fields["server_port"] = request
    fields["started_at"] = from_timestamp(started / 1e9, utc)
    fields["elapsed"] = elapsed
    fields["attempts"] = tuple([_attempt(*attempt) for attempt in attempts])
    fields["error"] = None if failure is None else to_exception(failure)
    # At last: another thread may read the trace meanwhile.
    fields.pop("_recorded", None)
    return fields


def _attempt(
    started: float,
    elapsed: float,
    connection: "Optional[str]",
    times: "tuple[Optional[float], ...]",
    response: "tuple[int, int, Optional[int]]",
    failure: "Optional[Failure]",
    retry_wait: "Optional[float]",
) -> AttemptTrace:
    attempt: AttemptTrace = AttemptTrace.__new__(AttemptTrace)
    fields = vars(attempt)
    fields["started"], fields["elapsed"], fields["connection"] = started, elapsed, connection
    fields["dns"], fields["tcp"], fields["proxy"], fields["tls"], fields["write"], fields["wait"] = times
    fields["request_bytes"], fields["response_bytes"], fields["status"] = response
    fields["error"] = None if failure is None else to_exception(failure)
    fields["retry_wait"] = retry_wait
    return attempt

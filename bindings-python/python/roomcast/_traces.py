"""What happened to an operation: what hooks get. And what a client is doing, in numbers."""

from . import _typing
from ._record import Record
from ._results import to_exception

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    from ._roomcast import Recorded, RecordedAttempt


class _Traced(Record):
    """What Trace and AttemptTrace share."""

    error: "_typing.Optional[_typing.RoomcastError]"
    """Why it failed; None if it succeeded."""

    @property
    def outcome(self) -> "_typing.Optional[_typing.Outcome]":
        """What is known of a message that was not accepted; None if it was accepted."""
        return None if self.error is None else self.error.outcome

    if not TYPE_CHECKING:

        @property
        def __dict__(self) -> "dict[str, object]":
            """The fields, for vars() and what uses it: comparing, printing."""
            return _load(self)

        def __getstate__(self) -> "dict[str, object]":
            """The fields, for pickling and copying, which do not ask for the other since Python 3.11."""
            return _load(self)


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


class Stats(Record):
    """What a client is doing now, and has done since it was made, as returned by Client.stats(). Immutable.

    The numbers are of this process, and are read one after the other while the client goes on.
    """

    _fields = (
        *("in_flight", "queued", "queued_bytes", "idle_connections", "busy_connections"),
        *("sent", "queried", "retried", "failed"),
    )

    in_flight: int
    """Operations under way; one that waits between two attempts is queued, unless its call blocks."""
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


_stored: "Callable[[_Traced], dict[str, Any]]" = Record.__dict__["__dict__"].__get__
"""What a trace really holds: its fields, or what they are made of when they are wanted."""

_new, _set = object.__new__, object.__setattr__

_datetime: "Optional[tuple[Callable[..., _typing.datetime], Any]]" = None


def to_trace(recorded: "Recorded") -> Trace:
    """Return the record of an operation. Its fields are converted only if they are read."""
    trace = _new(Trace)
    _set(trace, "_recorded", recorded)
    return trace


class _Lazy:
    """A field until it is converted: what is stored then comes before it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, trace: "Optional[_Traced]", _: object = None) -> "Any":
        if trace is None:
            return self
        stored = _stored(trace)
        recorded = stored.get("_recorded")
        if recorded is not None:
            return self._read(trace, stored, recorded)
        if self._name in stored:  # Another thread has converted it meanwhile.
            return stored[self._name]
        raise AttributeError(f"{type(trace).__name__!r} object has no attribute {self._name!r}")

    def _read(self, trace: _Traced, stored: "dict[str, Any]", recorded: "Any") -> object:
        return _load(trace)[self._name]


class _Plain(_Lazy):
    """One that needs no conversion here, so the others are not converted for it."""

    __slots__ = ()

    def _read(self, trace: _Traced, stored: "dict[str, Any]", recorded: "Any") -> object:
        return getattr(recorded, self._name)


class _Attempts(_Lazy):
    """The attempts, whose fields are lazy, too."""

    __slots__ = ()

    def _read(self, trace: _Traced, stored: "dict[str, Any]", recorded: "Any") -> object:
        return _attempts(stored, recorded)


_CONVERTED = {"started_at": _Lazy, "attempts": _Attempts, "error": _Lazy}

for _name in Trace._fields:
    setattr(Trace, _name, _CONVERTED.get(_name, _Plain)(_name))
for _name in AttemptTrace._fields:
    setattr(AttemptTrace, _name, _Lazy(_name))


def _load(trace: _Traced) -> "dict[str, Any]":
    """Return all fields, after they were converted."""
    stored = _stored(trace)
    recorded = stored.get("_recorded")
    if recorded is not None:
        (_load_trace if isinstance(trace, Trace) else _load_attempt)(stored, recorded)
        # At last: another thread may read the trace meanwhile.
        stored.pop("_attempts", None)
        stored.pop("_recorded", None)
    return stored


def _load_trace(fields: "dict[str, Any]", recorded: "Recorded") -> None:
    global _datetime
    if _datetime is None:
        from datetime import datetime, timezone

        _datetime = datetime.fromtimestamp, timezone.utc
    from_timestamp, utc = _datetime
    failure = recorded.failure
    for name in Trace._fields:
        if name == "started_at":
            fields[name] = from_timestamp(recorded.started / 1e9, utc)
        elif name == "attempts":
            fields[name] = _attempts(fields, recorded)
        elif name == "error":
            fields[name] = None if failure is None else to_exception(failure)
        else:
            fields[name] = getattr(recorded, name)


def _attempts(stored: "dict[str, Any]", recorded: "Recorded") -> "tuple[AttemptTrace, ...]":
    attempts: Optional[tuple[AttemptTrace, ...]] = stored.get("_attempts")
    if attempts is None:
        # Only one thread's are kept.
        attempts = stored.setdefault("_attempts", tuple([_attempt(one) for one in recorded.attempts]))
    return attempts


def _attempt(recorded: "RecordedAttempt") -> AttemptTrace:
    attempt = _new(AttemptTrace)
    _set(attempt, "_recorded", recorded)
    return attempt


def _load_attempt(fields: "dict[str, Any]", recorded: "RecordedAttempt") -> None:
    started, elapsed, connection, times, response, failure, retry_wait = recorded.fields()
    fields["started"], fields["elapsed"], fields["connection"] = started, elapsed, connection
    fields["dns"], fields["tcp"], fields["proxy"], fields["tls"], fields["write"], fields["wait"] = times
    fields["request_bytes"], fields["response_bytes"], fields["status"] = response
    fields["error"] = None if failure is None else to_exception(failure)
    fields["retry_wait"] = retry_wait

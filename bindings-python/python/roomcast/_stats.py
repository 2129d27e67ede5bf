"""What a client is doing, in numbers."""

from . import _typing
from ._record import Record


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

from asyncio import Future
from datetime import datetime
from typing import Any, ClassVar, Final, Literal, TypeAlias, final

from typing_extensions import Self

from ._errors import RoomcastError
from ._logging import Origin
from ._types import Connection, Outcome, RecipientKind

__all__ = [
    "NOT_GIVEN",
    "AttemptTrace",
    "Batch",
    "Client",
    "CompletionQueue",
    "Drain",
    "FakeRooms",
    "Message",
    "NotGiven",
    "Pending",
    "SendResult",
    "Trace",
    "Watch",
    "WebhookReader",
    "__version__",
    "shut_down",
    "write_unraisable",
    "wrong_argument",
    "wrong_option",
]

# `("error", kind, text, fields, the system's error number, what Python raised)`.
Failure: TypeAlias = tuple[Any, ...]
# A SendResult, `("room", fields)`, `("peers", [fields, ...])`, a Failure,
# `("recipients", [(peer_id, role, user_id, SendResult or Failure), ...])`, or
# `("raised", exception, Failure or None)`.
Completed: TypeAlias = Any
# An item, the SendResult or Failure of it, and the number of what observed it.
Taken: TypeAlias = tuple[Any, Completed, int | None]

__version__: Final[str]
NOT_GIVEN: Final[NotGiven]

@final
class SendResult:
    """The server accepted the message. That does not say who received it, nor how many."""

    __match_args__: ClassVar[tuple[Literal["message"], Literal["attempts"], Literal["request_id"]]]

    def __new__(cls, message: str, attempts: int, request_id: str | None = None) -> SendResult: ...
    @property
    def message(self) -> str:
        """The server's text, "message sent"; empty if it sent none."""
    @property
    def attempts(self) -> int:
        """The number of attempts, 1 or more."""
    @property
    def request_id(self) -> str | None:
        """The server's own id of the request, for its support; None if it sent none."""
    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class AttemptTrace:
    """One attempt of an operation: one HTTP request, or a connection that was not made. Immutable.

    Times are in seconds.
    """

    _fields: ClassVar[tuple[str, ...]]

    def __new__(cls, **fields: Any) -> AttemptTrace: ...
    @property
    def started(self) -> float:
        """From the operation's start to the attempt's."""
    @property
    def elapsed(self) -> float:
        """How long it took."""
    @property
    def connection(self) -> Connection | None:
        """ "new", "kept" from an earlier request, or None if it got none."""
    @property
    def dns(self) -> float | None:
        """Until the name was resolved, if the connection is new."""
    @property
    def tcp(self) -> float | None:
        """From there until the server, or the proxy, accepted the connection."""
    @property
    def proxy(self) -> float | None:
        """From there until the proxy had opened the tunnel, if there is a proxy."""
    @property
    def tls(self) -> float | None:
        """From there until the TLS handshake was complete, if it is https."""
    @property
    def write(self) -> float | None:
        """How long it took to write the request, if all of it was written."""
    @property
    def wait(self) -> float | None:
        """From there until the response, or the failure."""
    @property
    def request_bytes(self) -> int:
        """How many bytes of the request the connection took, the head included."""
    @property
    def response_bytes(self) -> int:
        """How many bytes of a response were read, the head included."""
    @property
    def status(self) -> int | None:
        """The HTTP status; None if there was no response."""
    @property
    def retry_wait(self) -> float | None:
        """How long the operation waited before its next attempt; None if this was the last one."""
    @property
    def error(self) -> RoomcastError | None:
        """Why it failed; None if it succeeded."""
    @property
    def outcome(self) -> Outcome | None:
        """What is known of a message that was not accepted; None if it was accepted."""
    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Trace:
    """What happened to one operation, as the client's `hooks` get it when it has ended. Immutable.

    A send is one operation. A call to several is one for each recipient, and one for the query of who is
    there. It holds no message text, no secret, no user's id and nothing that peers say of themselves.
    """

    _fields: ClassVar[tuple[str, ...]]

    def __new__(cls, **fields: Any) -> Trace: ...
    @property
    def _started(self) -> int: ...
    @property
    def method(self) -> str:
        """ "send_message", "list_peers" or "get_room": the other methods are made of these."""
    @property
    def room_id(self) -> str:
        """The room's id."""
    @property
    def recipient(self) -> RecipientKind | None:
        """Who receives the message: "peer", "role" or "everyone". None for a query."""
    @property
    def http_method(self) -> str:
        """ "POST" or "GET"."""
    @property
    def path(self) -> str:
        """The path of the request, without a query."""
    @property
    def server_address(self) -> str:
        """The host of the base URL."""
    @property
    def server_port(self) -> int:
        """The port of the base URL."""
    @property
    def started_at(self) -> datetime:
        """When it was started, in UTC."""
    @property
    def elapsed(self) -> float | None:
        """How long it took, in seconds, its time in the queue and its waits included.

        None only if it was cancelled, and had not ended a quarter of a second later.
        """
    @property
    def attempts(self) -> tuple[AttemptTrace, ...]:
        """The attempts, in their order. There is none if it was cancelled or late while it was queued."""
    @property
    def error(self) -> RoomcastError | None:
        """Why it failed; None if it succeeded."""
    @property
    def outcome(self) -> Outcome | None:
        """What is known of a message that was not accepted; None if it was accepted."""
    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Message:
    """A message in a format that 100ms's own clients understand: made by chat(), event() or reaction().

    Every method that sends takes it as its `message`. It is immutable, and its repr hides what it says.
    """

    @staticmethod
    def _create(format: str, given: dict[str, object]) -> Message | Failure: ...
    @staticmethod
    def _restore(format: str, stored: list[tuple[str, object, bool]]) -> Message: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class NotGiven:
    """The type of NOT_GIVEN, which stands for an argument that is omitted.

    NOT_GIVEN is the default of every parameter that may be omitted: pass it on from a function that wraps one
    of roomcast's. None, in contrast, counts as given.
    """

    def __bool__(self) -> Literal[False]: ...

@final
class WebhookReader:
    @staticmethod
    def create(options: dict[str, object]) -> WebhookReader | Failure: ...
    # `(class, fields)`, or `("error", text, kind, status)`.
    def read(self, given: str | bytes | None, body: bytes | str) -> tuple[Any, ...]: ...

@final
class Client:
    @staticmethod
    def create(
        options: dict[str, object], causes: dict[str, Exception], fake: FakeRooms | None = None
    ) -> Client | Failure: ...
    def call(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
        level: int,
        origin: Origin | None = None,
        watch: Watch | None = None,
    ) -> Completed: ...
    def record(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
        level: int,
        origin: Origin | None = None,
    ) -> tuple[Completed, tuple[Trace, ...] | None]: ...
    def start(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
        future: Future[Any],
        completions: CompletionQueue,
        level: int,
        origin: Origin | None,
        watch: Watch | None = None,
    ) -> Pending | Completed | None: ...
    def batch(self, options: dict[str, object], origin: Origin) -> Batch | Failure: ...
    def close(self) -> None: ...
    def drain(self, timeout: object = None) -> bool | Failure: ...
    def start_drain(
        self, timeout: object, future: Future[None], completions: CompletionQueue
    ) -> Drain | Failure | None: ...
    def stats(self) -> dict[str, Any]: ...
    def options(self) -> dict[str, str | float | bool]: ...

@final
class FakeRooms:
    def __new__(cls) -> FakeRooms: ...
    def join(self, room_id: object, given: dict[str, object]) -> Completed: ...
    def leave(self, room_id: object, peer_id: object) -> Failure | None: ...
    def fail_next(self, failure: object, given: dict[str, object]) -> Failure | None: ...
    def calls(self) -> list[tuple[dict[str, Any], Failure | None]]: ...
    def reset(self) -> None: ...

@final
class Batch:
    def is_full(self) -> bool: ...
    def is_idle(self) -> bool: ...
    def start(
        self, item: object, converted: object, level: int, observed: tuple[int, Watch] | None = None
    ) -> None: ...
    def next(self) -> Taken | None: ...
    def take(self) -> Taken | None: ...
    def wait_with(self, future: Future[None], completions: CompletionQueue) -> bool: ...
    def has_result(self) -> bool: ...
    def cancel(self) -> None: ...
    def progress(self) -> tuple[int, int, int, int, int]: ...

class CompletionQueue:
    def __new__(cls) -> CompletionQueue: ...
    def take(self, ready: list[tuple[Future[Any], Completed]]) -> None: ...

@final
class Pending:
    def cancel(self) -> Completed: ...

class Watch:
    def __new__(cls, traceparent: str, tracestate: str, records: bool) -> Self: ...
    def take(self) -> tuple[Trace, ...] | None: ...

@final
class Drain:
    def all_ended(self) -> bool: ...

def shut_down() -> None: ...
def write_unraisable(exception: BaseException, object: object) -> None: ...
def wrong_argument(name: str, value: object, wanted: str) -> Failure: ...
def wrong_option(name: str, value: object, wanted: str) -> Failure: ...

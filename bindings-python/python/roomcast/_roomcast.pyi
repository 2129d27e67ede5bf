from asyncio import Future
from typing import Any, ClassVar, Final, Literal, TypeAlias, final

from typing_extensions import Self

from ._logging import Origin

__all__ = [
    "NOT_GIVEN",
    "Batch",
    "Client",
    "CompletionQueue",
    "Drain",
    "FakeRooms",
    "Message",
    "NotGiven",
    "Pending",
    "Recorded",
    "RecordedAttempt",
    "SendResult",
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
# In the order of the fields of AttemptTrace: see _traces.
_AttemptTuple: TypeAlias = tuple[
    float,
    float,
    str | None,
    tuple[float | None, ...],
    tuple[int, int, int | None],
    Failure | None,
    float | None,
]

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
    ) -> tuple[Completed, tuple[Recorded, ...] | None]: ...
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
    def take(self) -> tuple[Recorded, ...] | None: ...

@final
class Recorded:
    @property
    def method(self) -> str: ...
    @property
    def room_id(self) -> str: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def http_method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def server_address(self) -> str: ...
    @property
    def server_port(self) -> int: ...
    @property
    def started(self) -> int: ...
    @property
    def elapsed(self) -> float | None: ...
    @property
    def attempts(self) -> tuple[RecordedAttempt, ...]: ...
    @property
    def failure(self) -> Failure | None: ...

@final
class RecordedAttempt:
    def fields(self) -> _AttemptTuple: ...

@final
class Drain:
    def all_ended(self) -> bool: ...

def shut_down() -> None: ...
def write_unraisable(exception: BaseException, object: object) -> None: ...
def wrong_argument(name: str, value: object, wanted: str) -> Failure: ...
def wrong_option(name: str, value: object, wanted: str) -> Failure: ...

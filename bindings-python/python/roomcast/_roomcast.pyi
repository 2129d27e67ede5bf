from asyncio import Future
from typing import Any, ClassVar, Final, Literal, final

from ._webhooks import Event

__all__ = ["Client", "Pending", "SendResult", "Webhooks", "__version__", "end"]

__version__: Final[str]

@final
class SendResult:
    """The server took the message.

    That is its word: it does not tell who read it, nor how many received it.
    """

    __match_args__: ClassVar[tuple[Literal["message"], Literal["attempts"]]]

    def __new__(cls, message: str, attempts: int) -> SendResult: ...
    @property
    def message(self) -> str:
        """The server's own words, "message sent"; empty if it had none."""
    @property
    def attempts(self) -> int:
        """Attempts that it took, 1 or more."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Webhooks:
    """Reads the webhooks that 100ms posts, and refuses everybody else's.

    Make one and share it between threads. Neither the secret nor what was given is in its repr or its errors.

    Args:
        secret: the value of the header that was set for the webhook in 100ms's dashboard: visible ASCII
            characters, with spaces only between them, at most 4,096.

    Raises:
        ConfigurationError: the secret is missing, blank, or no header's value.
    """

    def __new__(cls, *, secret: str) -> Webhooks: ...
    def read(self, given: str | bytes | None, body: bytes | str) -> Event:
        """Reads a request.

        The secret is compared first, in a time that tells nothing of it. That an event was read does not mean
        that it is new: 100ms sends it again if it gets no 200. Remember the `id` of each event that was acted
        upon.

        Args:
            given: the value of the request's secret header; None if there was none.
            body: the body as it came, before anything has parsed it: at most 1 MiB. Have the server refuse
                longer ones.

        Returns:
            A PeerJoined, a PeerLeft, or for any other type an Event.

        Raises:
            WebhookError: it was refused; answer with its `status`.
            TypeError: an argument is of another type.
        """

@final
class Client:
    def __new__(cls, **options: object) -> Client: ...
    def call(self, method: str, positional: tuple[object, ...], keywords: dict[str, object]) -> Any: ...
    def start(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
    ) -> tuple[Future[Any], Pending]: ...
    def close(self) -> None: ...
    def options(self) -> dict[str, str | float | bool]: ...

@final
class Pending:
    def cancel(self) -> None: ...

def end() -> None: ...

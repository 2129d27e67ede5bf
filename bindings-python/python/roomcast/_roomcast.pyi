from asyncio import Future
from typing import Any, ClassVar, Final, Literal, final

from ._webhooks import Event

__all__ = ["Client", "Pending", "SendResult", "Webhooks", "__version__", "shut_down"]

__version__: Final[str]

@final
class SendResult:
    """The server accepted the message. That does not say who received it, nor how many."""

    __match_args__: ClassVar[tuple[Literal["message"], Literal["attempts"]]]

    def __new__(cls, message: str, attempts: int) -> SendResult: ...
    @property
    def message(self) -> str:
        """The server's text, "message sent"; empty if it sent none."""
    @property
    def attempts(self) -> int:
        """The number of attempts, 1 or more."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Webhooks:
    """Verify and parse the webhooks that 100ms posts.

    Create one and share it between threads. Neither the secret nor the header or body of a request is in its
    repr or in any error.

    Args:
        secret: The value of the header that was set for the webhook in 100ms's dashboard: visible ASCII
            characters, with spaces only between them, at most 4,096.

    Raises:
        ConfigurationError: The secret is missing, blank, or not valid as a header's value.
    """

    def __new__(cls, *, secret: str) -> Webhooks: ...
    def read(self, given: str | bytes | None, body: bytes | str) -> Event:
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

def shut_down() -> None: ...

from asyncio import Future
from typing import ClassVar, Final, Literal, final

__all__ = ["Client", "Pending", "Receipt", "__version__", "end"]

__version__: Final[str]

@final
class Receipt:
    """The server took the message.

    That is its word: it does not tell who read it, nor how many received it.
    """

    __match_args__: ClassVar[tuple[Literal["message"], Literal["attempts"]]]

    def __new__(cls, message: str, attempts: int) -> Receipt: ...
    @property
    def message(self) -> str:
        """The server's own words, "message sent"; empty if it had none."""
    @property
    def attempts(self) -> int:
        """Attempts that it took, 1 or more."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Client:
    def __new__(cls, **options: object) -> Client: ...
    def send(self, method: str, positional: tuple[object, ...], keywords: dict[str, object]) -> Receipt: ...
    def start(
        self,
        method: str,
        positional: tuple[object, ...],
        keywords: dict[str, object],
    ) -> tuple[Future[Receipt], Pending]: ...
    def close(self) -> None: ...
    def options(self) -> dict[str, str | float | bool]: ...

@final
class Pending:
    def cancel(self) -> None: ...

def end() -> None: ...

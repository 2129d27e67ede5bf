"""The client for asyncio code."""

# mypy: disable-error-code="empty-body"

import atexit

from . import _roomcast
from ._client import Client, Configured
from ._prototype import LEFT_OUT, declared_by
from ._roomcast import SendResult
from ._rooms import Peer, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])
    _Self = TypeVar("_Self", bound="AsyncClient")


# The core's threads leave the interpreter before it ends.
atexit.register(_roomcast.end)


def _calls(prototype: "_F") -> "_F":
    name = prototype.__name__
    prototype.__doc__ = getattr(Client, name).__doc__

    @declared_by(prototype)
    async def call(self: "AsyncClient", /, *arguments: object, **options: object) -> object:
        future, pending = self._native.start(name, arguments, options)
        try:
            return await future
        except BaseException:
            # Cancelled. Or the send has failed, and then this changes nothing.
            pending.cancel()
            raise
        finally:
            # The exception's traceback holds this frame, and the future holds the exception: no cycle.
            del future

    return call


class AsyncClient(Configured):
    """Sends messages into live rooms from asyncio code, without ever blocking the event loop.

    Options, methods, results and errors are those of Client. At most `max_in_flight` sends are under way at
    once, and the others wait in line; the timeout counts from the call. Any number of event loops may share a
    client.

    Cancelling a task gives its send up at once. If it was in line or connecting, its message never leaves;
    else it may have been delivered.

        async with roomcast.AsyncClient() as client:
            await client.broadcast(room_id, "class is off today")
    """

    @_calls
    async def send_message(
        self,
        room_id: str,
        message: str,
        *,
        peer_id: str = LEFT_OUT,
        role: str = LEFT_OUT,
        type: str = LEFT_OUT,
    ) -> SendResult: ...

    @_calls
    async def send_to_peer(
        self, room_id: str, peer_id: str, message: str, *, type: str = LEFT_OUT
    ) -> SendResult: ...

    @_calls
    async def send_to_role(
        self, room_id: str, role: str, message: str, *, type: str = LEFT_OUT
    ) -> SendResult: ...

    @_calls
    async def broadcast(self, room_id: str, message: str, *, type: str = LEFT_OUT) -> SendResult: ...

    @_calls
    async def list_peers(
        self, room_id: str, *, user_id: str = LEFT_OUT, role: str = LEFT_OUT
    ) -> "list[Peer]": ...

    @_calls
    async def get_room(self, room_id: str) -> Room: ...

    async def aclose(self) -> None:
        """Closes the client: whoever sends from now on is told ConfigurationError. Sends under way go on to
        their end; idle connections are closed. Closing twice is fine.
        """
        self._native.close()

    async def __aenter__(self: "_Self") -> "_Self":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

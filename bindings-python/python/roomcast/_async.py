"""The client for asyncio code."""

# mypy: disable-error-code="empty-body"

import atexit

from . import _roomcast
from ._client import BaseClient, Client
from ._declaration import OMITTED, implements
from ._roomcast import SendResult
from ._rooms import Peer, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])
    _Self = TypeVar("_Self", bound="AsyncClient")


# From then on the core's threads do not enter the interpreter, which is about to be finalized.
atexit.register(_roomcast.shut_down)


def _operation(declaration: "_F") -> "_F":
    name = declaration.__name__
    declaration.__doc__ = getattr(Client, name).__doc__

    @implements(declaration)
    async def call(self: "AsyncClient", /, *arguments: object, **options: object) -> object:
        future, pending = self._native.start(name, arguments, options)
        try:
            return await future
        except BaseException:
            # The task was cancelled. Or the operation has failed, and then this has no effect.
            pending.cancel()
            raise
        finally:
            # Avoids a reference cycle: the future holds the exception, whose traceback holds this frame.
            del future

    return call


class AsyncClient(BaseClient):
    """A client that sends messages into live rooms from asyncio code, without blocking the event loop.

    Options, methods, results and errors are those of Client. At most `max_in_flight` calls are in flight; the
    others are queued, and their timeout counts from the call. A queue holds 64 MiB of messages; beyond that a
    call fails immediately with QueueFullError. Any number of event loops may share a client.

    Cancelling a task cancels its send immediately. If the send was still queued or connecting, the message
    never leaves; else it may have been delivered.

        async with roomcast.AsyncClient() as client:
            await client.broadcast(room_id, "class is off today")
    """

    @_operation
    async def send_message(
        self,
        room_id: str,
        message: str,
        *,
        peer_id: str = OMITTED,
        role: str = OMITTED,
        type: str = OMITTED,
    ) -> SendResult: ...

    @_operation
    async def send_to_peer(
        self, room_id: str, peer_id: str, message: str, *, type: str = OMITTED
    ) -> SendResult: ...

    @_operation
    async def send_to_role(
        self, room_id: str, role: str, message: str, *, type: str = OMITTED
    ) -> SendResult: ...

    @_operation
    async def broadcast(self, room_id: str, message: str, *, type: str = OMITTED) -> SendResult: ...

    @_operation
    async def list_peers(
        self, room_id: str, *, user_id: str = OMITTED, role: str = OMITTED
    ) -> "list[Peer]": ...

    @_operation
    async def get_room(self, room_id: str) -> Room: ...

    async def aclose(self) -> None:
        """Close the client. Every further call raises ConfigurationError.

        Calls in flight continue to their end; idle connections are closed. Closing twice has no effect.
        """
        self._native.close()

    async def __aenter__(self: "_Self") -> "_Self":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

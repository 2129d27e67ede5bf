"""The client for asyncio code."""

# mypy: disable-error-code="empty-body"

import atexit

from . import _completions, _logging, _roomcast, _typing
from ._arguments import LISTS, in_seconds, seconds, with_list
from ._async_send_many import AsyncSendMany
from ._base_client import BaseClient, send_many_of
from ._client import Client
from ._declaration import implements
from ._observation import begin
from ._recipients import RecipientResult
from ._results import add_context, created, to_exception, to_object
from ._roomcast import NOT_GIVEN, SendResult
from ._rooms import QUERIES, Peer, Room, import_datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from typing import Any, Callable, Optional, TypeVar

    from ._observation import Observation
    from ._roomcast import Pending

    _F = TypeVar("_F", bound=Callable[..., Any])


# From then on the core's threads do not enter the interpreter, which is about to be finalized.
atexit.register(_roomcast.shut_down)


def _operation(declaration: "_F") -> "_F":
    name = declaration.__name__
    declaration.__doc__ = getattr(Client, name).__doc__

    is_query, is_to_several = name in QUERIES, name in LISTS

    @implements(declaration)
    async def call(self: "AsyncClient", /, *arguments: object, **options: object) -> object:
        if "timeout" in options:
            in_seconds(options)
        if is_query:
            import_datetime()
        if is_to_several:
            arguments = with_list(name, arguments, options)
        observation = begin(self._observers, name)
        if observation is None:
            return await _perform(self._native, name, arguments, options)
        try:
            return await _perform(self._native, name, arguments, options, observation)
        except BaseException as error:
            observation.fail(error)
            raise
        finally:
            observation.end()

    return call


async def _perform(
    native: "_roomcast.Client",
    name: str,
    arguments: "tuple[object, ...]",
    options: "dict[str, object]",
    observation: "Optional[Observation]" = None,
) -> object:
    loop = _completions.running_loop()
    future, completions = loop.create_future(), _completions.of(loop)
    watch = None
    if observation is None:
        pending = _start(native, name, arguments, options, future, completions, None)
    else:
        watch = observation.watch
        token = observation.enter()
        try:
            pending = _start(native, name, arguments, options, future, completions, watch)
        finally:
            observation.leave(token)
    if type(pending) is tuple:
        return to_object(pending)  # It did not start.
    if pending is None:
        # A late `atexit` handler: the core's threads no longer enter the interpreter, so this one blocks.
        return to_object(native.call(name, arguments, options, _logging.level(), None, watch))
    try:
        return await future
    except BaseException as exception:
        _tell_outcome(exception, future, pending)
        raise
    finally:
        # Avoids a reference cycle: the future holds the exception, whose traceback holds this frame.
        del future


def _start(
    native: "_roomcast.Client",
    name: str,
    arguments: "tuple[object, ...]",
    options: "dict[str, object]",
    future: "Future[Any]",
    completions: _completions.Completions,
    watch: "Optional[_roomcast.Watch]",
) -> "Any":
    level = _logging.level()
    origin = _logging.origin() if level else None
    return native.start(name, arguments, options, future, completions, level, origin, watch)


def _tell_outcome(exception: BaseException, future: "Future[Any]", pending: "Pending") -> None:
    """Cancel the operation if its task was cancelled. How it ended is the CancelledError's context then."""
    error: Optional[BaseException]
    if future.done() and not future.cancelled():
        # It has failed. Or it had completed, and then the task was cancelled.
        error = future.exception()
        if error is exception:
            return
    else:
        ended = pending.cancel()
        error = to_exception(ended) if type(ended) is tuple and ended[0] == "error" else None
    if error is not None:
        add_context(exception, error)
        if hasattr(exception, "add_note"):  # Since Python 3.11.
            exception.add_note(f"roomcast: {error}")


class AsyncClient(BaseClient):
    """A client that sends messages into live rooms from asyncio code, without blocking the event loop.

    Options, methods, results and errors are those of Client. At most `max_in_flight` calls are in flight; the
    others are queued, and their timeout counts from the call. A queue holds 64 MiB of messages; beyond that a
    call fails immediately with QueueFullError. Any number of event loops may share a client.

    Cancelling a task cancels its send immediately. If the send was still queued or connecting, the message
    never leaves; else it may have been delivered. The `__context__` of the CancelledError is a
    SendCancelledError, which has the outcome. Without it, the call had not begun, or had succeeded.

        async with roomcast.AsyncClient() as client:
            await client.broadcast(room_id, "class is off today")
    """

    @_operation
    async def send_message(
        self,
        room_id: str,
        message: "_typing.MessageLike",
        *,
        peer_id: "_typing.Option[str]" = NOT_GIVEN,
        role: "_typing.Option[str]" = NOT_GIVEN,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult: ...

    @_operation
    async def send_to_peer(
        self,
        room_id: str,
        peer_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult: ...

    @_operation
    async def send_to_role(
        self,
        room_id: str,
        role: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult: ...

    @_operation
    async def broadcast(
        self,
        room_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult: ...

    @_operation
    async def send_to_user(
        self,
        room_id: str,
        user_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]": ...

    @_operation
    async def send_to_users(
        self,
        room_id: str,
        user_ids: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]": ...

    @_operation
    async def send_to_peers(
        self,
        room_id: str,
        peer_ids: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]": ...

    @_operation
    async def send_to_roles(
        self,
        room_id: str,
        roles: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]": ...

    @send_many_of(AsyncSendMany)
    def send_many(
        self,
        items: "_typing.Union[_typing.Iterable[_typing.SendItem], _typing.AsyncIterable[_typing.SendItem]]",
        *,
        rate: "_typing.Option[float]" = NOT_GIVEN,
        max_in_flight: "_typing.Option[int]" = NOT_GIVEN,
        progress: "_typing.Option[_typing.ShowProgress]" = NOT_GIVEN,
    ) -> AsyncSendMany:
        """Send any number of messages, to any rooms and recipients, and iterate over what became of each.

            async with client.send_many(items, progress=True) as results:
                again = [result.item async for result in results if result.outcome == "not_sent"]

        As Client.send_many. `items` may also be an async iterable, such as an async generator: while it makes
        you wait for its next item, results that complete are still returned. An iterable is iterated over in
        the event loop, which it blocks if it waits.
        """

    @_operation
    async def list_peers(
        self,
        room_id: str,
        *,
        user_id: "_typing.Option[str]" = NOT_GIVEN,
        role: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[Peer]": ...

    @_operation
    async def get_room(
        self,
        room_id: str,
        *,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> Room: ...

    async def aclose(self) -> None:
        """Close the client. Every further call raises ConfigurationError.

        Calls in flight continue to their end; idle connections are closed. Closing twice has no effect.
        """
        self._native.close()

    async def drain(self, timeout: "_typing.Optional[_typing.Timeout]" = None) -> bool:
        """Close the client, and wait until its operations have ended: those in flight and those queued.

        Every further call raises ConfigurationError. What is left at the end of `timeout` is cancelled: each
        call raises a SendCancelledError with what is known of its message, "not_sent" if it was queued. So
        nothing is lost in silence. The event loop is not blocked, and several may have calls.

        Args:
            timeout: How long to wait, in seconds or as a timedelta: 0 to an hour. None is the client's own
                timeout.

        Returns:
            Whether all operations ended by themselves.

        Raises:
            InvalidRequestError: The timeout is of a wrong type, or out of range. The client is not closed.
            APIConnectionError: The system gives no thread to wait with. The client is closed.
            CancelledError: The task was cancelled. The drain goes on.
        """
        loop = _completions.running_loop()
        future = loop.create_future()
        given = seconds(timeout)
        drain = created(self._native.start_drain(given, future, _completions.of(loop)))
        if drain is None:
            # A late `atexit` handler: the core's threads no longer enter the interpreter, so this one blocks.
            return to_object(self._native.drain(given))  # type: ignore[no-any-return]
        await future
        return drain.all_ended()

    async def __aenter__(self: "_typing.AsyncClientT") -> "_typing.AsyncClientT":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

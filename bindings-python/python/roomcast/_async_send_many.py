"""Many messages: what AsyncClient.send_many() returns."""

from . import _completions, _roomcast, _typing
from ._arguments import is_several
from ._observation import Observers
from ._results import wrong_argument
from ._send_many import BaseSendMany, ItemResult, Starter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future, Task
    from collections.abc import AsyncIterable
    from typing import Optional

_TURN = 64
"""How many results are taken before other tasks have their turn."""


class AsyncSendMany(BaseSendMany):
    """The results of AsyncClient.send_many(): an async iterator of ItemResult, as they complete.

    Messages are sent while you iterate. As an async context manager it is closed at the end, also after
    `break` or an exception. One task iterates. In a forked child, iterating over its parent's raises
    RuntimeError.
    """

    def __init__(
        self,
        client: "_roomcast.Client",
        items: "_typing.Any",
        options: "dict[str, _typing.Any]",
        observers: "Observers",
    ) -> None:
        # What takes the items of an async iterable, and the task in which it does so.
        self._feeder: Optional[_Feeder] = None
        self._task: Optional[Task[None]] = None
        # Of the task that waits for a result.
        self._waiter: Optional[Future[None]] = None
        # The event loop, and what completes futures of it.
        self._loop: Optional[AbstractEventLoop] = None
        self._completions: _completions.Completions
        # How many results were taken since other tasks had their turn.
        self._taken = 0
        is_async = hasattr(type(items), "__aiter__")
        if not is_async and not is_several(items):
            raise wrong_argument("items", items, "an iterable or an async iterable of items")
        super().__init__(client, items, options, observers)
        if is_async:
            self._feeder = _Feeder(self._starter, items)
        else:
            self._source = iter(items)

    def __aiter__(self) -> "_typing.AsyncIterator[ItemResult]":
        return self

    async def __anext__(self) -> ItemResult:
        unreported = self._unreported
        if unreported is not None:
            self._unreported = None
            return unreported
        if self._taken == _TURN:
            from asyncio import sleep

            self._taken = 0
            await sleep(0)
        while not self._is_closed:
            self._fill()
            taken = self._batch.take()
            if self._feeder is not None:
                self._feeder.resume()
            if taken is not None:
                self._taken += 1
                return self._reported(taken)
            if self._is_at_end():
                self._end(StopAsyncIteration)
            await self._news()
        raise StopAsyncIteration

    def _is_at_end(self) -> bool:
        if self._feeder is not None:
            if self._task is None or not self._task.done():
                return False
            if self._feeder.failure is not None:
                self._failure, self._feeder.failure = self._feeder.failure, None
        return self._source is None and self._batch.is_idle()

    async def _news(self) -> None:
        """Wait until there is a result, or the end of the items."""
        if self._waiter is not None:
            raise RuntimeError("another task is waiting for the results of this send_many()")
        loop = _completions.running_loop()
        if loop is not self._loop:
            self._loop, self._completions = loop, _completions.of(loop)
        waiter = self._waiter = loop.create_future()
        if self._feeder is not None:
            self._feeder.waiter = waiter
            if self._task is None:
                self._task = loop.create_task(self._feeder.run(loop))
                self._task.add_done_callback(self._feeder.wake)
        try:
            if self._batch.wait_with(waiter, self._completions):
                await waiter
                self._taken = 0
        finally:
            self._waiter = None

    async def aclose(self) -> None:
        """Cancel the messages under way, and take no more items. There are no more results then.

        Where an async iterable waits for its next item, it is cancelled. Closing twice has no effect.
        """
        self._close()
        task = self._task
        if task is not None and not task.done():
            from asyncio import wait

            task.cancel()
            await wait([task])

    async def __aenter__(self: "_typing.AsyncSendManyT") -> "_typing.AsyncSendManyT":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        task = self._task
        if task is None or task.done():
            return  # The batch cancels what is under way.
        self._starter.close()
        try:  # noqa: SIM105 (the import of contextlib is slow)
            # The garbage collector may do this on any thread.
            task.get_loop().call_soon_threadsafe(task.cancel)
        except RuntimeError:
            pass  # The event loop is closed.


class _Feeder:
    """Takes the items of an async iterable, all in one task: a timeout in it may span several items.

    It does not refer to the iterator over the results: when that is dropped, the task is cancelled.
    """

    def __init__(self, starter: Starter, items: "AsyncIterable[object]") -> None:
        self._starter, self._items = starter, items
        # What the caller's iterable raised.
        self.failure: Optional[BaseException] = None
        # Of the task that waits for a result.
        self.waiter: Optional[Future[None]] = None
        # Of this task, while it waits until another item may be started.
        self._room: Optional[Future[None]] = None

    async def run(self, loop: "AbstractEventLoop") -> None:
        """Start items, each when it may be under way. If one cannot be started, that is its result."""
        starter = self._starter
        batch = starter.batch
        try:
            async for item in self._items:
                starter.start(item)
                if batch.has_result():
                    self.wake()
                while batch.is_full():
                    self._room = loop.create_future()
                    await self._room
        except BaseException as error:
            self.failure = error
            if not isinstance(error, Exception):
                raise

    def resume(self) -> None:
        """Let it go on, if another item may be started."""
        if self._room is not None and not self._room.done() and not self._starter.batch.is_full():
            self._room.set_result(None)

    def wake(self, _: object = None) -> None:
        """Wake the task that waits for a result."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

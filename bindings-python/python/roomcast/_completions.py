"""Completed operations of AsyncClient, on their way to an event loop."""

from . import _roomcast
from ._results import to_exception, to_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future
    from typing import Any, Callable
    from weakref import WeakKeyDictionary

    from ._roomcast import Completed


class Completions(_roomcast.CompletionQueue):
    """The operations of one event loop that completed. The loop calls this to complete their futures."""

    _ready: "list[tuple[Future[Any], Completed]]"

    def __call__(self) -> None:
        ready = self._ready
        self.take(ready)
        try:
            while ready:
                future, completed = ready[-1]
                if not future.done():  # Else it was cancelled meanwhile.
                    if type(completed) is tuple:
                        _complete(future, completed)
                    else:
                        future.set_result(completed)
                del ready[-1]
        except BaseException:
            # The event loop handles it: a KeyboardInterrupt, for example. The other futures are next.
            if ready:
                ready[-1][0].get_loop().call_soon(self)
            raise


def of(loop: "AbstractEventLoop") -> Completions:
    """Return the completions of an event loop."""
    completions = _completions.get(loop)
    if completions is None:
        completions = _completions[loop] = Completions()
        completions._ready = []
    return completions


def _complete(future: "Future[Any]", completed: "Completed") -> None:
    if completed[0] == "error":
        future.set_exception(to_exception(completed))
        return
    try:
        result = to_object(completed)
    except Exception as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _first_running_loop() -> "AbstractEventLoop":
    """Return the running event loop. The import of asyncio is slow, so it waits until it is needed."""
    global _completions, running_loop
    from asyncio import get_running_loop
    from weakref import WeakKeyDictionary

    loop = get_running_loop()
    if running_loop is _first_running_loop:
        # Weak keys: what belongs to an event loop is dropped together with it.
        _completions = WeakKeyDictionary()
        running_loop = get_running_loop
    return loop


_completions: "WeakKeyDictionary[AbstractEventLoop, Completions]"
running_loop: "Callable[[], AbstractEventLoop]" = _first_running_loop

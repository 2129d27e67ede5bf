"""Many messages: what Client.send_many() returns."""

from . import _logging, _roomcast, _typing
from ._arguments import as_arguments, is_several
from ._observation import Observers, begin
from ._record import Record, SendRecord
from ._results import created, split, wrong_argument
from ._roomcast import NOT_GIVEN, SendResult

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable, Optional, Union

    from ._errors import RoomcastError
    from ._observation import Observation
    from ._progress_bar import RichBar, TqdmBar


class Progress(Record):
    """How many messages of send_many() have completed, and how they ended. Immutable."""

    _fields = ("completed", "accepted", "not_sent", "rejected", "unknown", "total")

    completed: int
    """All that have completed."""
    accepted: int
    """Those that the server accepted."""
    not_sent: int
    """Those that provably never left."""
    rejected: int
    """Those that the server refused."""
    unknown: int
    """Those that may have been delivered."""
    total: "_typing.Optional[int]"
    """How many items there are, if they have a length; a generator has none."""


class ItemResult(SendRecord):
    """What became of one item of send_many(). Immutable.

    Either `result` or `error` is None.
    """

    _fields = ("item", "result", "error")
    # It has the message's text.
    _hidden = ("item",)

    item: "_typing.SendItem"
    """The item, as it was given: hand it in again if it was not sent."""

    def __init__(
        self,
        *,
        item: "_typing.SendItem",
        result: "_typing.Optional[SendResult]",
        error: "_typing.Optional[_typing.RoomcastError]",
    ) -> None:
        # Quicker than Record's: there is one for each message.
        fields = vars(self)
        fields["item"], fields["result"], fields["error"] = item, result, error


class Starter:
    """Starts the items of a batch, and knows what observes those under way."""

    def __init__(self, batch: "_roomcast.Batch", observers: "Observers") -> None:
        self.batch, self._observers = batch, observers
        self._count = 0
        self._under_way: dict[int, Observation] = {}

    def start(self, item: object) -> None:
        """Start an item. If it cannot be started, that is its result."""
        observation = begin(self._observers, "send_message")
        if observation is None:
            self.batch.start(item, as_arguments(item), _logging.level())
            return
        self._count += 1
        self._under_way[self._count] = observation
        observed = self._count, observation.watch
        self.batch.start(item, as_arguments(item), _logging.level(), observed)

    def ended(self, number: int, error: "Optional[RoomcastError]") -> None:
        """Report what happened to an item that has its result."""
        observation = self._under_way.pop(number, None)
        if observation is not None:
            if error is not None:
                observation.fail(error)
            observation.end()

    def close(self) -> None:
        """Cancel the items under way, and report what happened to them. A forked child does nothing."""
        self.batch.cancel()
        while self._under_way:
            _, observation = self._under_way.popitem()
            observation.end()

    def __del__(self) -> None:
        self.close()


class BaseSendMany:
    """What SendMany and AsyncSendMany share."""

    def __init__(
        self,
        client: "_roomcast.Client",
        items: object,
        options: "dict[str, _typing.Any]",
        observers: "Observers",
    ) -> None:
        progress = options.pop("progress", NOT_GIVEN)
        self._batch: _roomcast.Batch = created(client.batch(options, _logging.origin()))
        self._starter = Starter(self._batch, observers)
        self._total: Optional[int] = len(items) if hasattr(type(items), "__len__") else None  # type: ignore
        # The items that are left; None at their end.
        self._source: Optional[Iterator[object]] = None
        # What the caller's iterable raised.
        self._failure: Optional[BaseException] = None
        # A result whose report failed, until it is taken.
        self._unreported: Optional[ItemResult] = None
        self._is_closed = False
        # The caller's function, or the bar.
        self._report: Optional[Callable[[Progress], object]] = None
        self._bar: Optional[Union[TqdmBar, RichBar]] = None
        if progress is True:
            from ._progress_bar import progress_bar

            self._report = self._bar = progress_bar(self._total)
        elif callable(progress):
            self._report = progress
        elif progress is not False and progress is not NOT_GIVEN:
            raise wrong_argument("progress", progress, "a function, or True for a progress bar")

    @property
    def progress(self) -> Progress:
        """How many have completed by now, and how they ended."""
        completed, accepted, not_sent, rejected, unknown = self._batch.progress()
        return Progress(
            completed=completed,
            accepted=accepted,
            not_sent=not_sent,
            rejected=rejected,
            unknown=unknown,
            total=self._total,
        )

    def cancel(self) -> None:
        """Cancel the messages under way, and send no more. Any thread may call it.

        Each item still has its result as you go on iterating: those under way with the truth; the rest, which
        is still taken from `items`, with a SendCancelledError whose outcome is "not_sent".
        """
        self._batch.cancel()

    def _fill(self) -> None:
        """Start items until there is a result, or no more may be under way.

        At least one, if it may: so as many stay under way while results are taken. If it cannot be started,
        that is its result.
        """
        source, batch = self._source, self._batch
        while source is not None and not batch.is_full():
            try:
                item = next(source)
            except StopIteration:
                source = self._source = None
            except Exception as error:
                source = self._source = None
                self._failure = error
            else:
                self._starter.start(item)
                if batch.has_result():
                    return

    def _reported(self, taken: "tuple[_typing.Any, ...]") -> ItemResult:
        item, completed, observation = taken
        result, error = split(completed)
        if observation is not None:
            self._starter.ended(observation, error)
        reported = ItemResult(item=item, result=result, error=error)
        if self._report is not None:
            self._unreported = reported
            self._report(self.progress)
            self._unreported = None
        return reported

    def _end(self, end: "type[Exception]") -> "_typing.NoReturn":
        self._close_bar()
        failure, self._failure = self._failure, None
        try:
            raise end if failure is None else failure
        finally:
            del failure  # Avoids a reference cycle with the traceback.

    def _close(self) -> None:
        self._is_closed = True
        self._source = None
        self._close_bar()
        self._starter.close()

    def _close_bar(self) -> None:
        if self._bar is not None:
            self._bar.close()


class SendMany(BaseSendMany):
    """The results of Client.send_many(): an iterator of ItemResult, in the order in which they complete.

    Messages are sent while you iterate. As a context manager it is closed at the end, also after `break` or
    an exception. One thread iterates; any thread may call `cancel` and read `progress`. In a forked child,
    iterating over its parent's raises RuntimeError.
    """

    def __init__(
        self,
        client: "_roomcast.Client",
        items: object,
        options: "dict[str, _typing.Any]",
        observers: "Observers",
    ) -> None:
        if not is_several(items):
            raise wrong_argument("items", items, "an iterable of items")
        super().__init__(client, items, options, observers)
        self._source = iter(items)  # type: ignore[call-overload]

    def __iter__(self) -> "_typing.Iterator[ItemResult]":
        return self

    def __next__(self) -> ItemResult:
        unreported = self._unreported
        if unreported is not None:
            self._unreported = None
            return unreported
        if self._is_closed:
            raise StopIteration
        self._fill()
        taken = self._batch.next()
        if taken is None:
            self._end(StopIteration)
        return self._reported(taken)

    def close(self) -> None:
        """Cancel the messages under way, and take no more items. There are no more results then.

        Closing twice has no effect.
        """
        self._close()

    def __enter__(self: "_typing.SendManyT") -> "_typing.SendManyT":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

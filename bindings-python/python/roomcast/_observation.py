"""Who watches operations: the program's hooks, and OpenTelemetry if the program uses it."""

from sys import modules

from . import _roomcast
from ._results import to_exception
from ._traces import to_trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from typing import Any, Callable, Optional

    from opentelemetry.context import Context

    from ._opentelemetry import Telemetry
    from ._traces import Trace


class Observers:
    """What a client's operations are observed with."""

    __slots__ = ("hooks",)

    def __init__(self, hooks: "tuple[Callable[[Trace], object], ...]") -> None:
        self.hooks = hooks


def as_hooks(given: object) -> "tuple[Any, ...]":
    """Return the option `hooks` of a client, which is a function or several."""
    hooks = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    for hook in hooks:
        if not callable(hook):
            raise to_exception(_roomcast.wrong_option("hooks", hook, "a function, or a list of functions"))
    return hooks


def begin(observers: Observers, method: str) -> "Optional[Observation]":
    """Begin to observe a call; None if nobody wants to know. The program imports OpenTelemetry, not this."""
    telemetry = None
    if "opentelemetry.trace" in modules or "opentelemetry.metrics" in modules:
        try:
            from . import _opentelemetry

            telemetry = _opentelemetry.begin(method)
        except Exception as error:
            _roomcast.write_unraisable(error, begin)
    return Observation(observers, telemetry) if telemetry is not None or observers.hooks else None


class Observation:
    """What is observed of one call. Its end comes once, after the call's."""

    __slots__ = ("_observers", "_telemetry", "watch")

    def __init__(self, observers: Observers, telemetry: "Optional[Telemetry]") -> None:
        self._observers, self._telemetry = observers, telemetry
        traceparent, tracestate, records = "", "", bool(observers.hooks)
        if telemetry is not None:
            traceparent, tracestate = telemetry.traceparent, telemetry.tracestate
            records = records or telemetry.records
        self.watch = _roomcast.Watch(traceparent, tracestate, records)

    def enter(self) -> "Optional[Token[Context]]":
        """Make the call's span the current one, until leave(): that of its log lines, too."""
        return None if self._telemetry is None else self._telemetry.enter()

    def leave(self, token: "Optional[Token[Context]]") -> None:
        """Make the span current again that was so before."""
        if self._telemetry is not None and token is not None:
            self._telemetry.leave(token)

    def fail(self, error: BaseException) -> None:
        """Note what the call raises."""
        if self._telemetry is not None:
            self._telemetry.fail(error)

    def end(self) -> None:
        """Report what happened. An exception of who gets it goes to sys.unraisablehook."""
        taken = self.watch.take()
        if taken is None:
            return  # The call is of the process that forked this one.
        traces = [to_trace(recorded) for recorded in taken]
        if self._telemetry is not None:
            self._export([recorded.started for recorded in taken], traces)
        hooks = self._observers.hooks
        for trace in traces:
            for hook in hooks:
                try:
                    hook(trace)
                except Exception as error:
                    _roomcast.write_unraisable(error, hook)

    def _export(self, started: "list[int]", traces: "list[Trace]") -> None:
        telemetry = self._telemetry
        assert telemetry is not None
        try:
            telemetry.end(list(zip(started, traces)))
        except Exception as error:
            _roomcast.write_unraisable(error, telemetry.end)

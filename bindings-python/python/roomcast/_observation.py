"""Who watches operations: the program's hooks, and OpenTelemetry if the program uses it."""

from sys import modules

from . import _roomcast
from ._results import to_exception

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from typing import Any, Callable, Optional

    from opentelemetry.context import Context

    from ._opentelemetry import Telemetry
    from ._roomcast import Trace


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


def begin(method: str) -> "Optional[Telemetry]":
    """Begin the span of a call; None if the program does not use OpenTelemetry. It imports that, not this."""
    if "opentelemetry.trace" not in modules and "opentelemetry.metrics" not in modules:
        return None
    try:
        from . import _opentelemetry

        return _opentelemetry.begin(method)
    except Exception as error:
        _roomcast.write_unraisable(error, begin)
        return None


def observe(observers: Observers, method: str) -> "Optional[Observation]":
    """Begin to observe a call; None if nobody wants to know."""
    telemetry, hooks = begin(method), observers.hooks
    return Observation.of(hooks, telemetry) if telemetry is not None or hooks else None


class Observation(_roomcast.Watch):
    """What is observed of one call. Its end comes once, after the call's."""

    __slots__ = ("hooks", "telemetry")

    hooks: "tuple[Callable[[Trace], object], ...]"
    telemetry: "Optional[Telemetry]"

    @classmethod
    def of(
        cls, hooks: "tuple[Callable[[Trace], object], ...]", telemetry: "Optional[Telemetry]"
    ) -> "Observation":
        """Return one for these."""
        if telemetry is None:
            observation = cls("", "", True)
        else:
            records = telemetry.records or bool(hooks)
            observation = cls(telemetry.traceparent, telemetry.tracestate, records)
        observation.hooks, observation.telemetry = hooks, telemetry
        return observation

    def enter(self) -> "Optional[Token[Context]]":
        """Make the call's span the current one, until leave(): that of its log lines, too."""
        return None if self.telemetry is None else self.telemetry.enter()

    def leave(self, token: "Optional[Token[Context]]") -> None:
        """Make the span current again that was so before."""
        if self.telemetry is not None and token is not None:
            self.telemetry.leave(token)

    def fail(self, error: BaseException) -> None:
        """Note what the call raises."""
        if self.telemetry is not None:
            self.telemetry.fail(error)

    def end(self) -> None:
        """Report what happened. An exception of who gets it goes to sys.unraisablehook."""
        report(self.hooks, self.take(), self.telemetry)


def report(
    hooks: "tuple[Callable[[Trace], object], ...]",
    traces: "Optional[tuple[Trace, ...]]",
    telemetry: "Optional[Telemetry]" = None,
) -> None:
    """Report what happened to the operations of a call: None if it is of the process that forked this one."""
    if traces is None:
        return
    if telemetry is not None:
        try:
            telemetry.end(traces)
        except Exception as error:
            _roomcast.write_unraisable(error, telemetry.end)
    for trace in traces:
        for hook in hooks:
            try:
                hook(trace)
            except Exception as error:
                _roomcast.write_unraisable(error, hook)

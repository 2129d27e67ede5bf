"""Spans and metrics by OpenTelemetry, of programs that have imported it: nothing else imports this module.

Names and attributes are those of its semantic conventions for HTTP clients.
"""

from opentelemetry import context as contexts
from opentelemetry import metrics, propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from ._errors import RoomcastError
from ._roomcast import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from typing import Any, Optional, Union

    from opentelemetry.context import Context
    from opentelemetry.metrics import Histogram, MeterProvider
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from ._roomcast import AttemptTrace, Trace

    Attributes = dict[str, Union[str, int, float]]

_SCHEMA = "https://opentelemetry.io/schemas/1.23.0"
"""The version in which the conventions for HTTP became stable."""

_SENDS = ("send_message", "send_to_peer", "send_to_role", "broadcast")
_QUERIES = ("list_peers", "get_room")
_RECIPIENTS = {
    "send_to_user": "user",
    "send_to_users": "user",
    "send_to_peers": "peer",
    "send_to_roles": "role",
}

_BOUNDARIES = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Of the histogram's buckets, in seconds, as the conventions have them."""

_TIMES = ("dns", "tcp", "proxy", "tls", "write", "wait")

_tracer_of: "tuple[Optional[TracerProvider], Optional[Tracer]]" = (None, None)
_histogram_of: "tuple[Optional[MeterProvider], Optional[Histogram]]" = (None, None)


def _tracer() -> "Tracer":
    global _tracer_of
    provider = trace.get_tracer_provider()
    known, tracer = _tracer_of
    if tracer is None or known is not provider:
        tracer = provider.get_tracer("roomcast", __version__, schema_url=_SCHEMA)
        _tracer_of = provider, tracer
    return tracer


def _histogram() -> "Optional[Histogram]":
    """Return None if the program has set no provider of metrics."""
    global _histogram_of
    provider = metrics.get_meter_provider()
    known, histogram = _histogram_of
    if known is not provider:
        histogram = None
        # The API's own ones record nothing.
        if not type(provider).__module__.startswith("opentelemetry.metrics"):
            meter = provider.get_meter("roomcast", __version__, schema_url=_SCHEMA)
            options: dict[str, Any] = {"unit": "s", "description": "Duration of HTTP client requests."}
            name = "http.client.request.duration"
            try:
                histogram = meter.create_histogram(
                    name, explicit_bucket_boundaries_advisory=_BOUNDARIES, **options
                )
            except TypeError:  # Before opentelemetry-api 1.30.
                histogram = meter.create_histogram(name, **options)
        _histogram_of = provider, histogram
    return histogram


def begin(method: str) -> "Optional[Telemetry]":
    """Start the span of a call, in the current context; None if nobody wants to know."""
    if contexts.get_value("suppress_instrumentation"):
        return None
    telemetry = Telemetry(method, _tracer(), _histogram())
    return telemetry if telemetry.records or telemetry.traceparent else None


class Telemetry:
    """The span of one call, and what is told of its operations when it has ended."""

    __slots__ = (
        *("_context", "_failure", "_histogram", "_is_operation", "_recipient", "_span", "_tracer"),
        *("records", "traceparent", "tracestate"),
    )

    def __init__(self, method: str, tracer: "Tracer", histogram: "Optional[Histogram]") -> None:
        # Other calls consist of several operations.
        self._is_operation = method in _SENDS or method in _QUERIES
        self._recipient = _RECIPIENTS.get(method, "")
        name = "send_message" if method in _SENDS else method
        self._tracer, self._histogram = tracer, histogram
        self._span = tracer.start_span(f"roomcast {name}")
        self._context = trace.set_span_in_context(self._span)
        self._failure: Optional[tuple[str, Optional[str]]] = None
        headers: dict[str, str] = {}
        propagate.inject(headers, context=self._context)
        self.traceparent = headers.get("traceparent", "")
        self.tracestate = headers.get("tracestate", "")
        self.records = histogram is not None or self._span.is_recording()

    def enter(self) -> "Token[Context]":
        """Make the span the current one."""
        return contexts.attach(self._context)

    def leave(self, token: "Token[Context]") -> None:
        """Make the span current again that was so before."""
        contexts.detach(token)

    def fail(self, error: BaseException) -> None:
        """Note what the call raises, but not the exception, whose traceback holds the caller's frames."""
        # If the caller cancelled it, the error of the operation is the context.
        for of in (error, error.__context__):
            if isinstance(of, RoomcastError):
                self._failure = of.kind, of.outcome
                return
        self._failure = type(error).__qualname__, None

    def end(self, traces: "tuple[Trace, ...]") -> None:
        """End the span, with those of the operations and attempts."""
        for record in traces:
            started = record._started
            if self._is_operation:
                self._operation(self._span, self._context, started, record)
                continue
            span = self._tracer.start_span(f"roomcast {record.method}", self._context, start_time=started)
            self._operation(span, trace.set_span_in_context(span), started, record)
            span.end(started + _nanoseconds(record.elapsed or 0))
        if self._span.is_recording():
            if not self._is_operation and traces:
                self._span.set_attributes({"room_id": traces[0].room_id, "recipient": self._recipient})
            if self._failure is not None and not (self._is_operation and traces):
                _fail(self._span, *self._failure)
        self._span.end()

    def _operation(self, span: "Span", context: "Context", started: int, record: "Trace") -> None:
        if span.is_recording():
            attributes: Attributes = {
                "room_id": record.room_id,
                "attempts": len(record.attempts),
            }
            if record.recipient is not None:
                attributes["recipient"] = record.recipient
            span.set_attributes(attributes)
            if record.error is not None:
                _fail(span, record.error.kind, record.error.outcome)
        for number, attempt in enumerate(record.attempts):
            self._attempt(context, started, record, number, attempt)

    def _attempt(
        self,
        context: "Context",
        started: int,
        record: "Trace",
        number: int,
        attempt: "AttemptTrace",
    ) -> None:
        attributes: Attributes = {
            "http.request.method": record.http_method,
            "server.address": record.server_address,
            "server.port": record.server_port,
        }
        if attempt.status is not None:
            attributes["http.response.status_code"] = attempt.status
            attributes["network.protocol.version"] = "1.1"
        if attempt.error is not None:
            attributes["error.type"] = attempt.error.kind
        if self._histogram is not None:
            self._histogram.record(attempt.elapsed, attributes)
        if not self._span.is_recording():
            return
        # No `url.full`: a query may have the id of a user.
        attributes["url.path"] = record.path
        if number > 0:
            attributes["http.request.resend_count"] = number
        attributes["http.request.size"] = attempt.request_bytes
        attributes["http.response.size"] = attempt.response_bytes
        for name in _TIMES:
            time = getattr(attempt, name)
            if time is not None:
                attributes[name] = time
        began = started + _nanoseconds(attempt.started)
        span = self._tracer.start_span(
            record.http_method, context, kind=SpanKind.CLIENT, attributes=attributes, start_time=began
        )
        if attempt.error is not None:
            span.set_status(Status(StatusCode.ERROR))
        span.end(began + _nanoseconds(attempt.elapsed))


def _fail(span: "Span", kind: str, outcome: "Optional[str]") -> None:
    span.set_attribute("error.type", kind)
    if outcome is not None:
        span.set_attribute("outcome", outcome)
    # Without the error's text, which has no limit of its own.
    span.set_status(Status(StatusCode.ERROR))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)

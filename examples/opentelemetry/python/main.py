"""Sends a message to each room that the command line names, within a span of the program's own, and prints the spans.

roomcast needs no set-up for it: it makes spans if the program has imported OpenTelemetry. The server comes from
HMS_BASE_URL, the token from HMS_MANAGEMENT_TOKEN.
"""

import sys

import roomcast
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

# It keeps the spans in memory. A service would use the OTLPSpanExporter of opentelemetry-exporter-otlp.
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)


def show(span: ReadableSpan) -> None:
    """Print `<span> <parent> <name> <attribute>=<value> …`."""
    parent = span.parent.span_id if span.parent else 0
    attributes = " ".join(f"{name}={value!r}" for name, value in (span.attributes or {}).items())
    print(f"{span.context.span_id:016x} {parent:016x} {span.name} {attributes}")


def main() -> None:
    tracer = trace.get_tracer("example")
    with roomcast.Client() as client:
        for room_id in sys.argv[1:]:
            with tracer.start_as_current_span("request"):
                try:
                    client.broadcast(room_id, "class is off today")
                except roomcast.RoomcastError as error:
                    print(error, file=sys.stderr)
    for span in exporter.get_finished_spans():
        show(span)


main()

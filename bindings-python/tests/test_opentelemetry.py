"""OpenTelemetry: a span for each operation, and within it one for each request that the server saw."""

import asyncio
import collections
import logging
import random
import socket
import subprocess
import sys
import time
import types

import pytest
from opentelemetry import baggage, context, metrics, propagate, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

import roomcast
from conftest import CREDENTIALS, PEERS, Server, arrival, once, serving

ACCEPTED = (200, {"message": "message sent"}, {})
SECRETS = ("the text", "the-user", "the%2Duser", "the metadata", *CREDENTIALS.values(), "Bearer", "eyJ")


class Telemetry:
    """What the program's OpenTelemetry exports, in memory."""

    def __init__(self, monkeypatch, **options):
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(**options)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("program")
        self.reader = InMemoryMetricReader()
        meters = MeterProvider([self.reader])
        # The API's own functions can set each only once in a process.
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: self.provider)
        monkeypatch.setattr(metrics, "get_meter_provider", lambda: meters)

    @property
    def spans(self):
        return self.exporter.get_finished_spans()

    def operations(self):
        """The spans of operations, each with those of its attempts."""
        attempts = collections.defaultdict(list)
        for span in self.spans:
            if span.kind is SpanKind.CLIENT:
                attempts[span.parent.span_id].append(span)
        names = ("send_message", "list_peers", "get_room")
        operations = [span for span in self.spans if span.name in {f"roomcast {name}" for name in names}]
        assert {*attempts} <= {span.context.span_id for span in operations}
        return [(span, attempts[span.context.span_id]) for span in operations]

    def requests(self):
        """The spans of attempts that sent a request."""
        return [span for _, attempts in self.operations() for span in attempts if size(span) > 0]

    def duration_points(self):
        data = self.reader.get_metrics_data()
        (scope,) = data.resource_metrics[0].scope_metrics
        (histogram,) = scope.metrics
        assert (scope.scope.name, histogram.name) == ("roomcast", "http.client.request.duration")
        assert histogram.unit == "s"
        return histogram.data.data_points

    def check_that_nothing_secret_is_shown(self):
        shown = "".join(span.to_json() for span in self.spans) + self.reader.get_metrics_data().to_json()
        for secret in SECRETS:
            assert secret not in shown, secret


@pytest.fixture
def telemetry(monkeypatch):
    return Telemetry(monkeypatch)


def size(span):
    return span.attributes["http.request.size"]


def ids(traceparent):
    """The trace, and the span that sent the request."""
    version, trace_id, span_id, flags = traceparent.split("-")
    assert version == "00" and is_sampled(traceparent), flags
    return int(trace_id, 16), int(span_id, 16)


def is_sampled(traceparent):
    return int(traceparent[-2:], 16) & 1 == 1


def client_of(server, **options):
    return roomcast.Client(base_url=server.base_url, **{**CREDENTIALS, **options})


def async_client_of(server, **options):
    return roomcast.AsyncClient(base_url=server.base_url, **{**CREDENTIALS, **options})


async def send(client, *arguments, **options):
    """Send with either client."""
    result = client.send_message(*arguments, **options)
    return await result if isinstance(client, roomcast.AsyncClient) else result


CLIENTS = pytest.mark.parametrize("make", [client_of, async_client_of], ids=["sync", "async"])


@CLIENTS
def test_a_send_with_a_retry_is_a_span_with_one_for_each_request(server, telemetry, make):
    server.response = once((429, {}, {"Retry-After": "0"}))
    before = time.time_ns()

    async def main():
        with telemetry.tracer.start_as_current_span("program"):
            await send(make(server), "room", "the text", peer_id="p1", type="chat")

    asyncio.run(main())
    program = next(span for span in telemetry.spans if span.name == "program")
    ((operation, attempts),) = telemetry.operations()
    assert len(attempts) == len(server.paths) == 2
    assert operation.parent.span_id == program.context.span_id
    assert (operation.kind, operation.status.status_code) == (SpanKind.INTERNAL, StatusCode.UNSET)
    assert dict(operation.attributes) == {
        "room_id": "room",
        "recipient": "peer",
        "attempts": 2,
    }
    first, second = attempts
    common = {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": server.server_port,
        "url.path": "/v2/active-rooms/room/send-message",
        "network.protocol.version": "1.1",
    }
    assert common.items() <= first.attributes.items() and common.items() <= second.attributes.items()
    assert (first.name, second.name) == ("POST", "POST")
    refused = {"http.response.status_code": 429, "error.type": "rate_limited"}
    assert refused.items() <= first.attributes.items() and first.status.status_code is StatusCode.ERROR
    retried = {"http.response.status_code": 200}
    assert second.attributes["http.request.resend_count"] == 1
    assert first.attributes["tcp"] > 0 and "tcp" not in second.attributes and second.attributes["wait"] > 0
    assert retried.items() <= second.attributes.items() and second.status.status_code is StatusCode.UNSET
    assert "error.type" not in second.attributes and "http.request.resend_count" not in first.attributes
    times = [operation.start_time, first.start_time, first.end_time, second.start_time, second.end_time]
    times = [before, *times, operation.end_time, time.time_ns()]
    assert times == sorted(times)
    # Each request says which span it belongs to.
    own = operation.context.trace_id, operation.context.span_id
    assert [ids(parent) for parent, _ in server.traces] == [own, own]
    counts = {point.attributes.get("error.type"): point.count for point in telemetry.duration_points()}
    assert counts == {"rate_limited": 1, None: 1}
    telemetry.check_that_nothing_secret_is_shown()


@CLIENTS
def test_a_failure_is_an_error_in_each_span(telemetry, make):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"

    async def main():
        client = make(types.SimpleNamespace(base_url=base_url), max_attempts=2)
        with pytest.raises(roomcast.APIConnectionError):
            await send(client, "room", "the text")
        with pytest.raises(roomcast.InvalidRequestError):
            await send(client, "room", " ", role="host")

    asyncio.run(main())
    (refused, attempts), (invalid, none) = telemetry.operations()
    failed = {"error.type": "connection", "outcome": "not_sent", "attempts": 2}
    assert failed.items() <= refused.attributes.items() and refused.status.status_code is StatusCode.ERROR
    assert [(span.attributes["error.type"], size(span)) for span in attempts] == [("connection", 0)] * 2
    assert dict(invalid.attributes) == {"error.type": "invalid_request", "outcome": "not_sent"}
    assert invalid.status.status_code is StatusCode.ERROR and none == []


@CLIENTS
def test_a_call_to_several_is_a_span_with_those_of_its_operations(server, telemetry, make):
    peers = {"peers": {"p1": {**PEERS["peers"]["p1"], "user_id": "the-user", "metadata": "the metadata"}}}
    server.response = lambda body: (200, peers if body is None else {"message": "message sent"}, {})

    async def main():
        result = make(server).send_to_users("room", ["the-user"], "the text")
        assert len(result if isinstance(result, list) else await result) == 1

    asyncio.run(main())
    (call,) = (span for span in telemetry.spans if span.name == "roomcast send_to_users")
    assert dict(call.attributes) == {"room_id": "room", "recipient": "user"}
    (query, gets), (message, posts) = sorted(telemetry.operations(), key=lambda one: one[0].start_time)
    assert (query.name, message.name) == ("roomcast list_peers", "roomcast send_message")
    assert query.parent.span_id == message.parent.span_id == call.context.span_id
    assert [span.name for span in gets + posts] == ["GET", "POST"]
    assert len(server.paths) == 2 and server.paths[0].endswith("the%2Duser")
    assert {ids(parent) for parent, _ in server.traces} == {(call.context.trace_id, call.context.span_id)}
    telemetry.check_that_nothing_secret_is_shown()


@CLIENTS
def test_each_item_of_many_is_a_span(server, telemetry, make):
    server.response = once((429, {}, {"Retry-After": "0"}))
    items = [{"room_id": f"room{n}", "message": "the text"} for n in range(5)]

    async def items_async():
        for item in items:
            yield item

    async def main():
        client = make(server)
        with telemetry.tracer.start_as_current_span("program"):
            if make is client_of:
                assert len(list(client.send_many(items))) == 5
            else:
                assert len([result async for result in client.send_many(items_async())]) == 5

    asyncio.run(main())
    program = next(span for span in telemetry.spans if span.name == "program")
    operations = telemetry.operations()
    rooms = sorted(span.attributes["room_id"] for span, _ in operations)
    assert rooms == [f"room{n}" for n in range(5)]
    assert {span.parent.span_id for span, _ in operations} == {program.context.span_id}
    assert len(telemetry.requests()) == len(server.paths) == 6
    sent_by = collections.Counter(ids(parent)[1] for parent, _ in server.traces)
    assert sent_by == {span.context.span_id: len(attempts) for span, attempts in operations}
    telemetry.check_that_nothing_secret_is_shown()


def test_each_task_keeps_its_context(server, telemetry):
    async def one(client, number):
        with telemetry.tracer.start_as_current_span(f"task {number}") as span:
            await client.broadcast(f"room{number}", "hi")
            assert trace.get_current_span() is span

    async def main():
        async with async_client_of(server, max_in_flight=3) as client:
            await asyncio.gather(*(one(client, number) for number in range(10)))

    asyncio.run(main())
    tasks = {span.name: span.context for span in telemetry.spans if span.name.startswith("task")}
    for operation, attempts in telemetry.operations():
        task = tasks[operation.attributes["room_id"].replace("room", "task ")]
        assert operation.parent.span_id == task.span_id and operation.context.trace_id == task.trace_id
        assert [span.context.trace_id for span in attempts] == [task.trace_id]


@CLIENTS
def test_log_records_are_written_within_the_operations_span(server, telemetry, make):
    server.response = once((429, {}, {"Retry-After": "0"}))
    seen = []

    class Handler(logging.Handler):
        def emit(self, record):
            seen.append((record.levelname, record.attempts, trace.get_current_span().get_span_context()))

    logger, handler = logging.getLogger("roomcast"), Handler()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        asyncio.run(send_once(make(server)))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    ((operation, _),) = telemetry.operations()
    assert seen == [("INFO", 1, operation.context), ("DEBUG", 2, operation.context)]


async def send_once(client):
    return await send(client, "room", "hi")


def test_only_the_trace_is_sent_along(server, telemetry, monkeypatch):
    """Not the baggage, which is the program's own."""
    propagator = CompositePropagator([propagate.get_global_textmap(), W3CBaggagePropagator()])
    monkeypatch.setattr(propagate, "propagators", propagator)
    token = context.attach(baggage.set_baggage("who", "the-user"))
    try:
        client_of(server).broadcast("room", "hi")
    finally:
        context.detach(token)
    ((parent, state),) = server.traces
    assert ids(parent)[1] == telemetry.operations()[0][0].context.span_id and state is None


def test_a_trace_that_is_not_sampled_is_sent_along_and_not_recorded(server, monkeypatch):
    telemetry = Telemetry(monkeypatch, sampler=ALWAYS_OFF)
    client_of(server).broadcast("room", "hi")
    assert telemetry.spans == ()
    assert not is_sampled(server.traces[0][0])
    assert [point.count for point in telemetry.duration_points()] == [1]


def test_a_program_can_suppress_it(server, telemetry):
    token = context.attach(context.set_value("suppress_instrumentation", True))
    try:
        client_of(server).broadcast("room", "hi")
    finally:
        context.detach(token)
    assert telemetry.spans == () and server.traces == [(None, None)]


def test_a_program_that_only_imports_it_gets_nothing(server):
    client_of(server).broadcast("room", "hi")
    assert server.traces == [(None, None)]


def test_an_exporter_that_raises_changes_nothing(server, telemetry, monkeypatch):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    monkeypatch.setattr(telemetry.provider._active_span_processor, "on_end", lambda _: 1 / 0)
    traces = []
    client_of(server, hooks=traces.append).broadcast("room", "hi")
    assert len(traces) == 1 and [one.exc_type for one in unraisable] == [ZeroDivisionError]


def faulty(seed):
    """Responses of a server that is in a bad way."""
    chance = random.Random(seed)

    def response(body):
        if body is None:
            return 200, PEERS, {}
        fault = chance.randrange(8)
        if fault == 0:
            return None
        if fault == 1:
            return 429, {}, {"Retry-After": "0"}
        if fault == 2:
            return 503, {"message": "busy"}, {}
        if fault == 3:
            return 404, {"message": "no room"}, {}
        if fault == 4:
            time.sleep(0.25)
        return ACCEPTED

    return response


def check_the_counts(telemetry, server, sends):
    """As many spans of operations as operations, and of attempts as requests that the server saw."""
    deadline = time.monotonic() + 10
    # It may still be reading what was cancelled.
    while len(server.paths) < len(telemetry.requests()) and time.monotonic() < deadline:
        time.sleep(0.01)
    operations = telemetry.operations()
    assert len([span for span, _ in operations if span.name == "roomcast send_message"]) == sends
    assert len(telemetry.requests()) == len(server.paths)
    traced = collections.Counter(ids(parent)[0] for parent, _ in server.traces)
    assert traced == collections.Counter(span.context.trace_id for span in telemetry.requests())
    measured = sum(point.count for point in telemetry.duration_points())
    assert measured == sum(len(attempts) for _, attempts in operations)
    telemetry.check_that_nothing_secret_is_shown()


OPTIONS = {"timeout": 0.2, "max_attempts": 3, "retry_unknown": True}


def test_under_faults_the_spans_are_the_requests_of_the_server(server, telemetry):
    server.response = faulty(16)
    client = client_of(server, **OPTIONS)
    for number in range(25):
        try:
            client.broadcast(f"room{number}", "the text")
        except roomcast.RoomcastError as error:
            assert error.kind in ("connection", "server", "not_found", "timeout", "rate_limited")
    client.send_to_users("room", ["ann"], "the text")
    client.send_to_roles("room", [f"role{number}" for number in range(20)], "the text")
    assert len(list(client.send_many({"room_id": "room", "message": "the text"} for _ in range(30)))) == 30
    check_the_counts(telemetry, server, 76)


def test_under_faults_the_spans_are_the_requests_of_the_server_async(server, telemetry):
    """Also of tasks that are cancelled, and of those that a drain cancels."""
    server.response = faulty(17)

    async def main():
        client = async_client_of(server, max_in_flight=8, **OPTIONS)
        results = [client.broadcast("room", "the text") for _ in range(40)]
        results.append(client.send_to_users("room", ["ann"], "the text"))
        results.append(client.send_to_roles("room", [f"role{number}" for number in range(20)], "the text"))
        results = await asyncio.gather(*results, return_exceptions=True)
        # The query may be late.
        to_users, to_roles = results[-2:]
        to_users = len(to_users) if type(to_users) is list else 0
        assert len(to_roles) == 20
        async with client.send_many({"room_id": "room", "message": "the text"} for _ in range(40)) as many:
            assert len([result async for result in many]) == 40
        tasks = [asyncio.ensure_future(client.broadcast("room", "the text", timeout=5)) for _ in range(60)]
        for task in tasks[:30:2]:
            await asyncio.sleep(0.002)
            task.cancel()
        await client.drain(0.05)
        assert len(await asyncio.gather(*tasks, return_exceptions=True)) == 60
        return 160 + to_users

    check_the_counts(telemetry, server, asyncio.run(main()))


def test_the_example_prints_the_spans():
    with serving(Server()) as server:
        server.response = once((429, {}, {"Retry-After": "0"}))
        command = [sys.executable, "../examples/opentelemetry/python/main.py", "room1", "room2"]
        environment = {"HMS_BASE_URL": server.base_url, "HMS_MANAGEMENT_TOKEN": "the-top-secret"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        spans = [line.split() for line in done.stdout.splitlines()]
        attempts = [parent for _, parent, name, *_ in spans if name == "POST"]
        operations = [span for span, _, *name in spans if name[:2] == ["roomcast", "send_message"]]
        assert len(attempts) == len(server.paths) == 3 and len(operations) == 2
        assert {*attempts} == {*operations} and "the-top-secret" not in done.stdout


def test_a_cancelled_task_ends_its_spans(server, telemetry):
    server.may_respond.clear()

    async def main():
        async with async_client_of(server) as client:
            task = asyncio.ensure_future(client.broadcast("room", "the text"))
            await arrival(server)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    ((operation, (attempt,)),) = telemetry.operations()
    assert operation.attributes["error.type"] == attempt.attributes["error.type"] == "cancelled"
    assert operation.attributes["outcome"] == "unknown" and size(attempt) > 100

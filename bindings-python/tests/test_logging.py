"""The logger `roomcast`: successes, retries and failures, without secrets."""

import asyncio
import contextlib
import contextvars
import functools
import logging
import signal
import subprocess
import sys
import threading

import pytest

import roomcast
from conftest import CREDENTIALS

PATH = "/v2/active-rooms/r/send-message"


@pytest.fixture(autouse=True)
def _restored_logger():
    logger = logging.getLogger("roomcast")
    yield
    logger.setLevel(logging.NOTSET)
    logger.disabled = False
    logging.disable(logging.NOTSET)


def logged(caplog):
    assert {record.name for record in caplog.records} <= {"roomcast"}
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_a_successful_send_is_logged_as_debug(client, caplog):
    with caplog.at_level(logging.INFO):
        client.broadcast("r", "hi")
    assert logged(caplog) == []
    with caplog.at_level(logging.DEBUG):
        client.broadcast("r", "hi")
    assert logged(caplog) == [("DEBUG", f"{PATH}: accepted, attempts: 1")]


def test_a_retry_is_logged_as_info_and_a_failure_as_warning(caplog):
    client = roomcast.Client(base_url="http://127.0.0.1:1/v2", max_attempts=2, **CREDENTIALS)
    with caplog.at_level(logging.INFO), pytest.raises(roomcast.APIConnectionError) as caught:
        client.broadcast("r", "hi")
    (info, retry), (warning, failure) = logged(caplog)
    assert (info, warning) == ("INFO", "WARNING")
    assert retry.startswith(f"{PATH}: attempt 1 failed, retrying in ")
    assert failure == f"{PATH}: attempts: 2, {caught.value}"
    caplog.clear()
    with pytest.raises(roomcast.APIConnectionError):
        client.broadcast("r", "hi")
    assert [level for level, _ in logged(caplog)] == ["WARNING"]


@pytest.mark.parametrize("how", ["of the logger", "of its parent", "disabled", "for all"])
def test_a_changed_level_applies_to_the_next_send(client, server, caplog, how):
    """However the level is changed."""
    server.response = (404, {}, {})
    logger = logging.getLogger("roomcast")

    def lines():
        caplog.clear()
        with pytest.raises(roomcast.NotFoundError):
            client.broadcast("r", "hi")
        return len(logged(caplog))

    assert lines() == 1
    if how == "of the logger":
        logger.setLevel(logging.ERROR)
    elif how == "of its parent":
        caplog.set_level(logging.ERROR)
    elif how == "disabled":
        logger.disabled = True
    else:
        logging.disable(logging.CRITICAL)
    assert lines() == 0


def test_no_secret_and_no_message_text_is_logged(server, caplog):
    """Whatever the server echoes, and at every level."""
    secrets = (CREDENTIALS["secret"], "my-private-text", "my-private-peer", "Bearer", "eyJ")
    client = roomcast.Client(base_url=server.base_url, retry_unknown=True, **CREDENTIALS)
    with caplog.at_level(1):
        for status in (200, 400, 503):
            echo = f"{CREDENTIALS['secret']}, my-private-text"
            server.response = (status, {"message": echo, "details": [echo]}, {"Retry-After": "0"})
            with contextlib.suppress(roomcast.RoomcastError):
                client.send_to_peer("r", "my-private-peer", "my-private-text")
    assert [level for level, _ in logged(caplog)] == ["DEBUG", "WARNING", "INFO", "INFO", "WARNING"]
    assert not [secret for secret in secrets if secret in caplog.text]


def test_started_sends_are_logged_from_another_thread(server, caplog):
    """So a handler that blocks does not block the event loop."""
    threads = set()

    class Handler(logging.Handler):
        def emit(self, record):
            threads.add(record.thread)

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            await asyncio.gather(*(client.broadcast("r", "hi") for _ in range(50)))

    logger, handler = logging.getLogger("roomcast"), Handler()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, logger="roomcast"):
            asyncio.run(main())
    finally:
        logger.removeHandler(handler)
    assert logged(caplog) == [("DEBUG", f"{PATH}: accepted, attempts: 1")] * 50
    assert threads and threading.get_ident() not in threads


def test_a_cancelled_send_of_asyncio_is_logged_as_debug(server, caplog):
    """It was its caller's decision: not the failure that closing the connection looks like."""

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            send = asyncio.create_task(client.broadcast("r", "hi"))
            await asyncio.get_running_loop().run_in_executor(None, server.wait_for, 1)
            send.cancel()
            await asyncio.wait([send])
            while not caplog.records:
                await asyncio.sleep(0.001)

    server.may_respond.clear()
    with caplog.at_level(logging.DEBUG, logger="roomcast"):
        asyncio.run(main())
    ((level, text),) = logged(caplog)
    assert level == "DEBUG"
    assert text.startswith(f"{PATH}: attempts: 1, cancelled: the caller cancelled the send. The message may ")


def fields(record):
    return record.room_id, record.kind, record.outcome, record.attempts


def test_records_have_fields(server, caplog):
    client = roomcast.Client(base_url=server.base_url, max_attempts=2, **CREDENTIALS)
    refused = roomcast.Client(base_url="http://127.0.0.1:1/v2", max_attempts=2, **CREDENTIALS)
    with caplog.at_level(logging.DEBUG):
        client.broadcast("room-1", "hi")
        server.response = (404, {}, {})
        with pytest.raises(roomcast.NotFoundError):
            client.get_room("room-2")
        with pytest.raises(roomcast.APIConnectionError):
            refused.broadcast("room-3", "hi")
    assert [fields(record) for record in caplog.records] == [
        ("room-1", None, None, 1),
        ("room-2", "not_found", "rejected", 1),
        ("room-3", "connection", "not_sent", 1),
        ("room-3", "connection", "not_sent", 2),
    ]


def test_a_program_may_have_such_fields_itself(client, caplog):
    """Python's own `extra` would raise a KeyError, and the line would be lost."""
    factory = logging.getLogRecordFactory()

    def record_factory(*arguments, **options):
        record = factory(*arguments, **options)
        record.room_id = record.request_id = "mine"
        return record

    logging.setLogRecordFactory(record_factory)
    try:
        with caplog.at_level(logging.DEBUG, logger="roomcast"):
            client.broadcast("r", "hi")
    finally:
        logging.setLogRecordFactory(factory)
    (record,) = caplog.records
    assert (record.room_id, record.request_id) == ("r", "mine")


def place(record):
    return record.pathname, record.funcName, record.lineno


def line():
    return sys._getframe(1).f_lineno


def test_records_have_the_place_of_the_call(client, caplog):
    with caplog.at_level(logging.DEBUG):
        client.broadcast("r", "hi"); here = line()  # fmt: skip  # noqa: E702
    (record,) = caplog.records
    assert place(record) == (__file__, "test_records_have_the_place_of_the_call", here)


def test_records_of_asyncio_are_those_of_the_caller(server, caplog):
    """Another thread writes them: with the place, the context variables and the task's name of the caller."""
    request = contextvars.ContextVar("request")
    places, seen = {}, []

    class Handler(logging.Handler):
        def emit(self, record):
            seen.append((request.get(None), getattr(record, "taskName", None), record.room_id, place(record)))

    async def send(client, name):
        request.set(f"request of {name}")
        asyncio.current_task().set_name(f"task {name}")
        places[name] = (__file__, "send", line() + 2)
        with contextlib.suppress(roomcast.RoomcastError):
            await client.broadcast(name, "hi")

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            await asyncio.gather(*(send(client, f"room-{n}") for n in range(20)))
            server.response = (404, {}, {})
            await asyncio.gather(*(send(client, f"room-{n}") for n in range(20, 25)))
        refused = roomcast.AsyncClient(base_url="http://127.0.0.1:1/v2", max_attempts=2, **CREDENTIALS)
        await send(refused, "room-25")

    logger, handler = logging.getLogger("roomcast"), Handler()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, logger="roomcast"):
            asyncio.run(main())
    finally:
        logger.removeHandler(handler)
    names_tasks = sys.version_info >= (3, 12)
    rooms = [*range(26), 25]
    assert sorted(seen, key=lambda entry: int(entry[2][5:])) == [
        (f"request of {name}", f"task {name}" if names_tasks else None, name, places[name])
        for name in (f"room-{n}" for n in rooms)
    ]


def test_records_of_several_and_many_are_those_of_the_caller(server, caplog):
    """Another thread writes them, as with asyncio."""
    request = contextvars.ContextVar("request")
    seen = []

    class Handler(logging.Handler):
        def emit(self, record):
            seen.append((request.get(None), place(record)))

    def send(client):
        request.set("mine")
        client.send_to_peers("r", ["p", "q"], "hi"); several = line()  # fmt: skip  # noqa: E702
        results = client.send_many([{"room_id": "r", "message": "hi"}] * 3); many = line()  # fmt: skip  # noqa: E702
        for result in results:
            assert result.error is None
        return [several] * 2 + [many] * 3

    logger, handler = logging.getLogger("roomcast"), Handler()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, logger="roomcast"):
            client = roomcast.Client(base_url=server.base_url, **CREDENTIALS)
            lines = contextvars.copy_context().run(send, client)
    finally:
        logger.removeHandler(handler)
    assert seen == [("mine", (__file__, "send", line)) for line in lines]


class Enough(Exception):
    pass


def raises(number, frame):
    raise Enough


class Raises:
    def __call__(self, number, frame):
        raise Enough

    def method(self, number, frame):
        raise Enough


@pytest.mark.parametrize(
    "signal_handler",
    [raises, Raises(), Raises().method, functools.partial(raises)],
    ids=["function", "object", "method", "partial"],
)
@pytest.mark.parametrize("where", ["handler", "filter"])
def test_what_a_signal_handler_raises_in_a_log_line_reaches_the_caller(
    server, monkeypatch, signal_handler, where
):
    """At once: it is not an exception of the logging handler, which would not cancel the send."""

    def interrupted(record):
        if record.levelname == "INFO":  # Before a wait of 2,000 seconds.
            signal.raise_signal(signal.SIGUSR1)
        return True

    class Handler(logging.Handler):
        def emit(self, record):
            if where == "handler":
                interrupted(record)

    monkeypatch.setattr(sys, "unraisablehook", lambda _: pytest.fail("it was swallowed"))
    server.response = (429, {}, {"Retry-After": "2000"})
    client = roomcast.Client(base_url=server.base_url, timeout=3000, **CREDENTIALS)
    logger, handler = logging.getLogger("roomcast"), Handler()
    if where == "filter":
        handler.addFilter(interrupted)
    previous = signal.signal(signal.SIGUSR1, signal_handler)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with pytest.raises(Enough) as caught:
            client.broadcast("r", "hi")
    finally:
        logger.removeHandler(handler)
        signal.signal(signal.SIGUSR1, previous)
    assert type(caught.value.__context__) is roomcast.SendCancelledError
    assert (caught.value.__context__.outcome, caught.value.__context__.attempts) == ("not_sent", 1)


def test_many_threads_with_one_handler(client, caplog):
    """A thread that waits for the handler's lock releases the GIL."""
    with caplog.at_level(logging.DEBUG):
        threads = [
            threading.Thread(target=lambda: [client.broadcast("r", "hi") for _ in range(25)])
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert logged(caplog) == [("DEBUG", f"{PATH}: accepted, attempts: 1")] * 200


def test_a_handler_may_send(client, server, caplog):
    class Handler(logging.Handler):
        def emit(self, record):
            if len(server.bodies) < 5:
                client.send_to_role("r", "admin", record.getMessage())

    logger, handler = logging.getLogger("roomcast"), Handler()
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG):
            client.broadcast("r", "hi")
    finally:
        logger.removeHandler(handler)
    assert len(server.bodies) == 5


def test_an_exception_of_a_handler_is_reported(client, monkeypatch):
    """An Exception is passed to sys.unraisablehook; a KeyboardInterrupt is raised."""
    logger = logging.getLogger("roomcast")
    shown = []
    monkeypatch.setattr(sys, "unraisablehook", shown.append)

    def fails(record):
        raise failure

    monkeypatch.setattr(logger, "filter", fails)
    monkeypatch.setattr(logger, "level", logging.DEBUG)
    logger.manager._clear_cache()
    failure = RuntimeError("mine")
    assert client.broadcast("r", "hi").attempts == 1
    assert [entry.exc_value for entry in shown] == [failure]
    failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        client.broadcast("r", "hi")
    assert len(shown) == 1
    logger.manager._clear_cache()


UNCONFIGURED = """
import sys, roomcast
client = roomcast.Client(base_url="http://127.0.0.1:1/v2", max_attempts=1, access_key="k", secret="s")

def send():
    try:
        client.broadcast("r", "hi")
    except roomcast.RoomcastError:
        pass

send()
assert "logging" not in sys.modules
import logging
send()
logging.basicConfig(format="%(levelname)s %(name)s %(message)s", stream=sys.stdout)
send()
"""


def test_nothing_is_shown_until_logging_is_configured():
    done = subprocess.run([sys.executable, "-c", UNCONFIGURED], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.startswith(
        "WARNING roomcast /v2/active-rooms/r/send-message: attempts: 1, connection: "
    )
    assert done.stdout.count("\n") == 1

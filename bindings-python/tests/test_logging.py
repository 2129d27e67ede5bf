"""The logger `roomcast`: successes, retries and failures, without secrets."""

import asyncio
import contextlib
import logging
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
    with caplog.at_level(logging.INFO), pytest.raises(roomcast.ConnectionFailedError) as caught:
        client.broadcast("r", "hi")
    (info, retry), (warning, failure) = logged(caplog)
    assert (info, warning) == ("INFO", "WARNING")
    assert retry.startswith(f"{PATH}: attempt 1 failed, retrying in ")
    assert failure == f"{PATH}: attempts: 2, {caught.value}"
    caplog.clear()
    with pytest.raises(roomcast.ConnectionFailedError):
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

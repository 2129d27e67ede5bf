"""drain(): what is in flight ends or is told, and nothing is lost in silence."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import pytest
from test_package import python

import roomcast
from conftest import CREDENTIALS, arrival


def client_of(server, **options):
    return roomcast.Client(base_url=server.base_url, **{**CREDENTIALS, **options})


def async_client_of(server, **options):
    return roomcast.AsyncClient(base_url=server.base_url, **{**CREDENTIALS, **options})


def after(seconds, function):
    timer = threading.Timer(seconds, function)
    timer.start()
    return timer


def test_what_is_in_flight_and_what_is_queued_is_sent(server):
    server.may_respond.clear()

    async def main():
        client = async_client_of(server, max_in_flight=2)
        tasks = [asyncio.ensure_future(client.broadcast("room", "hi")) for _ in range(10)]
        tasks.append(asyncio.ensure_future(client.send_to_roles("room", ["a", "b", "c"], "hi")))
        await arrival(server, 2)
        drain = asyncio.ensure_future(client.drain())
        await asyncio.sleep(0)
        with pytest.raises(roomcast.ConfigurationError):
            await client.broadcast("room", "late")
        # The event loop is not blocked.
        await asyncio.sleep(0.05)
        assert not drain.done()
        server.may_respond.set()
        assert await drain is True
        # Each has its result by now.
        assert all(task.done() for task in tasks)
        *sends, recipients = [task.result() for task in tasks]
        assert len(recipients) == 3 and all(recipient.result for recipient in recipients) and len(sends) == 10
        assert await client.drain() is True
        stats = client.stats()
        assert (stats.in_flight, stats.queued, stats.queued_bytes, stats.sent) == (0, 0, 0, 13)

    asyncio.run(main())
    assert len(server.bodies) == 13


def test_what_is_left_at_the_end_gets_the_truth(server):
    server.may_respond.clear()

    async def main():
        client = async_client_of(server, max_in_flight=2)
        tasks = [asyncio.ensure_future(client.broadcast("room", "hi")) for _ in range(10)]
        await arrival(server, 2)
        results = client.send_many({"room_id": "room", "message": "hi"} for _ in range(5))
        waiting = asyncio.ensure_future(results.__anext__())
        await asyncio.sleep(0)
        assert await client.drain(timedelta(milliseconds=50)) is False
        errors = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(error) for error in errors} == {roomcast.SendCancelledError}
        assert sorted(error.outcome for error in errors) == ["not_sent"] * 8 + ["unknown"] * 2
        assert all("the client was closed before the send ended" in str(error) for error in errors)
        items = [await waiting] + [result async for result in results]
        assert [result.outcome for result in items] == ["not_sent"] * 5
        assert client.stats().failed["cancelled"] >= 10

    asyncio.run(main())


def test_several_event_loops_have_their_results(server):
    server.may_respond.clear()
    client = async_client_of(server, max_in_flight=4)
    results = []

    async def send():
        sends = [client.broadcast("room", "hi") for _ in range(5)]
        results.extend(await asyncio.gather(*sends, return_exceptions=True))

    threads = [threading.Thread(target=asyncio.run, args=(send(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    server.wait_for(4)
    deadline = time.monotonic() + 10
    while client.stats().queued < 11:
        assert time.monotonic() < deadline
    assert asyncio.run(client.drain(0.05)) is False
    for thread in threads:
        thread.join()
    assert sorted(result.outcome for result in results) == ["not_sent"] * 11 + ["unknown"] * 4


def test_a_blocking_drain_waits_for_other_threads(server):
    server.may_respond.clear()
    client = client_of(server)
    sent = []
    threads = [threading.Thread(target=lambda: sent.append(client.broadcast("room", "hi"))) for _ in range(3)]
    threads.append(
        threading.Thread(target=lambda: sent.extend(client.send_to_roles("room", ["a", "b"], "hi")))
    )
    for thread in threads:
        thread.start()
    server.wait_for(5)
    timer = after(0.1, server.may_respond.set)
    assert client.drain() is True
    for thread in [*threads, timer]:
        thread.join()
    assert len(sent) == 5
    with pytest.raises(roomcast.ConfigurationError):
        client.broadcast("room", "late")


def test_a_blocking_drain_ends_at_its_timeout(server):
    server.may_respond.clear()
    client = client_of(server)
    results = []
    items = [{"room_id": "room", "message": "hi"} for _ in range(5)]
    sending = threading.Thread(target=lambda: results.extend(client.send_many(items, max_in_flight=3)))
    sending.start()
    server.wait_for(3)
    began = time.monotonic()
    assert client.drain(0.1) is False
    assert 0.1 <= time.monotonic() - began < 5
    sending.join()
    assert [result.outcome for result in results].count("unknown") == 3
    assert [result.outcome for result in results].count("not_sent") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send there")
def test_ctrl_c_ends_a_drain(server):
    server.may_respond.clear()
    client = client_of(server)
    errors = []

    def send():
        try:
            client.send_to_roles("room", ["a"], "hi")
        except roomcast.RoomcastError as error:
            errors.append(error)

    sending = threading.Thread(target=send)
    sending.start()
    server.wait_for(1)
    # A job in the background ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer = after(0.1, lambda: os.kill(os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            client.drain(30)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    sending.join()
    # What was left is told at once.
    assert [error.outcome for error in errors] in ([], ["unknown"])


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), 3601, "1", [], timedelta(hours=2)])
def test_a_wrong_timeout_closes_nothing(server, timeout):
    with client_of(server) as client:
        with pytest.raises(roomcast.InvalidRequestError, match="timeout"):
            client.drain(timeout)
        client.broadcast("room", "hi")

    async def main():
        async with async_client_of(server) as client:
            with pytest.raises(roomcast.InvalidRequestError, match="timeout"):
                await client.drain(timeout)
            await client.broadcast("room", "hi")

    asyncio.run(main())


def test_without_a_timeout_it_is_the_clients(server):
    server.may_respond.clear()

    async def main():
        client = async_client_of(server, timeout=0.2, max_in_flight=1)
        task = asyncio.ensure_future(client.broadcast("room", "hi", timeout=30))
        await arrival(server)
        began = time.monotonic()
        assert await client.drain() is False
        assert 0.2 <= time.monotonic() - began < 5
        assert (await asyncio.gather(task, return_exceptions=True))[0].outcome == "unknown"

    asyncio.run(main())


def test_a_cancelled_drain_goes_on(server):
    server.may_respond.clear()

    async def main():
        client = async_client_of(server)
        task = asyncio.ensure_future(client.broadcast("room", "hi"))
        await arrival(server)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(client.drain(0.2), 0.01)
        error = (await asyncio.gather(task, return_exceptions=True))[0]
        assert (type(error), error.outcome) == (roomcast.SendCancelledError, "unknown")

    asyncio.run(main())


AT_EXIT = """
import atexit, sys, threading, roomcast

client = roomcast.Client(base_url=sys.argv[1], access_key="k", secret="s")
atexit.register(client.drain)

def send():
    client.send_to_roles("room", [f"role{number}" for number in range(64)], "hi")
    print("sent", flush=True)

threading.Thread(target=send, daemon=True).start()
while client.stats().in_flight == 0:
    pass
"""


def test_an_atexit_handler_that_drains_loses_nothing(server):
    """Of a program that leaves main while another thread sends."""
    for _ in range(5):
        server.bodies.clear()
        python(AT_EXIT, server.base_url)
        assert len(server.bodies) == 64


LATE = """
import atexit, sys

async def later():
    client = roomcast.AsyncClient(base_url=sys.argv[1], access_key="k", secret="s")
    await client.broadcast("room", "hi")
    print(await client.drain(1))

atexit.register(lambda: asyncio.run(later()))
import asyncio, roomcast
"""


def test_a_late_atexit_handler_can_drain(server):
    """It runs after roomcast's own handler, when the core's threads no longer enter the interpreter."""
    assert python(LATE, server.base_url) == "True"


TERMINATED = """
import asyncio, signal, sys, roomcast

async def main():
    client = roomcast.AsyncClient(base_url=sys.argv[1], access_key="k", secret="s", max_in_flight=4)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    tasks = [asyncio.ensure_future(client.broadcast("room", "hi")) for _ in range(100)]
    await asyncio.sleep(0)
    print("started", flush=True)
    await stop.wait()
    print(await client.drain(20), sum(task.done() for task in tasks), flush=True)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to handle there")
def test_a_program_that_is_terminated_sends_what_it_has_started(server):
    server.may_respond.clear()
    command = [sys.executable, "-c", textwrap.dedent(TERMINATED), server.base_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "started\n"
        server.wait_for(4)
        program.terminate()
        server.may_respond.set()
        assert program.stdout.read() == "True 100\n"
    assert program.returncode == 0 and len(server.bodies) == 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_drains_what_is_its_own(server):
    server.may_respond.clear()
    client = client_of(server)
    sending = threading.Thread(target=client.broadcast, args=("room", "parent"))
    sending.start()
    server.wait_for(1)
    child = os.fork()
    if child == 0:
        os._exit(0 if client.drain(5) and client.stats().in_flight == 0 else 1)
    assert os.waitpid(child, 0)[1] == 0
    server.may_respond.set()
    # The parent's client is still open.
    client.broadcast("room", "parent")
    sending.join()
    assert client.drain(5) is True and client.stats().sent == 2

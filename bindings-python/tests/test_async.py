"""AsyncClient: the same sends, without blocking the event loop, and given up at once."""

import asyncio
import contextlib
import gc
import threading
import weakref

import pytest

import roomcast
from conftest import CREDENTIALS


def asynchronous(test):
    """Runs a test in an event loop of its own."""

    def run(server):
        async def main():
            async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
                await test(server, client)

        asyncio.run(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def arrival(server, requests=1):
    await asyncio.get_running_loop().run_in_executor(None, server.wait_for, requests)


@asynchronous
async def test_every_method_sends(server, client):
    assert await client.send_message("r", "hi", role="host") == roomcast.SendResult("message sent", 1)
    await client.send_to_peer("r", "p", "hi")
    await client.send_to_role("r", "host", message="hi")
    await asyncio.create_task(client.broadcast("r", "hi", type="chat"))
    assert server.bodies == [
        {"message": "hi", "role": "host"},
        {"message": "hi", "peer_id": "p"},
        {"message": "hi", "role": "host"},
        {"message": "hi", "type": "chat"},
    ]


@asynchronous
async def test_errors_are_those_of_the_other_client(server, client):
    for wrong in (
        lambda: client.send_message("r", "hi", peer_id=None),
        lambda: client.send_message("r", "hi", peerId="p"),
        lambda: client.send_message(),
    ):
        with pytest.raises(roomcast.InvalidRequestError):
            await wrong()
    with pytest.raises(TypeError):
        await client.broadcast("r", "hi", "chat")
    server.answer = (404, {"message": "no such room"}, {})
    with pytest.raises(roomcast.NotFoundError, match="no such room"):
        await client.broadcast("r", "hi")
    assert len(server.bodies) == 1


@asynchronous
async def test_bad_input_sends_nothing(server, client):
    for odd in [None, 5, 5.0, True, b"x", ["x"], {"x": 1}, object(), "\ud800", "", " ", str]:
        for method, name in [
            ("send_message", "room_id"),
            ("send_message", "message"),
            ("send_message", "peer_id"),
            ("send_message", "role"),
            ("send_message", "type"),
            ("send_to_peer", "peer_id"),
            ("send_to_role", "role"),
            ("broadcast", "type"),
        ]:
            target = {"send_to_peer": {"peer_id": "p"}, "send_to_role": {"role": "host"}}.get(method, {})
            with pytest.raises(roomcast.InvalidRequestError) as caught:
                await getattr(client, method)(**{"room_id": "r", "message": "hi", **target, name: odd})
            assert name in str(caught.value) and caught.value.outcome == "not_sent"
    assert server.bodies == []


@asynchronous
async def test_the_loop_runs_on_while_sends_wait(server, client):
    server.go.clear()
    sends = [asyncio.create_task(client.broadcast("r", f"message {n}")) for n in range(32)]
    # The loop has time for all of them to arrive, and for this wait.
    await arrival(server, 32)
    assert not any(send.done() for send in sends)
    server.go.set()
    assert len(await asyncio.gather(*sends)) == 32


def test_two_hundred_in_flight_and_a_ticker(server):
    """Nothing here is timed: while the server keeps all of them waiting, the loop goes on with its work."""

    async def main():
        client = roomcast.AsyncClient(base_url=server.base_url, max_in_flight=200, timeout=60, **CREDENTIALS)
        async with client:
            sends = [asyncio.create_task(client.broadcast("r", f"message {n}")) for n in range(200)]
            arrived = asyncio.create_task(arrival(server, 200))
            while not arrived.done():
                await asyncio.sleep(0.01)
            for _ in range(20):
                await asyncio.sleep(0.01)
                assert not any(send.done() for send in sends)
            server.go.set()
            return await asyncio.gather(*sends)

    server.go.clear()
    assert asyncio.run(main()) == [roomcast.SendResult("message sent", 1)] * 200
    assert {body["message"] for body in server.bodies} == {f"message {n}" for n in range(200)}


def test_no_more_are_in_flight_than_allowed(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=3, **CREDENTIALS) as client:
            sends = [asyncio.create_task(client.broadcast("r", f"message {n}")) for n in range(10)]
            await arrival(server, 3)
            await asyncio.sleep(0.05)
            assert len(server.bodies) == 3
            server.go.set()
            await asyncio.gather(*sends)

    server.go.clear()
    asyncio.run(main())
    assert len(server.bodies) == 10


@asynchronous
async def test_cancelling_all_of_many_leaves_the_client_as_it_was(server, client):
    server.go.clear()
    for _ in range(3):
        sends = [asyncio.create_task(client.broadcast("r", "hi")) for _ in range(100)]
        await asyncio.sleep(0.01)
        for send in sends:
            send.cancel()
        results = await asyncio.gather(*sends, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
    server.go.set()
    assert (await client.broadcast("r", "again")).attempts == 1


@asynchronous
async def test_cancelling_gives_a_send_up_at_once(server, client):
    server.go.clear()
    send = asyncio.create_task(client.broadcast("r", "hi"))
    await arrival(server)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send  # The server has not answered yet.
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.broadcast("r", "hi"), 0.05)
    server.go.set()
    assert (await client.broadcast("r", "again")).attempts == 1


def test_a_send_that_is_given_up_in_line_never_leaves(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=1, **CREDENTIALS) as client:
            server.go.clear()
            first = asyncio.create_task(client.broadcast("r", "first"))
            await arrival(server)
            second = asyncio.create_task(client.broadcast("r", "second"))
            await asyncio.sleep(0)
            second.cancel()
            server.go.set()
            await first
            await client.broadcast("r", "third")

    asyncio.run(main())
    assert [body["message"] for body in server.bodies] == ["first", "third"]


@asynchronous
async def test_an_answer_that_comes_with_the_cancellation_is_no_error(server, client):
    for _ in range(200):
        send = asyncio.create_task(client.broadcast("r", "hi"))
        await arrival(server)
        send.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            assert (await send).attempts == 1


@asynchronous
async def test_a_closed_client_says_so(server, client):
    await client.aclose()
    await client.aclose()
    with pytest.raises(roomcast.ConfigurationError, match="closed"):
        await client.broadcast("r", "hi")


@asynchronous
async def test_an_error_leaves_no_cycle(server, client):
    server.answer = (404, {}, {})
    gc.disable()
    try:
        try:
            await client.broadcast("r", "hi")
        except roomcast.NotFoundError as error:
            seen = weakref.ref(error)
        while seen() is not None:  # The worker that told of it may still be letting go.
            await asyncio.sleep(0.001)
    finally:
        gc.enable()


def test_one_client_serves_many_loops(server):
    client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)

    async def main():
        assert len(await asyncio.gather(*(client.broadcast("r", "hi") for _ in range(8)))) == 8

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(client.aclose())
    assert len(server.bodies) == 32


def test_a_loop_that_is_closed_with_sends_in_flight(server):
    """The answers come when nobody waits any more."""
    server.go.clear()
    client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)
    loop = asyncio.new_event_loop()
    send = client.broadcast("r", "hi")
    loop.call_soon(send.send, None)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    server.wait_for(1)
    server.go.set()
    send.close()


def test_outside_of_a_loop(server):
    send = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS).broadcast("r", "hi")
    with pytest.raises(RuntimeError, match="no running event loop"):
        send.send(None)
    assert server.bodies == []

"""AsyncClient: the same operations, without blocking the event loop, and cancelled immediately."""

import asyncio
import contextlib
import gc
import threading
import weakref

import pytest

import roomcast
from conftest import CREDENTIALS, arrival, asynchronous


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
async def test_errors_are_those_of_the_blocking_client(server, client):
    for wrong in (
        lambda: client.send_message("r", "hi", peer_id=None),
        lambda: client.send_message("r", "hi", peerId="p"),
        lambda: client.send_message(),
    ):
        with pytest.raises(roomcast.InvalidRequestError):
            await wrong()
    with pytest.raises(TypeError):
        await client.broadcast("r", "hi", "chat")
    server.response = (404, {"message": "no such room"}, {})
    with pytest.raises(roomcast.NotFoundError, match="no such room"):
        await client.broadcast("r", "hi")
    assert len(server.bodies) == 1


@asynchronous
async def test_invalid_arguments_send_nothing(server, client):
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
            if name == "message" and isinstance(odd, (dict, list)):
                continue  # JSON.
            target = {"send_to_peer": {"peer_id": "p"}, "send_to_role": {"role": "host"}}.get(method, {})
            with pytest.raises(roomcast.InvalidRequestError) as caught:
                await getattr(client, method)(**{"room_id": "r", "message": "hi", **target, name: odd})
            assert name in str(caught.value) and caught.value.outcome == "not_sent"
    assert server.bodies == []


@asynchronous
async def test_sends_do_not_block_the_event_loop(server, client):
    server.may_respond.clear()
    sends = [asyncio.create_task(client.broadcast("r", f"message {n}")) for n in range(32)]
    # The event loop has started all of them, and runs this wait.
    await arrival(server, 32)
    assert not any(send.done() for send in sends)
    server.may_respond.set()
    assert len(await asyncio.gather(*sends)) == 32


def test_the_event_loop_runs_with_200_sends_in_flight(server):
    """Nothing is timed: while the server holds all responses back, the event loop runs other tasks."""

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
            server.may_respond.set()
            return await asyncio.gather(*sends)

    server.may_respond.clear()
    assert asyncio.run(main()) == [roomcast.SendResult("message sent", 1)] * 200
    assert {body["message"] for body in server.bodies} == {f"message {n}" for n in range(200)}


def test_max_in_flight_is_a_limit(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=3, **CREDENTIALS) as client:
            sends = [asyncio.create_task(client.broadcast("r", f"message {n}")) for n in range(10)]
            await arrival(server, 3)
            await asyncio.sleep(0.05)
            assert len(server.bodies) == 3
            server.may_respond.set()
            await asyncio.gather(*sends)

    server.may_respond.clear()
    asyncio.run(main())
    assert len(server.bodies) == 10


@asynchronous
async def test_a_client_is_usable_after_many_cancellations(server, client):
    server.may_respond.clear()
    for _ in range(3):
        sends = [asyncio.create_task(client.broadcast("r", "hi")) for _ in range(100)]
        await asyncio.sleep(0.01)
        for send in sends:
            send.cancel()
        results = await asyncio.gather(*sends, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
    server.may_respond.set()
    assert (await client.broadcast("r", "again")).attempts == 1


@asynchronous
async def test_cancelling_a_task_cancels_its_send_immediately(server, client):
    server.may_respond.clear()
    send = asyncio.create_task(client.broadcast("r", "hi"))
    await arrival(server)
    send.cancel()
    with pytest.raises(asyncio.CancelledError):
        await send  # The server has not responded yet.
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(client.broadcast("r", "hi"), 0.05)
    server.may_respond.set()
    assert (await client.broadcast("r", "again")).attempts == 1


def test_a_send_that_is_cancelled_while_queued_never_leaves(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=1, **CREDENTIALS) as client:
            server.may_respond.clear()
            first = asyncio.create_task(client.broadcast("r", "first"))
            await arrival(server)
            second = asyncio.create_task(client.broadcast("r", "second"))
            await asyncio.sleep(0)
            second.cancel()
            await asyncio.wait([second])
            server.may_respond.set()
            await first
            await client.broadcast("r", "third")

    asyncio.run(main())
    assert [body["message"] for body in server.bodies] == ["first", "third"]


def test_a_full_queue_fails_immediately(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=1, **CREDENTIALS) as client:
            server.may_respond.clear()
            sends = [asyncio.create_task(client.broadcast("r", "x" * 2**20)) for _ in range(70)]
            done, _ = await asyncio.wait(sends, return_when=asyncio.FIRST_COMPLETED)
            for send in done:
                assert type(send.exception()) is roomcast.QueueFullError
                assert (send.exception().kind, send.exception().outcome) == ("queue_full", "not_sent")
            for send in sends:
                send.cancel()
            await asyncio.gather(*sends, return_exceptions=True)
            server.may_respond.set()
            assert (await client.broadcast("r", "hi")).attempts == 1

    asyncio.run(main())


def outcome_of(cancelled):
    """Return the outcome in a CancelledError's context. Before Python 3.11, another one comes first."""
    while type(cancelled) is asyncio.CancelledError:
        error, cancelled = cancelled, cancelled.__context__
    assert type(cancelled) is roomcast.SendCancelledError
    if hasattr(error, "__notes__"):
        assert error.__notes__ == [f"roomcast: {cancelled}"]
    return cancelled.outcome, cancelled.attempts


@asynchronous
async def test_a_cancelled_send_has_its_outcome(server, client):
    """As after Ctrl-C: in the exception's context."""
    server.may_respond.clear()
    send = asyncio.create_task(client.broadcast("r", "hi"))
    await arrival(server)
    send.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await send
    assert outcome_of(caught.value) == ("unknown", 1)

    async def direct():
        try:
            await client.broadcast("r", "hi")
        except asyncio.CancelledError as error:
            return outcome_of(error)

    send = asyncio.create_task(direct())
    await arrival(server)
    send.cancel()
    assert await send == ("unknown", 1)
    with pytest.raises(asyncio.TimeoutError) as caught:
        await asyncio.wait_for(client.broadcast("r", "hi"), 0.05)
    assert outcome_of(caught.value.__cause__ or caught.value.__context__) == ("unknown", 1)
    server.may_respond.set()


def test_a_send_that_is_cancelled_in_the_queue_was_not_sent(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, max_in_flight=1, **CREDENTIALS) as client:
            first = asyncio.create_task(client.broadcast("r", "first"))
            await arrival(server)
            second = asyncio.create_task(client.broadcast("r", "second"))
            await asyncio.sleep(0)
            second.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await second
            server.may_respond.set()
            await first
            return outcome_of(caught.value)

    server.may_respond.clear()
    assert asyncio.run(main()) == ("not_sent", 0)


@pytest.mark.parametrize("status", [200, 404])
def test_a_send_that_completed_before_its_task_was_cancelled(server, status):
    """The outcome that the server gave is not lost: a failure is the context."""

    async def main():
        # What completes the future is not called.
        completed = threading.Event()
        asyncio.get_running_loop().call_soon_threadsafe = lambda _: completed.set()
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            send = asyncio.create_task(client.broadcast("r", "hi"))
            await asyncio.sleep(0)
            assert completed.wait(30)
            send.cancel()
            try:
                await send
            except asyncio.CancelledError as error:
                while type(error) is asyncio.CancelledError:
                    error = error.__context__
                return error

    server.response = (status, {}, {})
    error = asyncio.run(main())
    assert type(error) is (type(None) if status == 200 else roomcast.NotFoundError)


@asynchronous
async def test_a_response_may_race_with_a_cancellation(server, client):
    for _ in range(200):
        send = asyncio.create_task(client.broadcast("r", "hi"))
        await arrival(server)
        send.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            assert (await send).attempts == 1


@asynchronous
async def test_a_closed_client_refuses_sends(server, client):
    await client.aclose()
    await client.aclose()
    with pytest.raises(roomcast.ConfigurationError, match="closed"):
        await client.broadcast("r", "hi")


@asynchronous
async def test_an_error_leaves_no_reference_cycle(server, client):
    server.response = (404, {}, {})
    gc.disable()
    try:
        try:
            await client.broadcast("r", "hi")
        except roomcast.NotFoundError as error:
            seen = weakref.ref(error)
        while seen() is not None:  # The core's thread may still hold a reference.
            await asyncio.sleep(0.001)
    finally:
        gc.enable()


def test_event_loops_share_a_client(server):
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


def test_an_event_loop_is_closed_with_a_send_in_flight(server):
    """The response comes when nothing awaits it any more."""
    server.may_respond.clear()
    client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)
    loop = asyncio.new_event_loop()
    send = client.broadcast("r", "hi")
    loop.call_soon(send.send, None)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    server.wait_for(1)
    server.may_respond.set()
    send.close()


def test_without_a_running_event_loop(server):
    send = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS).broadcast("r", "hi")
    with pytest.raises(RuntimeError, match="no running event loop"):
        send.send(None)
    assert server.bodies == []

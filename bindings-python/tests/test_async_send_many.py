"""Many messages from asyncio: iterables and async iterables, without blocking the event loop."""

import asyncio
import collections
import contextlib
import contextvars
import gc
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from test_send_many import WRONG, Mine, items, raising, texts

import roomcast
from conftest import CREDENTIALS, arrival, asynchronous


async def items_async(count, pause_after=(), **options):
    for number, item in enumerate(items(count, **options)):
        if number in pause_after:
            await asyncio.sleep(0.01)
        yield item


KINDS = {
    "generator": items,
    "list": lambda count: list(items(count)),
    "async generator": items_async,
    "async generator that waits": lambda count: items_async(count, range(0, count, 7)),
}


def of_each_kind(test):
    """Run a test with items of each kind, in its own event loop."""

    @pytest.mark.parametrize("kind", KINDS)
    def run(server, kind):
        asynchronous(lambda server, client: test(server, client, KINDS[kind]))(server)

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@of_each_kind
async def test_each_item_is_sent_once_and_has_its_result(server, client, items):
    results = client.send_many(items(200), max_in_flight=8)
    seen = {result.item["message"]: result async for result in results}
    assert len(seen) == 200 and texts(server) == sorted(seen)
    assert {result.result for result in seen.values()} == {roomcast.SendResult("message sent", 1)}
    assert [result async for result in results] == []
    progress = results.progress
    assert (progress.completed, progress.accepted) == (200, 200) and progress.total in (None, 200)


@of_each_kind
async def test_nothing_is_no_result(server, client, items):
    async with client.send_many(items(0)) as results:
        assert [result async for result in results] == []


@pytest.mark.parametrize("limited", ["client", "call"])
def test_items_are_taken_when_they_can_be_sent(server, limited):
    of_client, of_call = ({"max_in_flight": 5} if limited == each else {} for each in ("client", "call"))

    async def main(is_async):
        taken = []

        def counted():
            for item in items(100):
                taken.append(item)
                yield item

        async def counted_async():
            for item in counted():
                yield item

        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS, **of_client) as client:
            results = client.send_many(counted_async() if is_async else counted(), **of_call)
            assert taken == []
            number = 0
            async for _ in results:
                number += 1
                assert len(taken) <= number + 2 * 5
                # However often other tasks have their turn.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                assert len(taken) <= number + 2 * 5
            assert len(taken) == 100

    asyncio.run(main(False))
    asyncio.run(main(True))


@asynchronous
async def test_results_come_while_the_items_make_us_wait(server, client):
    more = asyncio.Event()

    async def slow():
        for item in items(3):
            yield item
        await more.wait()
        yield {"room_id": "r", "message": "message 3"}

    seen = []
    async for result in client.send_many(slow()):
        seen.append(result)
        if len(seen) == 3:
            more.set()
    assert len(seen) == 4


@asynchronous
async def test_wrong_items_stop_no_other_and_come_while_the_items_make_us_wait(server, client):
    more = asyncio.Event()
    wrong = [item for item, _ in WRONG.values()]

    async def slow():
        for item in [*wrong, *items(2)]:
            yield item
        await more.wait()

    by_item = {}
    async for result in client.send_many(slow(), max_in_flight=2):
        by_item[id(result.item)] = result
        if len(by_item) == len(wrong) + 2:
            more.set()
    for item, text in WRONG.values():
        assert text in str(by_item[id(item)].error)
    assert texts(server) == ["message 0", "message 1"]


@asynchronous
async def test_a_wrong_item_alone_is_told_while_the_items_make_us_wait(server, client):
    more = asyncio.Event()

    async def slow():
        await asyncio.sleep(0.01)
        yield {}
        await more.wait()

    async for result in client.send_many(slow()):
        assert result.outcome == "not_sent"
        more.set()


@asynchronous
async def test_other_tasks_run_meanwhile(server, client):
    """While it waits for results, and even if it never has to."""
    server.may_respond.clear()
    send = asyncio.create_task(anext_of(client.send_many(items(3))))
    await arrival(server, 3)
    assert not send.done()
    server.may_respond.set()
    await send
    results = client.send_many({} for _ in range(2000))
    turns, done = 0, asyncio.Event()

    async def other():
        nonlocal turns
        while not done.is_set():
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert len([result async for result in results]) == 2000
    assert turns >= 20
    done.set()
    await task


def anext_of(results):
    return results.__anext__()


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ((None,), "items is null; it takes an iterable or an async iterable of items"),
        ((), "items is null; it takes"),
        (("items",), "items is text; it takes"),
        (({"room_id": "r", "message": "hi"},), "items is of type dict; it takes"),
        ((items_async,), "items is of type function; it takes"),
    ],
)
def test_items_are_an_iterable(wrong, text):
    with pytest.raises(roomcast.InvalidRequestError, match=text):
        roomcast.AsyncClient(**CREDENTIALS).send_many(*wrong)


async def raising_async(count, exception):
    for item in raising(count, exception):
        yield item


@pytest.mark.parametrize("raising", [raising, raising_async])
@pytest.mark.parametrize("exception", [Mine("mine"), asyncio.CancelledError()])
def test_what_the_items_raise_is_raised_after_the_results(server, raising, exception):
    if raising is not raising_async and not isinstance(exception, Exception):
        return  # Raised immediately, as by any other code.

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            results = client.send_many(raising(5, exception), max_in_flight=2)
            seen = []
            try:
                async for result in results:
                    seen.append(result)
            except type(exception):
                seen.append("raised")
            assert len(seen) == 6 and seen[-1] == "raised"
            assert [result async for result in results] == []

    asyncio.run(main())


@of_each_kind
async def test_cancelling_tells_the_truth_of_each(server, client, items):
    server.may_respond.clear()
    results = client.send_many(items(100), max_in_flight=3)

    async def cancel():
        await arrival(server, 3)
        results.cancel()

    canceller = asyncio.create_task(cancel())
    outcomes = collections.Counter([result.outcome async for result in results])
    await canceller
    assert outcomes == {"unknown": 3, "not_sent": 97}


async def leave_by_break(results):
    async with results:
        async for _ in results:
            break


async def leave_by_exception(results):
    with contextlib.suppress(Mine):
        async with results:
            async for _ in results:
                raise Mine


async def leave_by_aclose(results):
    await results.__anext__()
    await results.aclose()
    await results.aclose()
    assert [result async for result in results] == []


async def leave_by_drop(results):
    await results.__anext__()


LEAVE = [leave_by_break, leave_by_exception, leave_by_aclose, leave_by_drop]


@pytest.mark.parametrize("leave", LEAVE)
@pytest.mark.parametrize("kind", KINDS)
def test_leaving_early_cancels_what_is_under_way(server, caplog, leave, kind):
    """And takes no more items: nothing is left of it, not even a task."""
    first = threading.Event()

    def respond(body):
        if first.is_set():
            server.may_respond.clear()
            server.may_respond.wait(30)
        first.set()
        return 200, {}, {}

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            await leave(client.send_many(KINDS[kind](1000), max_in_flight=4))
            while len(asyncio.all_tasks()) > 1:
                await asyncio.sleep(0.001)

    server.response = respond
    caplog.set_level("DEBUG", logger="roomcast")
    asyncio.run(main())
    gc.collect()
    end = time.monotonic() + 30
    while not any(record.outcome in ("unknown", "not_sent") for record in caplog.records):
        assert time.monotonic() < end
        time.sleep(0.01)
    server.may_respond.set()
    assert len(server.bodies) <= 9


@asynchronous
async def test_items_that_wait_are_cancelled_at_the_end(server, client):
    ended = []

    async def slow():
        try:
            yield {"room_id": "r", "message": "hi"}
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async with client.send_many(slow()) as results:
        async for _ in results:
            break
    assert ended == [True]
    results = client.send_many(slow())
    await results.__anext__()
    del results
    while len(ended) < 2:
        await asyncio.sleep(0.001)


@asynchronous
async def test_closing_ends_a_task_that_waits(server, client):
    """For a result, or for an item."""

    async def never():
        await asyncio.Event().wait()
        yield

    server.may_respond.clear()
    for source in (items(3), never()):
        results = client.send_many(source)
        waiting = asyncio.create_task(anext_of(results))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await results.aclose()
        with pytest.raises(StopAsyncIteration):
            await waiting
        # Before anything has begun.
        results = client.send_many(items_async(1))
        waiting = asyncio.create_task(anext_of(results))
        await asyncio.sleep(0)
        await results.aclose()
        with pytest.raises(StopAsyncIteration):
            await waiting


@asynchronous
async def test_a_task_that_is_cancelled_while_it_waits_can_go_on(server, client):
    for source in (items(3), items_async(3)):
        server.may_respond.clear()
        results = client.send_many(source)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext_of(results), 0.05)
        server.may_respond.set()
        assert len([result async for result in results]) == 3


@asynchronous
async def test_one_task_iterates(server, client):
    server.may_respond.clear()
    results = client.send_many(items(3))
    waiting = asyncio.create_task(anext_of(results))
    await arrival(server, 3)
    with pytest.raises(RuntimeError, match="another task is waiting"):
        await results.__anext__()
    server.may_respond.set()
    await waiting
    assert len([result async for result in results]) == 2


variable = contextvars.ContextVar("variable")


@asynchronous
async def test_async_items_run_in_one_task(server, client):
    """A timeout in them may span several items."""
    tasks = set()

    async def source():
        tasks.add(asyncio.current_task())
        variable.set("mine")
        for item in items(20):
            yield {**item, "timeout": timedelta(seconds=5)}
            tasks.add(asyncio.current_task())
            assert variable.get() == "mine"

    assert len([result async for result in client.send_many(source(), max_in_flight=2)]) == 20
    assert len(tasks) == 1


@of_each_kind
async def test_progress(server, client, items):
    server.response = lambda body: (404 if body["message"] == "message 1" else 200, {}, {})
    reports, loop_thread = [], threading.get_ident()

    def report(progress):
        assert threading.get_ident() == loop_thread
        reports.append(progress)
        if len(reports) == 2:
            raise Mine

    seen = []
    results = client.send_many(items(5), progress=report)
    with pytest.raises(Mine):
        async for result in results:
            seen.append(result)
    async for result in results:
        seen.append(result)
    assert len(seen) == 5 == len(reports)
    assert (reports[-1].accepted, reports[-1].rejected) == (4, 1)


def test_several_event_loops_and_tasks_share_a_client(server):
    client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)

    async def count(kind):
        return len([result async for result in client.send_many(KINDS[kind](25))])

    async def main():
        assert await asyncio.gather(*map(count, KINDS)) == [25] * len(KINDS)

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.bodies) == 25 * len(KINDS) * 3


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_loop_is_closed_while_it_waits(server, kind):
    server.may_respond.clear()
    client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)

    async def main():
        results = client.send_many(KINDS[kind](5))
        waiting = asyncio.ensure_future(anext_of(results))
        await arrival(server, 1)
        return waiting

    # The task is cancelled at the end.
    assert asyncio.run(main()).cancelled()
    server.may_respond.set()


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="since Python 3.12")
@pytest.mark.parametrize("kind", KINDS)
def test_tasks_that_begin_eagerly(server, kind):
    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            for count in (0, 1, 100):
                results = client.send_many(KINDS[kind](count), max_in_flight=5)
                assert len([result async for result in results]) == count

    asyncio.run(main())


def test_without_a_running_event_loop():
    results = roomcast.AsyncClient(**CREDENTIALS).send_many(items_async(1))
    with pytest.raises(RuntimeError, match="no running event loop"):
        results.__anext__().send(None)


LATE = """
import asyncio, atexit, sys

def late():
    asyncio.run(main())

async def main():
    async with roomcast.AsyncClient(base_url=sys.argv[1], access_key="k", secret="s") as client:
        async def items():
            for number in range(100):
                await asyncio.sleep(0)
                yield {"room_id": "r", "message": str(number)}

        for source in ([{"room_id": "r", "message": "hi"}] * 100, items()):
            results = client.send_many(source, max_in_flight=7)
            print(len([result async for result in results if result.result]))

atexit.register(late)
import roomcast
"""


def test_a_late_atexit_handler_can_still_send(server):
    done = subprocess.run(
        [sys.executable, "-c", LATE, server.base_url], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("100\n100\n", "")

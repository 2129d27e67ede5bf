"""What is Python's own in many messages. The rules are tested by tests/cases/many.json."""

import collections
import contextlib
import gc
import os
import pickle
import subprocess
import sys
import threading
import time
import types
import weakref
from datetime import timedelta

import pytest

import roomcast
from conftest import CREDENTIALS


def items(count, **options):
    for number in range(count):
        yield {"room_id": "r", "message": f"message {number}", **options}


def texts(server):
    return sorted(body["message"] for body in server.bodies)


def test_each_item_is_sent_once_and_has_its_result(client, server):
    results = client.send_many(items(300, peer_id="p"), max_in_flight=8)
    seen = {result.item["message"]: result for result in results}
    assert len(seen) == 300 and texts(server) == sorted(seen)
    assert {result.result for result in seen.values()} == {roomcast.SendResult("message sent", 1)}
    assert {(result.error, result.outcome) for result in seen.values()} == {(None, None)}
    assert {body["peer_id"] for body in server.bodies} == {"p"}
    assert list(results) == []
    progress = results.progress
    assert (progress.completed, progress.accepted, progress.total) == (300, 300, None)


@pytest.mark.parametrize("limited", ["client", "call"])
def test_items_are_taken_when_they_can_be_sent(server, limited):
    of_client, of_call = ({"max_in_flight": 5} if limited == each else {} for each in ("client", "call"))
    client = roomcast.Client(base_url=server.base_url, **CREDENTIALS, **of_client)
    taken = []

    def counted():
        for item in items(200):
            taken.append(item)
            yield item

    results = client.send_many(counted(), **of_call)
    assert taken == []
    for number, _ in enumerate(results, 1):
        assert len(taken) <= number + 2 * 5
    assert len(taken) == 200


def test_results_do_not_wait_for_all_that_may_be_under_way(client, server):
    def slow():
        for item in items(10):
            taken.append(item)
            yield item
            server.wait_for(1)
            time.sleep(0.05)

    taken = []
    assert next(client.send_many(slow())).error is None
    assert len(taken) < 10


def test_results_come_as_they_complete(client, server):
    first_may_end = threading.Event()

    def respond(body):
        if body["message"] == "message 0":
            first_may_end.wait(30)
        return 200, {}, {}

    server.response = respond
    order = []
    for result in client.send_many(items(4)):
        order.append(result.item["message"])
        if len(order) == 3:
            first_may_end.set()
    assert order[-1] == "message 0" and sorted(order) == [f"message {number}" for number in range(4)]


class Record(collections.abc.Mapping):
    def __init__(self, **fields):
        self._fields = fields

    def __getitem__(self, name):
        return self._fields[name]

    def __iter__(self):
        return iter(self._fields)

    def __len__(self):
        return len(self._fields)


def test_items_are_mappings_of_any_type(client, server):
    given = [
        {"room_id": "r", "message": {"a": 1}, "timeout": timedelta(seconds=5), "peer_id": roomcast.NOT_GIVEN},
        Record(room_id="r", message=roomcast.chat("hi"), timeout=timedelta(seconds=5)),
        types.MappingProxyType({"room_id": "r", "message": "hi", "role": "host"}),
        collections.OrderedDict(message="hi", room_id="r", max_attempts=1, retry_unknown=False),
    ]
    before = [dict(item) for item in given]
    results = list(client.send_many(given))
    assert [result.error for result in results] == [None] * 4
    assert {id(result.item) for result in results} == {id(item) for item in given}
    assert [dict(item) for item in given] == before
    bodies = sorted(server.bodies, key=str)
    assert {"message": "hi", "type": "chat"} in bodies and {"message": "hi", "role": "host"} in bodies
    assert {"message": '{"a":1}'} in bodies


class Unreadable(Record):
    def __iter__(self):
        raise RuntimeError


WRONG = {
    "none": (None, "item is null; it takes a dict"),
    "text": ("r", "item is text; it takes a dict"),
    "list": (["r", "hi"], "item is of type list; it takes a dict"),
    "unreadable": (Unreadable(), "item is of type Unreadable; it takes a dict"),
    "empty": ({}, "room_id is null"),
    "key": ({5: "r"}, "a key of item is a number; it takes text"),
    "misspelt": ({"room_id": "r", "message": "hi", "peerId": "p"}, "did you mean peer_id?"),
    "peer": ({"room_id": "r", "message": "hi", "peer_id": None}, "peer_id is null"),
    "JSON": ({"room_id": "r", "message": {"a": [1, {2}]}}, "message.a[1] is of type set"),
    "surrogate": ({"room_id": "r", "message": "\ud800"}, "message is not valid Unicode"),
    "timeout": ({"room_id": "r", "message": "hi", "timeout": timedelta(0)}, "timeout is out of range"),
}


def test_wrong_items_stop_no_other(client, server):
    wrong = [item for item, _ in WRONG.values()]
    results = list(client.send_many([*wrong, *items(2)]))
    by_item = {id(result.item): result for result in results}
    assert len(by_item) == len(results) == len(wrong) + 2
    for name, (item, text) in WRONG.items():
        error = by_item[id(item)].error
        assert type(error) is roomcast.InvalidRequestError and text in str(error), (name, str(error))
        assert (by_item[id(item)].result, by_item[id(item)].outcome) == (None, "not_sent")
        assert isinstance(error.__cause__, UnicodeError if name == "surrogate" else type(None))
    assert texts(server) == ["message 0", "message 1"]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ((None,), "items is null; it takes an iterable of items"),
        ((), "items is null; it takes an iterable of items"),
        ((5,), "items is a number; it takes an iterable of items"),
        (("items",), "items is text; it takes an iterable of items"),
        (({"room_id": "r", "message": "hi"},), "items is of type dict; it takes an iterable of items"),
    ],
)
def test_items_are_an_iterable(client, wrong, text):
    with pytest.raises(roomcast.InvalidRequestError, match=text):
        client.send_many(*wrong)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"rate": None}, "rate is null; it takes a number"),
        ({"max_in_flight": 1.5}, "max_in_flight is a number; it takes a whole number"),
        ({"maxInFlight": 5}, "did you mean max_in_flight?"),
        ({"on_progress": print}, "did you mean progress?"),
        ({"timeout": 5}, "unknown option timeout (known: max_in_flight, rate, progress)"),
        ({"progress": None}, "progress is null; it takes a function, or True for a progress bar"),
        ({"progress": 1}, "progress is a number; it takes a function, or True for a progress bar"),
    ],
)
def test_wrong_options(client, server, options, text):
    for cls in (roomcast.Client, roomcast.AsyncClient):
        with pytest.raises(roomcast.InvalidRequestError) as caught:
            cls(base_url=server.base_url, **CREDENTIALS).send_many(items(1), **options)
        assert text in str(caught.value)
    with pytest.raises(TypeError, match=r"send_many\(\) takes 2 positional arguments but 3 were given"):
        client.send_many([], 5)
    assert list(client.send_many(items=[], rate=roomcast.NOT_GIVEN, progress=False)) == []
    assert server.bodies == []


def test_results_are_values_without_the_text(client, server):
    server.response = lambda body: (404 if body["message"] == "message 1" else 200, {}, {})
    accepted, refused = sorted(client.send_many(items(2)), key=lambda result: result.error is not None)
    assert repr(accepted).startswith("ItemResult(result=SendResult(")
    assert "message 1" not in repr(refused) and refused.outcome == "rejected"
    for result in (accepted, refused):
        copy = pickle.loads(pickle.dumps(result))
        assert (copy.item, copy.result, repr(copy)) == (result.item, result.result, repr(result))
        with pytest.raises(AttributeError):
            result.item = None
    progress = roomcast.Progress(completed=1, accepted=1, not_sent=0, rejected=0, unknown=0, total=None)
    assert pickle.loads(pickle.dumps(progress)) == progress


def test_what_was_not_sent_can_be_handed_in_again(client, server):
    """As in the README."""
    refused = roomcast.Client(base_url="http://127.0.0.1:1/v2", max_attempts=1, **CREDENTIALS)
    with refused.send_many(items(20)) as results:
        again = [result.item for result in results if result.outcome == "not_sent"]
        assert results.progress.not_sent == 20
    assert [result.outcome for result in client.send_many(again)] == [None] * 20
    assert len(set(texts(server))) == 20


class Mine(Exception):
    pass


def raising(count, exception):
    yield from items(count)
    raise exception


def test_what_the_items_raise_is_raised_after_the_results(client, server):
    results = client.send_many(raising(5, Mine("mine")), max_in_flight=2)
    seen = []
    with pytest.raises(Mine, match="mine"):
        for result in results:
            seen.append(result)
    assert len(seen) == 5 and list(results) == []


def test_what_a_signal_handler_raises_in_the_items_is_raised_immediately(client, server):
    server.may_respond.clear()
    with client.send_many(raising(5, KeyboardInterrupt())) as results, pytest.raises(KeyboardInterrupt):
        next(results)
    # It was not in the blocked send, so going on is possible.
    results = client.send_many(raising(5, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        next(results)
    server.may_respond.set()
    assert len(list(results)) == 5


def test_cancelling_tells_the_truth_of_each(client, server):
    server.may_respond.clear()
    results = client.send_many(items(100), max_in_flight=3)
    canceller = threading.Thread(target=lambda: (server.wait_for(3), results.cancel()))
    canceller.start()
    outcomes = collections.Counter((type(result.error), result.outcome) for result in results)
    canceller.join()
    assert outcomes == {
        (roomcast.SendCancelledError, "unknown"): 3,
        (roomcast.SendCancelledError, "not_sent"): 97,
    }
    assert (results.progress.unknown, results.progress.not_sent) == (3, 97)
    results.cancel()


def leave_by_break(results):
    with results:
        for _ in results:
            break


def leave_by_exception(results):
    with contextlib.suppress(Mine), results:
        for _ in results:
            raise Mine


def leave_by_close(results):
    next(results)
    results.close()
    results.close()


def leave_by_drop(results):
    next(results)
    # The caller has dropped it, too.


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_exception, leave_by_close, leave_by_drop])
def test_leaving_early_cancels_what_is_under_way(client, server, caplog, leave):
    """And takes no more items."""
    first = threading.Event()

    def respond(body):
        if first.is_set():
            server.may_respond.clear()
            server.may_respond.wait(30)
        first.set()
        return 200, {}, {}

    server.response = respond
    taken = []
    caplog.set_level("DEBUG", logger="roomcast")
    leave(client.send_many((taken.append(item) or item for item in items(1000)), max_in_flight=4))
    gc.collect()
    assert len(taken) <= 9
    end = time.monotonic() + 30
    while len(caplog.records) < len(taken):
        assert time.monotonic() < end
        time.sleep(0.01)
    outcomes = collections.Counter(record.outcome for record in caplog.records)
    assert outcomes["unknown"] + outcomes["not_sent"] >= 3
    server.may_respond.set()


def test_a_closed_one_has_no_results(client, server):
    results = client.send_many(items(10))
    next(results)
    results.close()
    assert list(results) == []


def test_other_threads_run_while_it_waits(client, server):
    server.may_respond.clear()
    results = []
    thread = threading.Thread(target=lambda: results.extend(client.send_many(items(3))))
    thread.start()
    server.wait_for(3)
    assert results == []
    server.may_respond.set()
    thread.join()
    assert len(results) == 3


def test_progress(client, server):
    server.response = lambda body: (404 if body["message"] in ("message 1", "message 2") else 200, {}, {})
    reports = []
    results = client.send_many(list(items(5)), progress=reports.append)
    for number, _ in enumerate(results, 1):
        assert reports[-1].completed >= number == len(reports)
    expected = {"completed": 5, "accepted": 3, "not_sent": 0, "rejected": 2, "unknown": 0, "total": 5}
    assert reports[-1] == results.progress == roomcast.Progress(**expected)


def test_a_report_that_fails_loses_no_result(client, server):
    def report(progress):
        reports.append(progress)
        if len(reports) == 2:
            raise Mine

    reports, seen = [], []
    results = client.send_many(items(5), progress=report)
    with pytest.raises(Mine):
        for result in results:
            seen.append(result)
    seen.extend(results)
    assert sorted(result.item["message"] for result in seen) == texts(server) and len(seen) == 5


def test_threads_share_a_client(client, server):
    def work(number):
        counts.append(sum(1 for _ in client.send_many(items(50, role=f"role-{number}"))))

    counts = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [50] * 4
    assert collections.Counter(body["role"] for body in server.bodies) == {f"role-{n}": 50 for n in range(4)}


def test_dropping_the_client_first(server):
    results = roomcast.Client(base_url=server.base_url, **CREDENTIALS).send_many(items(20))
    gc.collect()
    assert len(list(results)) == 20


def test_it_does_not_refer_to_results_that_were_taken(client, server):
    class Item(dict):
        pass

    references = []

    def given():
        for item in items(50):
            made = Item(item)
            references.append(weakref.ref(made))
            yield made
            del made

    for _ in client.send_many(given(), max_in_flight=2):
        assert sum(reference() is not None for reference in references) <= 2 * 2 + 1
    assert len(references) == 50


MEMORY = """
import sys, roomcast

def memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

client = roomcast.Client(base_url="http://127.0.0.1:1/v2", access_key="k", secret="s")
results = client.send_many({"room_id": "r", "message": "x" * 1000} for _ in range(200_000))
results.cancel()
next(results)
before = memory()
for result in results:
    pass
print(results.progress.not_sent, (memory() - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_memory_is_bounded():
    """Of a million that are sent: `make bench` measures that."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    not_sent, grown = map(int, done.stdout.split())
    assert not_sent == 200_000 and grown < 8


FORK = """
import asyncio, os, sys, roomcast
base_url, how = sys.argv[1:]
options = dict(base_url=base_url, access_key="k", secret="s")

def items(count):
    for number in range(count):
        yield {"room_id": "r", "message": f"{os.getpid()} {number}"}

def in_child(results):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        with roomcast.Client(**options) as own:
            assert len(list(own.send_many(items(5)))) == 5
        results.cancel()
        if how == "sync":
            results.close()
        refused = 0
        for use in (lambda: results.progress, results._batch.take, results._batch.is_full):
            try:
                use()
            except RuntimeError as error:
                refused += "belongs to the process that forked this one" in str(error)
        assert refused == 3
        del results
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)

if how == "sync":
    with roomcast.Client(**options) as client:
        for round in range(20):
            with client.send_many(items(200), max_in_flight=20) as results:
                for number, result in enumerate(results):
                    assert result.error is None, result
                    if number == 50:
                        assert in_child(results) == 0
                assert results.progress.accepted == 200
else:
    async def main():
        async with roomcast.AsyncClient(**options) as client:
            for round in range(20):
                number = 0
                async with client.send_many(items(200), max_in_flight=20) as results:
                    async for result in results:
                        assert result.error is None, result
                        number += 1
                        if number == 50:
                            assert in_child(results) == 0
                    assert results.progress.accepted == 200
    asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_fork_while_it_is_open(server, how):
    """The parent goes on, and the child, which must not use it, neither hangs nor cancels anything."""
    command = [sys.executable, "-X", "faulthandler", "-c", FORK, server.base_url, how]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert done.returncode == 0, done.stderr
    assert len(server.bodies) == 20 * 205
    assert set(collections.Counter(texts(server)).values()) <= {1, 20}

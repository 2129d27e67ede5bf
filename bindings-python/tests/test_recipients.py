"""What is Python's own in messages to several. The rules are tested by tests/cases/recipients.json."""

import asyncio
import pickle
import signal
import types

import pytest

import roomcast
from conftest import CREDENTIALS, arrival, asynchronous

TABS = {"1": "ann", "2": "bob", "3": "ann"}


@pytest.fixture
def server(server):
    """Tells who is in the room; peer 3 leaves before the message comes."""

    def respond(body):
        if body is None:
            _, _, user = server.paths[-1].partition("?user_id=")
            peers = {peer: {"id": peer, "user_id": of} for peer, of in TABS.items() if user in ("", of)}
            return 200, {"peers": peers}, {}
        if body.get("peer_id") == "3":
            return 404, {"message": "no such peer"}, {}
        return 200, {"message": "message sent"}, {}

    server.response = respond
    return server


SENT = roomcast.SendResult("message sent", 1)


def test_each_peer_of_a_user_has_its_result(client, server):
    results = client.send_to_users("r", ["ann", "cat"], roomcast.chat("private-text"))
    assert [(result.user_id, result.peer_id, result.role) for result in results] == [
        ("ann", "1", None),
        ("ann", "3", None),
        ("cat", None, None),
    ]
    assert (results[0].result, results[0].error, results[0].outcome) == (SENT, None, None)
    assert results[1].result is None and results[1].outcome == "rejected"
    assert type(results[1].error) is type(results[2].error) is roomcast.NotFoundError
    assert (results[1].error.server_message, results[2].outcome) == ("no such peer", "not_sent")
    assert "private-text" not in repr(results)


def test_results_are_values(client, server):
    (first, second) = client.send_to_peers("r", ["1", "3"], "hi")
    copy = pickle.loads(pickle.dumps(first))
    assert copy == first and {first: 1}[copy] == 1 and copy != second
    restored = pickle.loads(pickle.dumps(second))
    assert (restored.peer_id, repr(restored.error)) == ("3", repr(second.error))
    with pytest.raises(AttributeError):
        first.peer_id = "2"


@pytest.mark.parametrize(
    "several",
    [
        ["1", "2"],
        ("1", "2"),
        {"1": 0, "2": 0}.keys(),
        {0: "1", 1: "2"}.values(),
        iter(["1", "2"]),
        (peer for peer in ["1", "2"]),
        ["1", "2", "1"],
    ],
    ids=["list", "tuple", "keys", "values", "iterator", "generator", "twice"],
)
def test_several_come_in_any_iterable(client, server, several):
    results = client.send_to_peers("r", several, "hi")
    assert [(result.peer_id, result.result) for result in results] == [("1", SENT), ("2", SENT)]
    assert sorted(body["peer_id"] for body in server.bodies) == ["1", "2"]


def test_several_by_keyword_and_in_a_set(client, server):
    assert {result.role for result in client.send_to_roles("r", roles={"a", "b"}, message="hi")} == {"a", "b"}
    assert client.send_to_roles(message="hi", room_id="r", roles=["a"], type="chat")[0].role == "a"
    assert server.bodies[-1] == {"message": "hi", "role": "a", "type": "chat"}


NOBODY = {
    "text": ("ab", "is text, not a list"),
    "bytes": (b"ab", "is of type bytes, not a list"),
    "dict": ({"a": 1}, "is of type dict, not a list"),
    "mapping": (types.MappingProxyType({"a": 1}), "is of type mappingproxy, not a list"),
    "none": (None, "is null, not a list"),
    "omitted": (roomcast.NOT_GIVEN, "is null, not a list"),
    "number": (5, "is a number, not a list"),
    "empty": ([], "is empty"),
    "empty generator": ((peer for peer in []), "is empty"),
    "none in it": (["a", None], "[1] is null"),
    "omitted in it": (["a", roomcast.NOT_GIVEN], "[1] is of type NotGiven, not text"),
    "a list in it": ([["a"]], "[0] is of type list, not text"),
    "blank": (["a", " "], "[1] is blank"),
    "surrogate": (["\ud800"], "[0] is not valid Unicode"),
}


@pytest.mark.parametrize("wrong", NOBODY)
@pytest.mark.parametrize(
    ("method", "name"),
    [("send_to_users", "user_ids"), ("send_to_peers", "peer_ids"), ("send_to_roles", "roles")],
)
def test_wrong_lists_reach_nobody(client, server, method, name, wrong):
    value, text = NOBODY[wrong]
    with pytest.raises(roomcast.InvalidRequestError) as caught:
        getattr(client, method)("r", value, "hi")
    assert f"{name}{text}" in str(caught.value) or f"{name} {text}" in str(caught.value)
    assert isinstance(caught.value.__cause__, UnicodeError if wrong == "surrogate" else type(None))
    assert server.paths == []


def test_what_an_iterable_raises_is_raised(client, server):
    def peers():
        yield "1"
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        client.send_to_peers("r", peers(), "hi")
    assert server.bodies == []


@asynchronous
async def test_asyncio(server, client):
    assert [result.peer_id for result in await client.send_to_user("r", "ann", "hi")] == ["1", "3"]
    assert [result.peer_id for result in await client.send_to_users("r", {"bob"}, "hi")] == ["2"]
    assert [result.result for result in await client.send_to_roles("r", iter(["a"]), "hi")] == [SENT]
    with pytest.raises(roomcast.NotFoundError) as caught:
        await client.send_to_user("r", "nobody", "hi")
    assert caught.value.outcome == "not_sent"
    with pytest.raises(roomcast.InvalidRequestError):
        await client.send_to_peers("r", "12", "hi")


@asynchronous
async def test_cancelling_a_task_cancels_all_of_its_messages(server, client):
    server.may_respond.clear()
    send = asyncio.create_task(client.send_to_peers("r", ["1", "2", "3"], "hi"))
    await arrival(server, 3)
    send.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await send
    cancelled = caught.value
    while type(cancelled) is asyncio.CancelledError:
        cancelled = cancelled.__context__
    assert (type(cancelled), cancelled.outcome) == (roomcast.SendCancelledError, "unknown")
    server.may_respond.set()
    assert (await client.broadcast("r", "again")).attempts == 1


class Enough(Exception):
    pass


def test_a_signal_handler_cancels_all_of_the_messages(server):
    def handler(*_):
        raise Enough

    server.may_respond.clear()
    previous = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        client = roomcast.Client(base_url=server.base_url, timeout=3000, **CREDENTIALS)
        with pytest.raises(Enough) as caught:
            client.send_to_peers("r", ["1", "2"], "hi")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert type(caught.value.__context__) is roomcast.SendCancelledError
    assert caught.value.__context__.outcome == "unknown"

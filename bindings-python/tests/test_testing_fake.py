"""roomcast.testing's fake clients: the rules of the real ones, without a network."""

import asyncio
import inspect

import pytest

import roomcast
from roomcast.testing import AsyncFakeClient, FakeCall, FakeClient

CLIENTS = [FakeClient, AsyncFakeClient]


def do(client, method, *arguments, **options):
    """Call a method of either client."""
    result = getattr(client, method)(*arguments, **options)
    return asyncio.run(as_coroutine(result)) if inspect.isawaitable(result) else result


async def as_coroutine(awaitable):
    return await awaitable


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param()


def test_they_are_clients():
    assert isinstance(FakeClient(), roomcast.Client)
    assert isinstance(AsyncFakeClient(), roomcast.AsyncClient)
    for fake, real in zip(CLIENTS, [roomcast.Client, roomcast.AsyncClient]):
        assert inspect.signature(fake.__init__) == inspect.signature(real.__init__)
        assert fake.send_to_peer is real.send_to_peer
        assert fake.__module__ == "roomcast.testing"
    assert repr(FakeClient()).startswith("<roomcast.testing.FakeClient base_url=")


def test_options_are_checked_as_ever_and_the_environment_is_not_read(monkeypatch):
    monkeypatch.setenv("HMS_BASE_URL", "not a URL")
    monkeypatch.setenv("ROOMCAST_ONLY_SANDBOX", "1")
    for cls in CLIENTS:
        assert do(cls(), "broadcast", "room", "hi").attempts == 1
        with pytest.raises(roomcast.ConfigurationError, match="did you mean base_url"):
            cls(baseUrl="x")
        with pytest.raises(roomcast.ConfigurationError, match="max_attempts is out of range"):
            cls(max_attempts=0)


def test_calls_hold_what_was_sent_and_to_whom(client):
    do(client, "send_to_peer", "room", "p1", roomcast.event("deal", {"cards": ["A♠"]}))
    do(client, "send_message", "room", "hi", role="host", type="note")
    do(client, "broadcast", "room", roomcast.chat("all"))
    with pytest.raises(roomcast.InvalidRequestError):
        do(client, "send_to_peer", "room", None, "hi")
    dealt, note, chat, refused = client.calls
    assert client.sent == (dealt, note, chat)
    assert (dealt.method, dealt.room_id, dealt.peer_id, dealt.type) == ("send_message", "room", "p1", "deal")
    assert dealt.json() == {"cards": ["A♠"]} and dealt.attempts == 1 and dealt.outcome == "accepted"
    assert (note.peer_id, note.role, note.message, note.type) == (None, "host", "hi", "note")
    assert (chat.peer_id, chat.role, chat.type) == (None, None, "chat")
    assert (refused.outcome, refused.attempts, refused.peer_id) == ("not_sent", 0, None)
    assert isinstance(refused.error, roomcast.InvalidRequestError)
    assert isinstance(refused, FakeCall)
    with pytest.raises(AttributeError):
        refused.message = "other"
    client.reset()
    assert client.calls == ()


@pytest.mark.parametrize(
    ("failure", "error", "outcome", "attempts"),
    [
        (404, roomcast.NotFoundError, "rejected", 1),
        (429, roomcast.RateLimitError, "rejected", 3),
        (503, roomcast.ServerError, "unknown", 1),
        ("not_sent", roomcast.APIConnectionError, "not_sent", 3),
        ("unknown", roomcast.APIConnectionError, "unknown", 1),
        ("late", roomcast.APITimeoutError, "unknown", 1),
    ],
)
def test_calls_fail_as_they_are_told(client, failure, error, outcome, attempts):
    client.fail_next(failure, 2)
    for _ in range(2):
        with pytest.raises(error) as raised:
            do(client, "broadcast", "room", "hi")
        assert (raised.value.outcome, raised.value.attempts) == (outcome, attempts)
        assert client.calls[-1].outcome == outcome
        assert str(client.calls[-1].error) == str(raised.value)
    assert do(client, "broadcast", "room", "hi").attempts == 1
    assert len(client.sent) == 1


def test_attempts_fail_and_the_call_succeeds(client):
    client.fail_next(429, attempts=2, retry_after=2)
    assert do(client, "broadcast", "room", "hi").attempts == 3
    assert client.stats().retried == 2


@pytest.mark.parametrize("failure", [200, 404.5, 600, "lost", None, [404], True])
def test_other_failures_are_refused(client, failure):
    with pytest.raises(roomcast.InvalidRequestError, match=r"^invalid_request: failure"):
        client.fail_next(failure)
    with pytest.raises(roomcast.InvalidRequestError, match="count is text"):
        client.fail_next(404, "1")
    assert do(client, "broadcast", "room", "hi").attempts == 1


def test_peers_of_a_room(client):
    ann = client.join("room", role="player", user_id="ann", name="Ann")
    tab = client.join("room", user_id="ann", peer_id="tab")
    assert do(client, "list_peers", "room") == [ann, tab]
    assert do(client, "list_peers", "room", role="player") == [ann]
    assert ann.peer_id == "peer-1" and (tab.role, tab.name) == ("guest", "")
    results = do(client, "send_to_user", "room", "ann", "hi")
    assert [result.peer_id for result in results] == ["peer-1", "tab"]
    client.leave("room", "tab")
    for room, peer in [("room", "tab"), ("other", "peer-1")]:
        with pytest.raises(roomcast.NotFoundError):
            do(client, "send_to_peer", room, peer, "hi")
    assert do(client, "get_room", "room").peer_ids == ("peer-1",)
    for wrong in [{"peer_id": " "}, {"role": ""}, {"user_id": None}]:
        with pytest.raises(roomcast.InvalidRequestError, match=next(iter(wrong))):
            client.join("room", **wrong)
    with pytest.raises(roomcast.InvalidRequestError, match="room_id"):
        client.join("no room")


def test_send_many_and_drain():
    client = FakeClient()
    client.fail_next("unknown", 2)
    items = [{"room_id": "room", "message": str(number)} for number in range(500)]
    items += [{"room_id": "room", "message": " "}, 7, {"room_id": "room", "message": "x", "peer": "p"}]
    outcomes = [result.outcome for result in client.send_many(items)]
    assert (outcomes.count(None), outcomes.count("unknown"), outcomes.count("not_sent")) == (498, 2, 3)
    assert len(client.sent) == 498 and len(client.calls) == 503
    assert client.drain(1)
    with pytest.raises(roomcast.ConfigurationError, match="closed"):
        client.broadcast("room", "hi")
    assert isinstance(client.calls[-1].error, roomcast.ConfigurationError)


def test_async_send_many_and_drain():
    async def main():
        async with AsyncFakeClient() as client:
            items = [{"room_id": "room", "message": str(number)} for number in range(100)]
            results = [result.result.attempts async for result in client.send_many(items)]
            assert results == [1] * 100 and len(client.sent) == 100
            sends = [asyncio.ensure_future(client.broadcast("room", "hi")) for _ in range(10)]
            await asyncio.sleep(0)
            assert await client.drain(5)
            assert {send.result().attempts for send in sends} == {1}

    asyncio.run(main())


def test_hooks_see_its_operations():
    traces = []
    client = FakeClient(hooks=traces.append)
    client.fail_next(404)
    with pytest.raises(roomcast.NotFoundError):
        client.send_to_peer("room", "p", "hi")
    assert [trace.outcome for trace in traces] == ["rejected"]


def test_roomcast_does_not_import_it():
    import subprocess
    import sys

    code = (
        "import sys, roomcast; print([name for name in sys.modules if 'roomcast' in name and 'test' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"

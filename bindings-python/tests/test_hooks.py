"""The option `hooks`, the records that hooks get, and stats()."""

import asyncio
import contextvars
import copy
import os
import pickle
import sys
import threading
import time
import typing
from datetime import datetime, timedelta, timezone

import pytest

import roomcast
from conftest import CREDENTIALS, PEERS, arrival, once


def both(test):
    """Run a test with both clients. `call` awaits if need be."""

    def run(server):
        def blocking(**options):
            client = roomcast.Client(base_url=server.base_url, **{**CREDENTIALS, **options})
            return client, lambda method, *given, **named: getattr(client, method)(*given, **named)

        test(server, blocking)
        server.paths.clear(), server.bodies.clear()
        with asyncio.Runner() if hasattr(asyncio, "Runner") else _Runner() as runner:

            def started(**options):
                client = roomcast.AsyncClient(base_url=server.base_url, **{**CREDENTIALS, **options})

                async def call(method, *given, **named):
                    return await getattr(client, method)(*given, **named)

                return client, lambda *given, **named: runner.run(call(*given, **named))

            test(server, started)

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


class _Runner:
    """asyncio.Runner, before Python 3.11."""

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        return self

    def __exit__(self, *_):
        self.loop.close()

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)


@both
def test_a_send_with_a_retry_has_one_trace_with_both_attempts(server, client_with):
    server.response = once((429, {}, {"Retry-After": "0"}))
    traces = []
    _, call = client_with(hooks=traces.append)
    before = datetime.now(timezone.utc)
    call("send_to_peer", "room", "p1", "the text")
    (trace,) = traces
    assert (trace.method, trace.room_id, trace.recipient) == ("send_message", "room", "peer")
    assert (trace.http_method, trace.path) == ("POST", "/v2/active-rooms/room/send-message")
    assert (trace.server_address, trace.server_port) == ("127.0.0.1", server.server_port)
    assert before - timedelta(milliseconds=1) <= trace.started_at <= datetime.now(timezone.utc)
    assert (trace.error, trace.outcome) == (None, None)
    first, second = trace.attempts
    assert (first.status, first.error.kind, first.outcome) == (429, "rate_limited", "rejected")
    assert (second.status, second.error, second.outcome) == (200, None, None)
    assert (first.connection, second.connection) == ("new", "kept")
    assert first.tcp > 0 and first.dns >= 0 and (first.tls, first.proxy, second.tcp) == (None, None, None)
    assert first.write > 0 and first.wait > 0 and first.request_bytes > 100 and first.response_bytes > 20
    assert first.retry_wait >= 0 and second.retry_wait is None
    assert first.started >= 0 and first.started + first.elapsed <= second.started
    assert second.started + second.elapsed <= trace.elapsed + 0.001
    assert len(server.paths) == 2


@both
def test_a_failure_is_in_the_trace_and_nothing_secret_is(server, client_with):
    server.response = lambda _: None
    traces = []
    _, call = client_with(hooks=[traces.append])
    with pytest.raises(roomcast.APIConnectionError):
        call("send_to_role", "room", "host", "the text")
    (trace,) = traces
    assert (trace.recipient, trace.error.kind, trace.outcome) == ("role", "connection", "unknown")
    assert [attempt.status for attempt in trace.attempts] == [None]
    for shown in (repr(trace), str(vars(trace)), repr(trace.error)):
        for secret in ("the text", *CREDENTIALS.values(), "Bearer", "eyJ"):
            assert secret not in shown


@both
def test_what_does_not_begin_has_no_trace(_, client_with):
    traces = []
    client, call = client_with(hooks=traces.append)
    with pytest.raises(roomcast.InvalidRequestError):
        call("broadcast", "room", " ")
    with pytest.raises(TypeError):
        call("broadcast", "room", "hi", "and", "more")
    assert call("drain") is True
    with pytest.raises(roomcast.ConfigurationError):
        call("broadcast", "room", "hi")
    assert traces == []
    assert client.stats().failed["configuration"] == 1


@both
def test_a_call_to_several_has_a_trace_for_each_of_its_operations(server, client_with):
    server.response = lambda body: (200, PEERS if body is None else {"message": "message sent"}, {})
    traces = []
    _, call = client_with(hooks=traces.append)
    call("send_to_users", "room", ["ann"], "hi")
    call("send_to_roles", "room", ["host", "guest"], "hi")
    methods = [(trace.method, trace.recipient) for trace in traces]
    assert methods == [("list_peers", None), ("send_message", "peer"), *[("send_message", "role")] * 2]
    # The id of a user is in the query only.
    assert server.paths[0] != traces[0].path and "ann" not in repr(traces)
    assert call("list_peers", "room", user_id="ann")[0].peer_id == "p1"
    assert traces[-1].method == "list_peers"


@both
def test_a_hook_that_raises_changes_nothing(_, client_with):
    raised, traces = [], []
    unraisable, sys_hook = [], sys.unraisablehook

    def hook(trace):
        raised.append(trace)
        raise ValueError("on purpose")

    sys.unraisablehook = unraisable.append
    try:
        _, call = client_with(hooks=(hook, traces.append))
        assert call("broadcast", "room", "hi").attempts == 1
    finally:
        sys.unraisablehook = sys_hook
    assert raised == traces and len(traces) == 1
    assert [(one.exc_type, one.object) for one in unraisable] == [(ValueError, hook)]


def test_hooks_run_where_the_call_is():
    variable = contextvars.ContextVar("variable")
    seen = []

    def hook(trace):
        seen.append((trace.room_id, variable.get(), threading.get_ident()))

    def closed_port():
        return {"base_url": "http://127.0.0.1:1", "max_attempts": 1, "hooks": hook, **CREDENTIALS}

    with roomcast.Client(**closed_port()) as client:
        variable.set("sync")
        with pytest.raises(roomcast.APIConnectionError):
            client.broadcast("room", "hi")

    async def one(client, number):
        variable.set(number)
        with pytest.raises(roomcast.APIConnectionError):
            await client.broadcast(f"room{number}", "hi")
        assert variable.get() == number

    async def main():
        async with roomcast.AsyncClient(**closed_port()) as client:
            await asyncio.gather(*(one(client, number) for number in range(5)))

    asyncio.run(main())
    here = threading.get_ident()
    assert sorted(seen, key=str) == [("room", "sync", here), *[(f"room{n}", n, here) for n in range(5)]]


def test_each_item_of_many_has_a_trace(server):
    server.response = once((429, {}, {"Retry-After": "0"}))
    traces = []
    items = [{"room_id": "room", "message": f"m{n}"} for n in range(5)] + [{"room_id": "room"}]
    with roomcast.Client(base_url=server.base_url, hooks=traces.append, **CREDENTIALS) as client:
        outcomes = [result.outcome for result in client.send_many(items)]
    assert sorted(outcomes, key=str) == [*[None] * 5, "not_sent"]
    assert len(traces) == 5 and sum(len(trace.attempts) for trace in traces) == len(server.paths) == 6

    async def main():
        traces.clear()
        server.paths.clear()

        async def items_async():
            for item in items:
                yield item

        options = {"base_url": server.base_url, "hooks": traces.append, **CREDENTIALS}
        async with roomcast.AsyncClient(**options) as client:
            for given in (items, items_async()):
                async with client.send_many(given) as results:
                    assert len([result async for result in results]) == 6
        assert len(traces) == len(server.paths) == 10

    asyncio.run(main())


@pytest.mark.parametrize("how", ["close", "drop", "cancel"])
def test_items_of_many_that_are_cancelled_have_their_traces(server, how):
    server.may_respond.clear()
    traces = []
    options = {"base_url": server.base_url, "hooks": traces.append, **CREDENTIALS}

    async def main():
        async with roomcast.AsyncClient(**options) as client:
            items = ({"room_id": "room", "message": "hi"} for _ in range(10))
            results = client.send_many(items, max_in_flight=3)
            waiting = asyncio.ensure_future(results.__anext__())
            await arrival(server, 3)
            if how == "cancel":
                results.cancel()
                assert (await waiting).outcome == "unknown"
                assert [result.outcome async for result in results].count("unknown") == 2
                return
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            if how == "close":
                await results.aclose()
            del results, waiting

    asyncio.run(main())
    assert len(traces) == 3
    assert all(trace.error.kind == "cancelled" and len(trace.attempts) == 1 for trace in traces)


def test_a_cancelled_task_has_its_trace_with_the_attempt(server):
    server.may_respond.clear()
    traces = []

    async def main():
        options = {"base_url": server.base_url, "hooks": traces.append, "max_in_flight": 1, **CREDENTIALS}
        async with roomcast.AsyncClient(**options) as client:
            calls = [
                asyncio.ensure_future(client.broadcast("room", "hi")),
                asyncio.ensure_future(client.broadcast("room", "queued")),
                asyncio.ensure_future(client.send_to_roles("room", ["a", "b"], "queued")),
            ]
            await arrival(server)
            for call in reversed(calls):
                call.cancel()
            assert len(await asyncio.gather(*calls, return_exceptions=True)) == 3

    asyncio.run(main())
    assert sorted(len(trace.attempts) for trace in traces) == [0, 0, 0, 1]
    (sent,) = (trace for trace in traces if trace.attempts)
    assert (sent.error.kind, sent.attempts[0].connection) == ("cancelled", "new")
    assert sent.attempts[0].request_bytes > 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_no_traces_of_its_parents_calls(server):
    traces = []
    with roomcast.Client(base_url=server.base_url, hooks=traces.append, **CREDENTIALS) as client:
        results = client.send_many({"room_id": "room", "message": "hi"} for _ in range(3))
        next(results)
        count = len(traces)
        child = os.fork()
        if child == 0:
            results.close()
            alone = len(traces) == count
            client.broadcast("room", "child")
            os._exit(0 if alone and len(traces) == count + 1 else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert len(list(results)) == 2 and len(traces) == 3


def test_hooks_of_a_wrong_type_are_refused():
    for wrong in (None, 3, "hook", [print, None]):
        with pytest.raises(roomcast.ConfigurationError, match=r"hooks is .*; it takes a function"):
            roomcast.Client(hooks=wrong, **CREDENTIALS)
    roomcast.Client(hooks=[], **CREDENTIALS)
    roomcast.Client(hooks=roomcast.NOT_GIVEN, **CREDENTIALS)
    assert "hooks" not in repr(roomcast.Client(hooks=print, **CREDENTIALS))


def test_traces_are_immutable_values(server):
    traces = []
    with roomcast.Client(base_url=server.base_url, hooks=traces.append, **CREDENTIALS) as client:
        client.broadcast("room", "hi")
        client.broadcast("room", "hi")
    # Also before any field was read.
    unread = traces.pop()
    copies = [copy.copy(unread), copy.deepcopy(unread), pickle.loads(pickle.dumps(unread))]
    assert copies == [unread] * 3 and vars(unread)["attempts"] is unread.attempts
    (trace,) = traces
    assert trace.elapsed > 0 and len(trace.attempts) == 1 and trace.attempts is trace.attempts
    for one in (trace, trace.attempts[0], client.stats()):
        with pytest.raises(AttributeError):
            setattr(one, one._fields[0], "other")
        assert tuple(vars(one)) == one._fields and {*one._fields} <= {*typing.get_type_hints(type(one))}
        assert copy.copy(one) == one and pickle.loads(pickle.dumps(one)) == one
        assert type(one)(**vars(one)) == one
    hints = typing.get_type_hints(roomcast.Trace)
    assert typing.get_args(typing.get_args(hints["recipient"])[0]) == ("peer", "role", "everyone")
    connection = typing.get_type_hints(roomcast.AttemptTrace)["connection"]
    assert typing.get_args(typing.get_args(connection)[0]) == ("new", "kept")


def test_stats_count_what_is_under_way_and_what_ended(server):
    server.may_respond.clear()

    async def main():
        options = {"base_url": server.base_url, "max_in_flight": 2, **CREDENTIALS}
        async with roomcast.AsyncClient(**options) as client:
            calls = [asyncio.ensure_future(client.broadcast("room", "hi")) for _ in range(5)]
            await arrival(server, 2)
            stats = client.stats()
            assert (stats.in_flight, stats.queued, stats.busy_connections) == (2, 3, 2)
            assert stats.queued_bytes > 5 * 512
            server.may_respond.set()
            await asyncio.gather(*calls)
            with pytest.raises(roomcast.InvalidRequestError):
                await client.broadcast("room", "")
            stats = client.stats()
            assert (stats.sent, stats.queried, stats.retried) == (5, 0, 0)
            assert (stats.failed["invalid_request"], sum(stats.failed.values())) == (1, 1)
            deadline = time.monotonic() + 10
            while client.stats().busy_connections:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.001)
            assert client.stats().idle_connections == 2

    asyncio.run(main())
    with roomcast.Client(base_url=server.base_url, **CREDENTIALS) as client:
        server.response = once((429, {}, {"Retry-After": "0"}))
        client.broadcast("room", "hi")
        assert (client.stats().sent, client.stats().retried) == (1, 1)

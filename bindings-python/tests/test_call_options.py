"""What is Python's own in the options of one call. The rules are tested by tests/cases/call-options.json."""

import asyncio
import time
from datetime import timedelta

import pytest

import roomcast
from conftest import CREDENTIALS

CALLS = [
    ("send_message", ("r", "hi")),
    ("send_to_peer", ("r", "p", "hi")),
    ("send_to_role", ("r", "host", "hi")),
    ("broadcast", ("r", "hi")),
    ("send_to_user", ("r", "u", "hi")),
    ("send_to_users", ("r", ["u"], "hi")),
    ("list_peers", ("r",)),
    ("get_room", ("r",)),
]


@pytest.mark.parametrize(("method", "arguments"), CALLS)
@pytest.mark.parametrize("timeout", [0.05, timedelta(milliseconds=50)])
def test_a_timeout_is_in_seconds_or_a_timedelta(server, method, arguments, timeout):
    server.may_respond.clear()
    options = {"base_url": server.base_url, "timeout": 3600, **CREDENTIALS}
    with roomcast.Client(**options) as client, pytest.raises(roomcast.APITimeoutError):
        getattr(client, method)(*arguments, timeout=timeout)

    async def main():
        async with roomcast.AsyncClient(**options) as client:
            with pytest.raises(roomcast.APITimeoutError):
                await getattr(client, method)(*arguments, timeout=timeout)

    began = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"timeout": timedelta(0)}, "timeout is out of range"),
        ({"timeout": timedelta(hours=2)}, "timeout is out of range"),
        ({"timeout": None}, "timeout is null"),
        ({"timeout": object()}, "timeout is of type object; it takes a number"),
        ({"timeout": "5"}, "timeout is text; it takes a number"),
        ({"timeout": True}, "timeout is a boolean; it takes a number"),
        ({"max_attempts": 1.5}, "max_attempts is a number; it takes a whole number"),
        ({"max_attempts": 10**400}, "max_attempts is out of range"),
        ({"retry_unknown": 1}, "retry_unknown is a number; it takes true or false"),
        ({"max_in_flight": 1}, "unknown option max_in_flight"),
    ],
)
@pytest.mark.parametrize(("method", "arguments"), CALLS)
def test_wrong_options_are_errors_of_the_core(client, server, method, arguments, options, text):
    with pytest.raises(roomcast.InvalidRequestError) as caught:
        getattr(client, method)(*arguments, **options)
    assert text in str(caught.value)
    assert server.paths == []


def test_the_options_of_one_call_are_not_those_of_the_next(client, server):
    server.response = (500, {}, {})
    for options, attempts in (({}, 1), ({"retry_unknown": True, "max_attempts": 2}, 2), ({}, 1)):
        with pytest.raises(roomcast.ServerError) as caught:
            client.broadcast("r", "hi", **options)
        assert caught.value.attempts == attempts


def test_the_request_id_of_results_and_errors(client, server):
    server.response = (200, {"message": "message sent"}, {"X-Request-Id": "req-1"})
    assert client.broadcast("r", "hi").request_id == "req-1"
    server.response = (404, {}, {"X-Request-Id": "req-2"})
    with pytest.raises(roomcast.NotFoundError) as caught:
        client.broadcast("r", "hi")
    assert caught.value.request_id == "req-2" and "request_id='req-2'" in repr(caught.value)

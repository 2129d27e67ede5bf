"""NOT_GIVEN means that an argument is omitted, wherever it is passed; so functions can pass it on."""

import asyncio
import copy
import functools
import pickle

import pytest

import roomcast
from conftest import CREDENTIALS
from roomcast import NOT_GIVEN

PEERS = {"peers": {"p": {"id": "p", "role": "host"}}}


def test_there_is_one_only():
    assert isinstance(NOT_GIVEN, roomcast.NotGiven)
    assert repr(NOT_GIVEN) == "NOT_GIVEN" and not NOT_GIVEN
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(NOT_GIVEN, protocol)) is NOT_GIVEN
    assert copy.copy(NOT_GIVEN) is copy.deepcopy([NOT_GIVEN])[0] is NOT_GIVEN
    with pytest.raises(TypeError):
        roomcast.NotGiven()


def test_a_client_takes_the_default():
    options = "access_key secret management_token base_url timeout max_attempts retry_unknown max_in_flight"
    omitted = dict.fromkeys([*options.split(), "ca_file", "proxy"], NOT_GIVEN)
    for cls in (roomcast.Client, roomcast.AsyncClient):
        assert repr(cls(**{**omitted, **CREDENTIALS})) == repr(cls(**CREDENTIALS))
    with pytest.raises(roomcast.ConfigurationError, match="no credentials"):
        roomcast.Client(**omitted)
    with pytest.raises(roomcast.ConfigurationError, match="secret is missing"):
        roomcast.Webhooks(secret=NOT_GIVEN)


OMITTED = dict.fromkeys(["type", "timeout", "max_attempts", "retry_unknown"], NOT_GIVEN)


def test_a_call_takes_the_default(client, server):
    client.send_message("r", "hi", peer_id=NOT_GIVEN, role=NOT_GIVEN, **OMITTED)
    client.send_message("r", "hi", peer_id="p", role=NOT_GIVEN, **OMITTED)
    client.send_to_peer("r", "p", "hi", **OMITTED)
    client.send_to_role("r", "host", "hi", **OMITTED)
    client.broadcast("r", "hi", **OMITTED)
    everyone, peer, role = (
        {"message": "hi"},
        {"message": "hi", "peer_id": "p"},
        {"message": "hi", "role": "host"},
    )
    assert server.bodies == [everyone, peer, peer, role, everyone]
    server.response = (200, PEERS, {})
    omitted = dict.fromkeys(("timeout", "max_attempts", "retry_unknown"), NOT_GIVEN)
    assert len(client.list_peers("r", user_id=NOT_GIVEN, role=NOT_GIVEN, **omitted)) == 1
    assert server.paths[-1] == "/v2/active-rooms/r/peers"

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            await client.list_peers("r", user_id=NOT_GIVEN, role="host", **omitted)

    asyncio.run(main())
    assert server.paths[-1] == "/v2/active-rooms/r/peers?role=host"


@pytest.mark.parametrize(
    ("method", "arguments", "text"),
    [
        ("send_message", ("r", NOT_GIVEN), "message is null"),
        ("send_message", (NOT_GIVEN, "hi"), "room_id is null"),
        ("send_to_peer", ("r", NOT_GIVEN, "hi"), "peer_id is null"),
        ("send_to_role", ("r", NOT_GIVEN, "hi"), "role is null"),
        ("broadcast", ("r", NOT_GIVEN), "message is null"),
        ("get_room", (NOT_GIVEN,), "room_id is null"),
    ],
)
def test_what_cannot_be_omitted_is_missing(client, server, method, arguments, text):
    """A target is required where the method's name says so: then nothing goes to everyone."""
    with pytest.raises(roomcast.InvalidRequestError, match=text):
        getattr(client, method)(*arguments)
    assert server.bodies == []


def test_functions_can_pass_it_on(client, server):
    def announce(text, type=NOT_GIVEN, timeout=NOT_GIVEN):
        return client.broadcast("r", text, type=type, timeout=timeout)

    announce("one")
    announce("two", type="chat", timeout=5)
    assert server.bodies == [{"message": "one"}, {"message": "two", "type": "chat"}]


def test_methods_can_be_overridden_and_wrapped(server):
    class Logged(roomcast.Client):
        sent = 0

        def broadcast(self, room_id, message, **options):
            type(self).sent += 1
            return super().broadcast(room_id, message, **options)

    with Logged(base_url=server.base_url, **CREDENTIALS) as client:

        @functools.wraps(client.broadcast)
        def broadcast(*arguments, **options):
            return client.broadcast(*arguments, **options)

        assert broadcast("r", roomcast.chat("hi"), timeout=5) == roomcast.SendResult("message sent", 1)
        client.send_to_peer("r", "p", "hi")
    assert Logged.sent == 1
    assert server.bodies == [{"message": "hi", "type": "chat"}, {"message": "hi", "peer_id": "p"}]

"""Messages that are not plain text. The rules are tested in every language, by tests/cases/payloads.json."""

import asyncio
import collections
import copy
import dataclasses
import datetime
import decimal
import enum
import json
import pickle
import threading

import pytest

import roomcast
from conftest import CREDENTIALS

UNUSUAL = [
    {'é "x"\n': ["♠", "\x01", "😀"], "": {}},
    [],
    {},
    [None, True, False, 0, -1, 2**64 - 1, -(2**63), 1.5, 1e300],
    {"nested": [[[{"a": [1]}]]]},
]


@pytest.mark.parametrize("message", UNUSUAL)
def test_json_is_what_json_would_write(client, server, message):
    client.broadcast("r", message)
    text = server.bodies[0]["message"]
    assert text == json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def test_lists_and_tuples_of_every_kind_are_lists(client, server):
    Point = collections.namedtuple("Point", "x y")
    for message in (["x", 1], ("x", 1), Point("x", 1), collections.UserList(["x", 1]).data):
        client.broadcast("r", message)
    assert {body["message"] for body in server.bodies} == {'["x",1]'}


def test_subclasses_are_written_as_what_they_are_made_of(client, server):
    class Suit(str, enum.Enum):
        SPADES = "♠"

    class Rank(enum.IntEnum):
        ACE = 14

    class Odd(dict):
        def __getitem__(self, name):
            return "odd"

    client.broadcast("r", {Suit.SPADES: Rank.ACE, "odd": Odd(a=1), "d": collections.defaultdict(list, b=[2])})
    assert server.bodies[0]["message"] == '{"♠":14,"odd":{"a":1},"d":{"b":[2]}}'
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    client.broadcast("r", ordered)
    assert server.bodies[1]["message"] == '{"b":2,"a":1}'
    # Text stays text.
    client.broadcast("r", Suit.SPADES)
    assert server.bodies[2]["message"] == "♠"


@dataclasses.dataclass
class Card:
    rank: int


WRONG = [
    ({"a": {1}}, "message.a is of type set, which JSON cannot express"),
    ([datetime.datetime(2026, 1, 1)], "message[0] is of type datetime, which JSON cannot express"),
    ([decimal.Decimal(1)], "message[0] is of type Decimal, which JSON cannot express"),
    ({"a": [b"x"]}, "message.a[0] is of type bytes, which JSON cannot express"),
    ((Card(1),), "message[0] is of type Card, which JSON cannot express"),
    ({"a b": roomcast.NOT_GIVEN}, 'message["a b"] is of type NotGiven, which JSON cannot express'),
    ([roomcast.chat("x")], "message[0] is of type Message, which JSON cannot express"),
    ([float("nan")], "message[0] is NaN, which JSON cannot express"),
    ([float("-inf")], "message[0] is -inf, which JSON cannot express"),
    ([2**64], "message[0] is a number of more than 64 bits"),
    ([-(2**63) - 1], "message[0] is a number of more than 64 bits"),
    ([10**400], "message[0] is a number of more than 64 bits"),
    ({1: "x"}, "message has a name of type int"),
    ({"a": [{"b": 1, None: 2}]}, "message.a[0] has a name of type NoneType"),
    (["\ud800"], "message[0] is not valid Unicode"),
    ({"a": {"\ud800": 1}}, "message.a has a name that is not valid Unicode"),
    (["x" * (1 << 20)], "message has more than 1048576 bytes as JSON, which is the limit, at message[0]"),
    (["x" * (1 << 24)], "message has more than 1048576 bytes as JSON, which is the limit, at message[0]"),
    ({"x" * (1 << 24): 1}, "message has more than 1048576 bytes as JSON, which is the limit"),
    ({1, 2}, "message is of type set, not text"),
    (b"x", "message is of type bytes, not text"),
    (True, "message is a boolean, not text"),
    (1, "message is a number, not text"),
    (Card(1), "message is of type Card, not text"),
]


@pytest.mark.parametrize(("message", "text"), WRONG)
def test_what_json_cannot_express_is_refused_with_its_place(client, server, message, text):
    with pytest.raises(roomcast.InvalidRequestError) as caught:
        client.broadcast("r", message)
    assert text in str(caught.value)
    assert (caught.value.outcome, caught.value.attempts) == ("not_sent", 0)
    assert server.bodies == []
    if isinstance(message, (dict, list)) and text.startswith("message"):
        with pytest.raises(roomcast.InvalidRequestError) as caught:
            roomcast.event("name", message)
        assert text.replace("message", "payload") in str(caught.value)


def test_lone_surrogates_have_their_cause(client):
    for call in (
        lambda: client.broadcast("r", ["\ud800"]),
        lambda: roomcast.event("name", {"\ud800": 1}),
        lambda: client.broadcast("r", roomcast.chat("\ud800")),
    ):
        with pytest.raises(roomcast.InvalidRequestError) as caught:
            call()
        assert type(caught.value.__cause__) is UnicodeEncodeError


def test_what_contains_itself_ends(client):
    cycle = {}
    cycle["a"] = [cycle]
    with pytest.raises(roomcast.InvalidRequestError, match="nested more than 127 deep"):
        client.broadcast("r", cycle)


def test_a_mapping_that_raises_is_the_cause(client):
    class Broken(dict):
        def keys(self):
            raise KeyError("broken")

        def __iter__(self):
            raise KeyError("broken")

    with pytest.raises(roomcast.InvalidRequestError, match=r"message\.a is of type Broken") as caught:
        client.broadcast("r", {"a": Broken(x=1)})
    assert type(caught.value.__cause__) is KeyError


MESSAGES = [
    (roomcast.chat("hi"), {"message": "hi", "type": "chat"}),
    (roomcast.event("deal", {"cards": ("A♠",)}), {"message": '{"cards":["A♠"]}', "type": "deal"}),
    (roomcast.event("bell"), {"message": '""', "type": "bell"}),
    (roomcast.event("bell", roomcast.NOT_GIVEN), {"message": '""', "type": "bell"}),
    (roomcast.event("bell", None), {"message": "null", "type": "bell"}),
    (roomcast.event(name="count", payload=3), {"message": "3", "type": "count"}),
    (
        roomcast.reaction("+1"),
        {"message": '{"type":"EMOJI_REACTION","emojiId":"+1","senderId":"server"}', "type": "EMOJI_REACTION"},
    ),
    (
        roomcast.reaction("heart", sender_id="p"),
        {"message": '{"type":"EMOJI_REACTION","emojiId":"heart","senderId":"p"}', "type": "EMOJI_REACTION"},
    ),
]


@pytest.mark.parametrize(("message", "body"), MESSAGES)
def test_every_send_takes_a_message(client, server, message, body):
    sends = [("send_message", ()), ("send_to_peer", ("p",)), ("send_to_role", ("host",)), ("broadcast", ())]
    for method, target in sends:
        getattr(client, method)("r", *target, message)
    client.broadcast(room_id="r", message=message)

    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            for method, target in sends:
                await getattr(client, method)("r", *target, message)

    asyncio.run(main())
    targets = [{}, {"peer_id": "p"}, {"role": "host"}, {}]
    assert server.bodies == [{**body, **target} for target in [*targets, {}, *targets]]


@pytest.mark.parametrize(("message", "_"), MESSAGES)
def test_messages_are_values(message, _):
    copies = [
        pickle.loads(pickle.dumps(message, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
    ]
    for other in [*copies, copy.copy(message), copy.deepcopy(message)]:
        assert type(other) is roomcast.Message
        assert other == message and hash(other) == hash(message)
    assert [other for other, _ in MESSAGES if other == message].count(message) in (1, 2)
    assert message != "hi" and message != roomcast.chat("another")
    with pytest.raises(AttributeError):
        message.text = "x"
    with pytest.raises(TypeError):
        roomcast.Message()


def test_the_repr_of_a_message_hides_what_it_says():
    for message in (
        roomcast.chat("secret"),
        roomcast.event("secret", "secret"),
        roomcast.reaction("secret", sender_id="secret"),
    ):
        assert "secret" not in repr(message) and repr(message).startswith("<roomcast.Message: ")


def test_a_payload_that_is_changed_later_changes_nothing(client, server):
    payload = {"cards": ["A♠"]}
    message = roomcast.event("deal", payload)
    payload["cards"].append("K♠")
    client.broadcast("r", message)
    assert server.bodies[0]["message"] == '{"cards":["A♠"]}'


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (lambda: roomcast.chat(5), "message is a number, not text"),
        (lambda: roomcast.chat(" "), "message is blank"),
        (lambda: roomcast.chat(None), "message is null"),
        (lambda: roomcast.chat(roomcast.NOT_GIVEN), "message is null"),
        (lambda: roomcast.event(""), "name is blank"),
        (lambda: roomcast.event(None, {}), "name is null"),
        (lambda: roomcast.event("hms_x"), "name begins with hms_"),
        (lambda: roomcast.reaction(""), "emoji_id is blank"),
        (lambda: roomcast.reaction("+1", sender_id=None), "sender_id is null"),
        (lambda: roomcast.reaction("+1", sender_id=""), "sender_id is blank"),
    ],
)
def test_a_message_in_a_format_is_checked_when_it_is_sent(client, server, message, text):
    with pytest.raises(roomcast.InvalidRequestError) as caught:
        client.broadcast("r", message())
    assert text in str(caught.value)
    assert server.bodies == []


def test_a_message_is_no_other_argument(client, server):
    for arguments in (
        {"room_id": roomcast.chat("r"), "message": "hi"},
        {"room_id": "r", "message": "hi", "peer_id": roomcast.chat("p")},
        {"room_id": "r", "message": "hi", "role": {"a": 1}},
        {"room_id": "r", "message": "hi", "type": ["chat"]},
    ):
        with pytest.raises(roomcast.InvalidRequestError, match="is of type"):
            client.send_message(**arguments)
    assert server.bodies == []


def test_other_threads_may_change_a_message_meanwhile(client, server):
    """What is sent is what it was at one moment, and nothing crashes."""
    message = {str(n): [n] for n in range(1000)}
    done = threading.Event()

    def change():
        n = 0
        while not done.is_set():
            n += 1
            message[f"more {n % 50}"] = [n]
            message.pop(f"more {(n + 25) % 50}", None)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(50):
            client.broadcast("r", message)
    finally:
        done.set()
        thread.join()
    assert all(len(json.loads(body["message"])) >= 1000 for body in server.bodies)

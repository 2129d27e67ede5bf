"""What is Python's own in webhooks: types. The rules are tested by tests/cases/webhooks*.json."""

import copy
import datetime
import json
import pickle

import pytest

import roomcast

SECRET = "the-secret-of-the-header"
JOIN = {
    "id": "e1",
    "type": "peer.join.success",
    "timestamp": "2021-11-30T12:58:49Z",
    "data": {
        "peer_id": "p1",
        "room_id": "r1",
        "user_id": "u1",
        "joined_at": "2021-11-30T12:58:49.123456789Z",
    },
}
LEAVE = {**JOIN, "type": "peer.leave.success", "data": {**JOIN["data"], "duration": 2.5}}
OPEN = {"id": "e2", "type": "session.open.success", "data": {"room_id": "r1", "more": [1, {"a": None}]}}


@pytest.fixture
def webhooks():
    return roomcast.Webhooks(secret=SECRET)


def test_each_event_has_its_class(webhooks):
    classes = {roomcast.PeerJoined: JOIN, roomcast.PeerLeft: LEAVE, roomcast.Event: OPEN}
    for cls, body in classes.items():
        event = webhooks.read(SECRET, json.dumps(body))
        assert type(event) is cls
        assert isinstance(event, roomcast.Event)
        assert event.data == body["data"]
    left = webhooks.read(SECRET, json.dumps(LEAVE))
    assert not isinstance(left, roomcast.PeerJoined), "a peer that left would count as joined"
    assert left.duration == 2.5


def test_times_are_in_utc_and_truncated_to_microseconds(webhooks):
    event = webhooks.read(SECRET, json.dumps(JOIN))
    when = datetime.datetime(2021, 11, 30, 12, 58, 49, 123456, tzinfo=datetime.timezone.utc)
    assert event.joined_at == when
    assert event.joined_at.utcoffset() == datetime.timedelta(0)
    assert event.session_started_at is None


@pytest.mark.parametrize("given", [SECRET, SECRET.encode(), bytearray(SECRET.encode())])
@pytest.mark.parametrize("encode", [str, str.encode, lambda text: bytearray(text.encode())])
def test_the_header_and_the_body_may_be_str_or_bytes(webhooks, given, encode):
    assert webhooks.read(given, encode(json.dumps(OPEN))).id == "e2"
    assert webhooks.read(given=given, body=encode(json.dumps(OPEN))).id == "e2"


def test_lone_surrogates_are_refused(webhooks):
    with pytest.raises(roomcast.WebhookError) as caught:
        webhooks.read("\ud800", "{}")
    assert caught.value.kind == "wrong_secret"
    with pytest.raises(roomcast.WebhookError) as caught:
        webhooks.read(SECRET, json.dumps(OPEN).replace("e2", "\ud800"))
    assert (caught.value.kind, caught.value.status) == ("invalid_body", 400)


def test_other_types_raise_type_errors(webhooks):
    with pytest.raises(TypeError, match=r"body is of type dict; it takes the body as it came"):
        webhooks.read(SECRET, OPEN)
    with pytest.raises(TypeError, match="body is of type NoneType"):
        webhooks.read(SECRET, None)
    with pytest.raises(TypeError, match="given is of type list"):
        webhooks.read([SECRET], "{}")
    with pytest.raises(TypeError):
        webhooks.read(SECRET)
    with pytest.raises(TypeError):
        roomcast.Webhooks(SECRET)


def test_events_are_immutable(webhooks):
    event = webhooks.read(SECRET, json.dumps(JOIN))
    for change in (lambda: setattr(event, "user_id", "u2"), lambda: delattr(event, "id")):
        with pytest.raises(AttributeError):
            change()
    assert event.user_id == "u1"


def test_events_can_be_compared_copied_and_pickled(webhooks):
    event = webhooks.read(SECRET, json.dumps(JOIN))
    same = webhooks.read(SECRET, json.dumps(JOIN))
    for twin in (same, pickle.loads(pickle.dumps(event)), copy.copy(event), copy.deepcopy(event)):
        assert twin == event
        assert hash(twin) == hash(event)
    assert event != webhooks.read(SECRET, json.dumps({**JOIN, "is_replay": True}))
    assert event != webhooks.read(SECRET, json.dumps(LEAVE))
    assert roomcast.PeerJoined(**vars(event)) == event
    with pytest.raises(TypeError, match="user_id"):
        roomcast.PeerJoined(**{name: value for name, value in vars(event).items() if name != "user_id"})
    assert repr(event).startswith("PeerJoined(id='e1', type='peer.join.success', version='', ")


def test_errors_can_be_pickled_and_contain_no_secret(webhooks):
    with pytest.raises(roomcast.WebhookError) as caught:
        webhooks.read("another", "{}")
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.kind, error.status, str(error)) == ("wrong_secret", 401, str(caught.value))
    for shown in (repr(error), str(error), repr(webhooks)):
        assert SECRET not in shown
        assert "another'" not in shown
    assert not isinstance(error, roomcast.RoomcastError), "it says nothing about a send"


def test_the_cause_is_the_exception_that_python_raised():
    with pytest.raises(roomcast.ConfigurationError) as caught:
        roomcast.Webhooks(secret="\ud800")
    assert isinstance(caught.value.__cause__, UnicodeEncodeError)

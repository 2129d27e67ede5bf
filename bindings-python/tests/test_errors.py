"""Exceptions and send results: their classes, their fields, and pickling."""

import copy
import errno
import json
import os
import pickle
import typing

import celery
import pytest

import roomcast
from conftest import CREDENTIALS

STATUS_CLASSES = roomcast.APIStatusError.__subclasses__()
CLASSES = [
    cls for cls in roomcast.RoomcastError.__subclasses__() if cls is not roomcast.APIStatusError
] + STATUS_CLASSES


def test_each_kind_has_its_own_class():
    kinds = {cls.kind: cls for cls in CLASSES}
    assert len(kinds) == len(CLASSES) == 14
    assert all(getattr(roomcast, cls.__name__) is cls and cls.__name__ in roomcast.__all__ for cls in CLASSES)
    assert issubclass(roomcast.InvalidRequestError, ValueError)
    assert issubclass(roomcast.APIConnectionError, ConnectionError)
    assert issubclass(roomcast.APITimeoutError, TimeoutError)
    assert not issubclass(roomcast.SendCancelledError, OSError)
    assert set(typing.get_args(roomcast.ErrorKind)) == set(kinds)
    assert set(typing.get_args(roomcast.Outcome)) == {"not_sent", "rejected", "unknown"}
    assert set(typing.get_args(roomcast.WebhookErrorKind)) == {"wrong_secret", "too_large", "invalid_body"}


def test_errors_with_a_status_have_a_common_base():
    assert {cls.__name__ for cls in STATUS_CLASSES} == {
        "AuthenticationError",
        "PermissionDeniedError",
        "NotFoundError",
        "RateLimitError",
        "RejectedError",
        "ServerError",
    }


STATUSES = [
    (302, roomcast.RejectedError, "rejected"),
    (400, roomcast.RejectedError, "rejected"),
    (401, roomcast.AuthenticationError, "rejected"),
    (403, roomcast.PermissionDeniedError, "rejected"),
    (404, roomcast.NotFoundError, "rejected"),
    (429, roomcast.RateLimitError, "rejected"),
    (408, roomcast.ServerError, "unknown"),
    (503, roomcast.ServerError, "unknown"),
]


@pytest.mark.parametrize(("status", "cls", "outcome"), STATUSES)
def test_an_error_response_raises_the_exception_of_its_kind(server, status, cls, outcome):
    body = {"code": status, "message": "the server's text", "details": ["one", "two"]}
    server.response = (status, body, {"Retry-After": "3600"})
    client = roomcast.Client(base_url=server.base_url, max_attempts=1, **CREDENTIALS)
    with pytest.raises(cls) as caught:
        client.broadcast("r", "hi")
    error = caught.value
    assert type(error) is cls and isinstance(error, roomcast.APIStatusError)
    assert (error.outcome, error.status, error.code) == (outcome, status, status)
    assert (error.server_message, error.details) == ("the server's text", ("one", "two"))
    assert (error.retry_after, error.attempts) == (3600.0, 1)
    assert isinstance(error.retry_after, float)
    assert str(error).startswith(f"{error.kind}: the server answered {status}: the server's text (one; two)")
    assert repr(error).startswith(f"{cls.__name__}('{error.kind}: ") or '"' in repr(error)
    assert f"status={status}" in repr(error)


def test_a_client_that_pauses_sends_nothing(server):
    server.response = (429, {}, {"Retry-After": "3600"})
    client = roomcast.Client(base_url=server.base_url, **CREDENTIALS)
    outcomes = []
    for _ in range(2):
        with pytest.raises(roomcast.RateLimitError) as caught:
            client.broadcast("r", "hi")
        outcomes.append((caught.value.outcome, caught.value.status))
    assert outcomes == [("rejected", 429), ("not_sent", None)]
    assert 0 < caught.value.retry_after <= 60
    assert len(server.bodies) == 1


def test_an_error_without_a_response(client):
    with pytest.raises(ValueError) as caught:
        client.broadcast("", "hi")
    error = caught.value
    assert (error.kind, error.outcome, error.attempts) == ("invalid_request", "not_sent", 0)
    assert not isinstance(error, roomcast.APIStatusError)
    assert error.status is error.code is error.server_message is error.retry_after is error.request_id is None
    assert error.details == ()
    assert "status" not in repr(error)


def test_a_refused_connection():
    client = roomcast.Client(base_url="http://127.0.0.1:1/v2", max_attempts=2, **CREDENTIALS)
    with pytest.raises(ConnectionError) as caught:
        client.broadcast("r", "hi")
    error = caught.value
    assert (error.kind, error.outcome, error.attempts) == ("connection", "not_sent", 2)
    assert error.errno is None
    cause = error.__cause__
    assert type(cause) is ConnectionRefusedError
    assert (cause.errno, cause.strerror) == (errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))


def test_the_cause_is_the_exception_that_python_or_the_system_raised(client, tmp_path):
    def cause(call, *arguments, **options):
        with pytest.raises(roomcast.RoomcastError) as caught:
            call(*arguments, **options)
        return caught.value.__cause__

    class Odd:
        def __fspath__(self):
            raise KeyError("odd")

    missing = tmp_path / "missing"
    assert type(cause(roomcast.Client, ca_file=missing, **CREDENTIALS)) is FileNotFoundError
    assert type(cause(roomcast.Client, ca_file=Odd(), **CREDENTIALS)) is KeyError
    assert type(cause(client.broadcast, "r", "\ud800")) is UnicodeEncodeError
    assert cause(roomcast.Client, ca_file=5, **CREDENTIALS) is None
    assert cause(roomcast.Client, timeout=object(), **CREDENTIALS) is None
    assert cause(client.broadcast, "r", "") is None


def test_the_deadline(server):
    server.may_respond.clear()
    client = roomcast.Client(base_url=server.base_url, timeout=0.05, **CREDENTIALS)
    with pytest.raises(TimeoutError) as caught:
        client.broadcast("r", "hi")
    assert (caught.value.kind, caught.value.outcome) == ("timeout", "unknown")


@pytest.mark.parametrize("cls", [roomcast.RoomcastError, *CLASSES])
def test_errors_can_be_pickled_and_copied(cls):
    error = cls(
        f"{cls.kind}: what happened",
        outcome="rejected",
        status=404,
        code=5,
        server_message="no",
        details=("a", "b"),
        retry_after=1.5,
        request_id="req-1",
        attempts=2,
    )
    copies = [pickle.loads(pickle.dumps(error, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for other in [*copies, copy.copy(error), copy.deepcopy(error)]:
        assert type(other) is cls and other is not error
        assert vars(other) == vars(error) and other.args == error.args
        assert (str(other), repr(other), other.kind) == (str(error), repr(error), error.kind)


def test_errors_can_be_made_again_from_their_args_as_json():
    """Celery's result backend does so: an outcome that was lost would be unknown."""
    backend = celery.Celery(set_as_current=False).backend
    fields = {"outcome": "rejected", "status": 404, "code": 5, "server_message": "no", "details": ("a", "b")}
    for cls in [roomcast.RoomcastError, *CLASSES]:
        error = cls(f"{cls.kind}: what happened", **fields, retry_after=1.5, attempts=2)
        stored = json.loads(json.dumps(backend.prepare_exception(error, serializer="json")))
        for other in (backend.exception_to_python(stored), cls(*json.loads(json.dumps(error.args)))):
            assert type(other) is cls
            assert vars(other) == vars(error)
            assert (str(other), repr(other)) == (str(error), repr(error))
            assert str(other) == f"{cls.kind}: what happened"
    error = roomcast.WebhookError("what is wrong", kind="too_large", status=413)
    other = backend.exception_to_python(json.loads(json.dumps(backend.prepare_exception(error, "json"))))
    assert (str(other), vars(other)) == ("what is wrong", {"kind": "too_large", "status": 413})


def test_the_errors_of_a_send_can_be_made_again_from_their_args(server):
    server.response = (429, {"message": "slow down"}, {"Retry-After": "3600"})
    with pytest.raises(roomcast.RateLimitError) as caught:
        roomcast.Client(base_url=server.base_url, **CREDENTIALS).broadcast("r", "hi")
    other = roomcast.RateLimitError(*json.loads(json.dumps(caught.value.args)))
    assert vars(other) == vars(caught.value)
    assert (other.outcome, other.status, other.retry_after, other.attempts) == ("rejected", 429, 3600.0, 1)


@pytest.mark.parametrize("odd", [None, {}, [], "text", 5, {"unknown": 1, "outcome": "rejected"}])
def test_odd_fields_in_args_make_no_other_exception(odd):
    error = roomcast.NotFoundError("what happened", odd)
    assert (str(error), error.attempts) == ("what happened", 0)


def test_errors_can_be_created_with_only_a_text():
    error = roomcast.NotFoundError("for a test of yours")
    assert (error.kind, error.outcome, error.attempts) == ("not_found", "unknown", 0)


def test_a_send_result():
    send_result = roomcast.SendResult("message sent", 2)
    with_id = roomcast.SendResult("message sent", 2, "req-1")
    assert (send_result.message, send_result.attempts) == ("message sent", 2)
    assert repr(send_result) == "SendResult(message='message sent', attempts=2)"
    assert send_result == roomcast.SendResult(message="message sent", attempts=2)
    assert repr(with_id) == "SendResult(message='message sent', attempts=2, request_id='req-1')"
    assert with_id == roomcast.SendResult("message sent", 2, request_id="req-1") != send_result
    assert vars(with_id) == {"message": "message sent", "attempts": 2, "request_id": "req-1"}
    assert vars(send_result) == {**vars(with_id), "request_id": None}
    assert send_result != roomcast.SendResult("message sent", 1) and send_result != ("message sent", 2)
    assert len({send_result, roomcast.SendResult("message sent", 2)}) == 1
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(send_result, protocol)) == send_result
        assert pickle.loads(pickle.dumps(with_id, protocol)) == with_id
    assert copy.copy(send_result) == copy.deepcopy(send_result) == send_result
    for name in ("attempts", "request_id", "other", "__dict__"):
        with pytest.raises(AttributeError):
            setattr(send_result, name, {})

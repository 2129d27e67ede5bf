"""What is Python's own in Client. The rules of a send are tested in every language, by tests/cases."""

import enum
import os
import pathlib
import platform
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import trustme

import roomcast
from conftest import CREDENTIALS


def test_every_method_sends(client, server):
    assert client.send_message("r", "hi", peer_id="p", type="chat") == roomcast.SendResult("message sent", 1)
    assert client.send_to_peer("r", "p", "hi").attempts == 1
    assert client.send_to_role("r", "host", "hi", type="chat").message == "message sent"
    client.broadcast("r", "hi")
    assert server.bodies == [
        {"message": "hi", "peer_id": "p", "type": "chat"},
        {"message": "hi", "peer_id": "p"},
        {"message": "hi", "role": "host", "type": "chat"},
        {"message": "hi"},
    ]
    assert set(server.paths) == {"/v2/active-rooms/r/send-message"}


def test_arguments_may_be_keywords(client, server):
    client.send_message(message="hi", room_id="r")
    client.send_to_peer("r", message="hi", peer_id="p")
    client.send_to_role(role="host", message="hi", room_id="r")
    assert server.bodies == [
        {"message": "hi"},
        {"message": "hi", "peer_id": "p"},
        {"message": "hi", "role": "host"},
    ]


def test_the_user_agent_names_the_python_version(client, server):
    client.broadcast("r", "hi")
    assert server.agents == [f"roomcast/{roomcast.__version__} (python/{platform.python_version()})"]


def test_only_str_and_its_subclasses_are_text(client, server):
    class Role(str, enum.Enum):
        HOST = "host"

    class Name(str):
        def __str__(self):
            return "another"

    client.send_to_role("r", Role.HOST, Name("hi"))
    assert server.bodies == [{"message": "hi", "role": "host"}]

    class Plain(enum.Enum):
        HOST = "host"

    odd = [None, 5, 5.0, 10**400, True, b"host", ["host"], {"host": 1}, object(), Plain.HOST, "\ud800", int]
    for wrong, method, arguments in [
        (wrong, method, {"room_id": "r", "message": "hi", name: wrong})
        for wrong in odd
        for method, name in [
            ("send_to_role", "role"),
            ("send_to_peer", "peer_id"),
            ("send_message", "role"),
            ("send_message", "peer_id"),
            ("send_message", "type"),
            ("send_message", "message"),
            ("broadcast", "room_id"),
        ]
    ]:
        with pytest.raises(roomcast.InvalidRequestError) as caught:
            getattr(client, method)(**arguments)
        assert caught.value.outcome == "not_sent", wrong
    assert len(server.bodies) == 1


def test_a_wrong_type_is_reported_by_its_python_name(client):
    with pytest.raises(roomcast.InvalidRequestError, match="role is of type list, not text"):
        client.send_message("r", "hi", role=["host"])
    with pytest.raises(roomcast.InvalidRequestError, match="message is "):
        client.send_message("r", "\udcff")


def test_missing_unknown_and_repeated_arguments_are_errors_of_the_core(client, server):
    for wrong, text in [
        (lambda: client.send_message(), "room_id is null"),
        (lambda: client.send_message("r"), "message is null"),
        (lambda: client.send_to_peer("r", message="hi"), "peer_id is null"),
        (lambda: client.send_message("r", "hi", peerId="p"), "did you mean peer_id?"),
        (lambda: client.send_message("r", "hi", **{"self": 1}), "unknown option self"),
        (lambda: client.send_message("r", "hi", **{"\ud800": 1}), "unknown option"),
        (lambda: client.send_message("r", "hi", room_id="s"), "unknown option room_id"),
        (lambda: client.send_to_peer("r", "p", "hi", peer_id="q"), "unknown option peer_id"),
        (lambda: client.send_to_peer("r", "p", "hi", role="host"), "unknown option role"),
        (lambda: client.broadcast("r", "hi", peer_id="p"), "unknown option peer_id"),
    ]:
        with pytest.raises(roomcast.InvalidRequestError) as caught:
            wrong()
        assert text in str(caught.value)
    assert server.bodies == []


def test_too_many_positional_arguments(client, server):
    for method, given in [("send_message", 3), ("send_to_peer", 4), ("send_to_role", 4), ("broadcast", 3)]:
        with pytest.raises(
            TypeError, match=rf"{method}\(\) takes {given} positional arguments but {given + 1}"
        ):
            getattr(client, method)(*["x"] * given)
    with pytest.raises(TypeError):
        roomcast.Client("the-access-key")
    assert server.bodies == []


def test_invalid_options_are_errors_of_the_core():
    for options, text in [
        ({}, "no credentials"),
        ({"accessKey": "k"}, "did you mean access_key?"),
        ({"secret": None}, "secret is null"),
        ({"timeout": "5"}, "timeout is"),
        ({"timeout": -1, **CREDENTIALS}, "timeout is out of range"),
        ({"timeout": timedelta(seconds=-1), **CREDENTIALS}, "timeout is out of range"),
        ({"timeout": timedelta(hours=2), **CREDENTIALS}, "timeout is out of range"),
        ({"timeout": object()}, "timeout is"),
        ({"retry_unknown": 1}, "retry_unknown is"),
        ({"max_attempts": True}, "max_attempts is"),
        ({"max_attempts": 10**400, **CREDENTIALS}, "max_attempts is out of range"),
        ({"base_url": pathlib.Path("/v2")}, "base_url is"),
        ({"ca_file": pathlib.Path("/no/such/file"), **CREDENTIALS}, "ca_file /no/such/file cannot be read"),
        ({"ca_file": pathlib.Path(os.fsdecode(b"/\xff")), **CREDENTIALS}, "ca_file is"),
        ({"ca_file": b"/no/such/file", **CREDENTIALS}, "ca_file is"),
    ]:
        for make in (roomcast.Client, roomcast.AsyncClient):
            with pytest.raises(roomcast.ConfigurationError) as caught:
                make(**options)
            assert text in str(caught.value)
            assert caught.value.outcome == "not_sent"


def test_a_timeout_is_in_seconds_or_a_timedelta():
    for timeout in (0.25, timedelta(milliseconds=250)):
        assert "timeout=0.25 " in repr(roomcast.Client(timeout=timeout, **CREDENTIALS))


def test_the_environment_is_read_when_a_client_is_created(server, monkeypatch):
    monkeypatch.setenv("HMS_MANAGEMENT_TOKEN", "made.else.where")
    monkeypatch.setenv("HMS_BASE_URL", server.base_url)
    roomcast.Client().broadcast("r", "hi")
    assert server.bodies == [{"message": "hi"}]


def test_repr_shows_options_and_no_secret(tmp_path, monkeypatch):
    class Mine(roomcast.Client):
        pass

    authority = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    assert f"ca_file={str(authority)!r}" in repr(roomcast.Client(ca_file=authority, **CREDENTIALS))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    for cls, name in [
        (roomcast.Client, "roomcast.Client"),
        (roomcast.AsyncClient, "roomcast.AsyncClient"),
        (Mine, f"{__name__}.{Mine.__qualname__}"),
    ]:
        proxy = "http://user:pass-word@proxy.example:3128"
        shown = repr(cls(base_url="https://api.example/v2", proxy=proxy, max_attempts=7, **CREDENTIALS))
        assert shown == (
            f"<{name} base_url='https://api.example/v2' credentials='access_key + secret' timeout=10"
            " max_attempts=7 retry_unknown=False max_in_flight=64 roots='SSL_CERT_FILE (1)' proxy='proxy.example:3128'>"
        )
        for secret in ("the-top-secret", "the-access-key", "pass-word", "user"):
            assert secret not in shown


def test_a_closed_client_refuses_sends(client, server):
    with client as entered:
        assert entered is client
        client.broadcast("r", "hi")
    with pytest.raises(roomcast.ConfigurationError, match="closed"):
        client.broadcast("r", "hi")
    client.close()
    assert len(server.bodies) == 1


def test_other_threads_run_while_sends_wait(client, server):
    server.may_respond.clear()
    with ThreadPoolExecutor(16) as pool:
        sends = [pool.submit(client.broadcast, "r", f"message {n}") for n in range(16)]
        # All sixteen are in flight at the same time, and this thread counts them: none holds the GIL.
        server.wait_for(16)
        assert not any(send.done() for send in sends)
        server.may_respond.set()
        assert {send.result().message for send in sends} == {"message sent"}
    assert sorted(body["message"] for body in server.bodies) == sorted(f"message {n}" for n in range(16))


def test_a_client_can_be_created_used_and_dropped_in_any_thread(server):
    def use():
        roomcast.Client(base_url=server.base_url, **CREDENTIALS).broadcast("r", "hi")

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.bodies) == 4

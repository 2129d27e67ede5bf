"""The C test programs, each without a checker and under the memory checkers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import environment
from server import Authority, Server
from toolchain import HERE, SHARED, STATIC, Checker, compile, run

PROGRAMS = HERE / "c"
WITHOUT_SERVER = ["bad_input", "async_bad_input", "rooms", "send_options", "recipients", "many", "webhooks", "watching"]


@pytest.mark.parametrize("program", WITHOUT_SERVER)
def test_bad_input(program: str, memory_checker: Checker, tmp_path: Path) -> None:
    memory_checker.run(memory_checker.build(PROGRAMS / f"{program}.c", tmp_path / program))


@pytest.mark.parametrize("program", WITHOUT_SERVER)
def test_bad_input_linked_statically(program: str, tmp_path: Path) -> None:
    run(compile(PROGRAMS / f"{program}.c", tmp_path / program, *STATIC))


def test_async(memory_checker: Checker, tmp_path: Path, server: Server) -> None:
    program = memory_checker.build(PROGRAMS / "async.c", tmp_path / "async")
    memory_checker.run(program, env=environment(server))
    sent = sorted((answered.body for answered in server.answered if answered.room == "targets"), key=str)
    assert sent == sorted(
        [
            {"message": "one", "peer_id": "p1"},
            {"message": "two", "peer_id": "p2", "type": "chat"},
            {"message": "three", "role": "host"},
            {"message": "four", "type": "chat"},
            {"message": "[5]", "role": "host", "type": "deal"},
            {
                "message": '{"type":"EMOJI_REACTION","emojiId":"+1","senderId":"server"}',
                "type": "EMOJI_REACTION",
            },
        ],
        key=str,
    )


def test_several(memory_checker: Checker, tmp_path: Path, server: Server) -> None:
    program = memory_checker.build(PROGRAMS / "several.c", tmp_path / "several")
    memory_checker.run(program, env=environment(server))
    items = [int(answered.body["message"]) for answered in server.answered if answered.room == "r"]
    # All of the first test, and the first of the two others.
    assert sorted(items) == sorted([*range(120), 0, 0])
    sent = [answered.body for answered in server.answered if answered.room == "targets"]
    peers = ("p1", "p2", "p3")
    assert sorted(sent, key=str) == [{"message": "hi", "peer_id": peer, "type": "chat"} for peer in peers]


# The error of each room, as errors.c prints it.
ERRORS = {
    "400": "rejected rejected status=400 code=400 message=bad thing retry_after=-1 attempts=1 details=one;two;",
    "401": "unauthenticated rejected status=401 code=401 message=who are you retry_after=-1 attempts=1 details=",
    "403": "permission_denied rejected status=403 code=403 message=you may not retry_after=-1 attempts=1 details=",
    "404": "not_found rejected status=404 code=404 message=active session not found retry_after=-1 attempts=1 details=",
    "500": "server unknown status=500 code=-7 message=oh retry_after=-1 attempts=1 details=",
    "garbage": "protocol unknown status=0 code=none0 message=NULL retry_after=-1 attempts=1 details=",
    "hang-up": "connection unknown status=0 code=none0 message=NULL retry_after=-1 attempts=1 details=",
    "reset": "connection unknown status=0 code=none0 message=NULL retry_after=-1 attempts=1 details=",
    # The last one: after it a client pauses.
    "429": "rate_limited rejected status=429 code=429 message=slow down retry_after=600000 attempts=1 details=",
}


def test_every_error(memory_checker: Checker, tmp_path: Path, server: Server) -> None:
    program = memory_checker.build(PROGRAMS / "errors.c", tmp_path / "errors")
    printed = memory_checker.run(program, *ERRORS, env=environment(server)).splitlines()
    ways = ("blocking", "asynchronous")
    assert printed == [f"{way} {room} {error}" for room, error in ERRORS.items() for way in ways]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_fork(scheme: str, tmp_path: Path, server: Server, tls_server: Server, authority: Authority) -> None:
    """Parent and children each get the responses to what they sent, over connections of their own."""
    at = tls_server if scheme == "https" else server
    program = compile(PROGRAMS / "fork.c", tmp_path / "fork", *SHARED)
    printed = run(program, env=environment(at, authority if scheme == "https" else None)).splitlines()
    served = {answered.body["message"]: answered.answer for answered in at.answered}
    printed_answers = dict(line.split(" -> ") for line in printed)
    assert len(at.answered) == len(served), "a message was sent twice"
    assert {**printed_answers, "held": served["held"], "let-go": served["let-go"]} == served
    assert len(printed_answers) == 4 * 6 * 2 + 1 + 3 * (6 + 1)
    owners: dict[int, set[str]] = {}
    for answered in at.answered:
        child = re.match(r"child-\d", answered.body["message"])
        owners.setdefault(answered.connection, set()).add(child[0] if child else "parent")
    assert all(len(processes) == 1 for processes in owners.values()), owners


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_host_state(scheme: str, tmp_path: Path, server: Server, tls_server: Server, authority: Authority) -> None:
    """Neither errno nor the thread's state changes; a cancellation waits; the library's threads take no signals."""
    at = tls_server if scheme == "https" else server
    program = compile(PROGRAMS / "host_state.c", tmp_path / "host_state", *SHARED)
    run(program, env=environment(at, authority if scheme == "https" else None))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_signals(scheme: str, tmp_path: Path, server: Server, tls_server: Server, authority: Authority) -> None:
    at = tls_server if scheme == "https" else server
    program = compile(PROGRAMS / "signals.c", tmp_path / "signals", *SHARED)
    run(program, env=environment(at, authority if scheme == "https" else None))
    # The message was written in part only.
    at.close()
    assert at.unread and at.unread[0] < 6 * 1024 * 1024

"""The examples, against the sandbox with real peers in the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from sandbox_room import ALL, PLAYERS, SandboxRoom, each
from toolchain import EXAMPLES, HERE, SHARED, Checker, compile, run, sanitizer

from harness import tokens


def test_send_to_peer(room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / "send_to_peer.c", tmp_path / "send_to_peer")
    memory_checker.run(program, room.room_id, room.peer_ids["alice"], "your cards", env=room.env)
    assert room.received() == {"alice": ["your cards"]}


def test_send_to_peer_without_a_peer(room: SandboxRoom, tmp_path: Path) -> None:
    program = compile(EXAMPLES / "send_to_peer.c", tmp_path / "send_to_peer", *SHARED)
    said = run(program, room.room_id, "", "your cards", env=room.env, code=1)
    assert "invalid_request: peer_id is blank" in said
    assert room.received() == {}


def test_broadcast(room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / "broadcast.c", tmp_path / "broadcast")
    assert memory_checker.run(program, room.room_id, "hello", env=room.env) == "message sent, attempts: 1\n"
    assert room.received() == each(ALL, "hello")


def test_broadcast_explains_errors(room: SandboxRoom, tmp_path: Path) -> None:
    program = compile(EXAMPLES / "broadcast.c", tmp_path / "broadcast", *SHARED)
    said = run(program, "nobody-is-here", "hello", env=room.env, code=1)
    assert "not_found: " in said and "HTTP status 404" in said and "Nobody is in the room." in said
    said = run(program, room.room_id, "hello", env={**room.env, "HMS_SECRET": tokens.WRONG_SECRET}, code=1)
    assert "unauthenticated: " in said
    said = run(program, room.room_id, "hello", env={**room.env, "HMS_BASE_URL": "not a URL"}, code=1)
    assert "configuration: " in said


@pytest.mark.parametrize("example", ["eight_threads", "without_waiting"])
def test_many_sends(example: str, room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / f"{example}.c", tmp_path / example)
    count = 10 if example == "eight_threads" else 80
    assert memory_checker.run(program, room.room_id, str(count), env=room.env) == "80 of 80 messages were accepted\n"
    messages = room.received()
    assert set(messages) == ALL
    assert all(len(seen) == len(set(seen)) == 80 for seen in messages.values())


@pytest.mark.parametrize("example", ["eight_threads", "without_waiting"])
def test_under_thread_sanitizer(example: str, room: SandboxRoom, tmp_path: Path) -> None:
    """Checks the C side. The library and its locks are not instrumented: see c/tsan.h."""
    checker = sanitizer("thread", tmp_path, ignore_noninstrumented_modules="1", exitcode="99")
    header = HERE / "c" / "tsan.h"
    program = checker.build(EXAMPLES / f"{example}.c", tmp_path / example, "-include", str(header), *SHARED)
    count = "10" if example == "eight_threads" else "80"
    assert checker.run(program, room.room_id, count, env=room.env) == "80 of 80 messages were accepted\n"
    room.received()


def test_thread_sanitizer_detects_a_race(room: SandboxRoom, tmp_path: Path) -> None:
    checker = sanitizer("thread", tmp_path, ignore_noninstrumented_modules="1", exitcode="99")
    text = (EXAMPLES / "eight_threads.c").read_text()
    racing = tmp_path / "racing.c"
    racing.write_text(text.replace("mine->accepted++;", "(mine - mine->number)->accepted++;"))
    assert racing.read_text() != text
    program = checker.build(racing, tmp_path / "racing")
    assert "data race" in checker.run(program, room.room_id, "10", env=room.env, code=99)
    room.received()


def test_many_rooms(room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / "many_rooms.c", tmp_path / "many_rooms")
    lines = [*(f"{room.room_id} line {number}\n" for number in range(20)), "nobody-is-here hi\n", "no.room hi again\n"]
    said = memory_checker.run(program, "1000", env=room.env, code=1, text="".join(lines)).splitlines()
    # What was not sent is printed again; what was refused is not.
    expected = ["20 messages were accepted", "invalid_request", "no.room hi again", "not_found"]
    assert sorted(line.split(":")[0] for line in said) == expected
    messages = room.received()
    assert set(messages) == ALL
    assert all(sorted(seen) == sorted(f"line {number}" for number in range(20)) for seen in messages.values())


def test_raii(room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / "raii.cpp", tmp_path / "raii")
    assert memory_checker.run(program, room.room_id, "player", "bets", env=room.env) == "message sent, attempts: 1\n"
    assert room.received() == each(PLAYERS, "bets")


def test_raii_throws(room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    program = memory_checker.build(EXAMPLES / "raii.cpp", tmp_path / "raii")
    assert "not_found: " in memory_checker.run(program, "nobody-is-here", "player", "bets", env=room.env, code=1)
    assert "role is blank" in memory_checker.run(program, room.room_id, "", "bets", env=room.env, code=1)
    assert room.received() == {}

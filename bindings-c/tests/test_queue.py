"""The completion queue, draining, and watching a client."""

from __future__ import annotations

import concurrent.futures
from collections import Counter
from pathlib import Path

import pytest
from conftest import environment
from sandbox_room import SandboxRoom
from server import Server
from toolchain import HERE, SHARED, Checker, compile, run

PROGRAMS = HERE / "c"


def test_completions(memory_checker: Checker, tmp_path: Path, server: Server) -> None:
    program = memory_checker.build(PROGRAMS / "completions.c", tmp_path / "completions")
    # A checker would report what a forked child, which ends without its parent's threads, cannot free.
    without_fork = () if memory_checker.name == "plain" else ("without-fork",)
    memory_checker.run(program, *without_fork, env=environment(server))
    sent = [answered.body for answered in server.answered if answered.room == "several"]
    assert sorted(sent, key=str) == [{"message": "hi", "peer_id": peer} for peer in ("p1", "p2")] + [
        {"message": "hi", "role": "host"}
    ]
    bodies = Counter(str(answered.body) for answered in server.answered if answered.room == "r")
    assert sum(bodies.values()) >= 200


def test_full_queue(tmp_path: Path) -> None:
    run(compile(PROGRAMS / "full_queue.c", tmp_path / "full_queue", *SHARED))


def test_queries(memory_checker: Checker, tmp_path: Path, room: SandboxRoom) -> None:
    program = memory_checker.build(PROGRAMS / "queries_async.c", tmp_path / "queries_async")
    memory_checker.run(program, room.room_id, env=room.env)
    assert room.received() == {"alice": ["hi"]}


def test_drain(memory_checker: Checker, tmp_path: Path, server: Server) -> None:
    program = memory_checker.build(PROGRAMS / "drain.c", tmp_path / "drain")
    memory_checker.run(program, env=environment(server))
    assert "never" not in {answered.body["message"] for answered in server.answered}


def leave_early(program: Path, server: Server, name: str, timeout_ms: int, room: str) -> list[int]:
    """Whether all sends ended by themselves; how many were accepted, were not sent, and are unknown."""
    printed = run(program, name, str(timeout_ms), room, env=environment(server))
    return [int(count) for count in printed.split()]


@pytest.mark.parametrize("room", ["reset", "hang-up", "garbage", "closing", "500", "hang"])
def test_drain_with_faults(room: str, tmp_path: Path, server: Server) -> None:
    """Each of 64 sends has its result, and none of those that are said not to be sent has arrived."""
    program = compile(PROGRAMS / "leaves_early.c", tmp_path / "leaves_early", *SHARED)
    for number in range(5):
        all_ended, *outcomes = leave_early(program, server, str(number), 300 if room == "hang" else 100_000, room)
        assert all_ended == (room != "hang") and sum(outcomes) == 64
        accepted, _, unknown = outcomes
        arrived = sum(answered.body["message"].startswith(f"{number}-") for answered in server.answered)
        assert accepted <= arrived <= accepted + unknown
        assert (accepted > 0) == (room == "closing")


def test_programs_that_leave_main_early(tmp_path: Path, server: Server) -> None:
    """60 programs of 64 sends: with time to drain, all of them arrive; without, each is accounted for."""
    program = compile(PROGRAMS / "leaves_early.c", tmp_path / "leaves_early", *SHARED)

    def leave(number: int, timeout_ms: int) -> list[int]:
        return leave_early(program, server, f"{timeout_ms}-{number}", timeout_ms, "r")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        drained = list(pool.map(lambda number: leave(number, 100_000), range(60)))
        assert drained == [[1, 64, 0, 0]] * 60
        messages = Counter(answered.body["message"] for answered in server.answered)
        assert len(messages) == 3840 and set(messages.values()) == {1}
        hurried = list(pool.map(lambda number: leave(number, 0), range(60)))
    assert all(accepted + not_sent + unknown == 64 for _, accepted, not_sent, unknown in hurried)
    assert any(not_sent for _, _, not_sent, _ in hurried)
    # Nothing that is said to be accepted is missing, and nothing that is said not to be sent has arrived.
    for number, (_, accepted, not_sent, _) in enumerate(hurried):
        arrived = sum(answered.body["message"].startswith(f"0-{number}-") for answered in server.answered)
        assert accepted <= arrived <= 64 - not_sent

"""The shared matrix's driver for C, under the memory checkers: it has no error of its own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sandbox_room import SandboxRoom
from server import Server
from test_programs import ERRORS
from toolchain import ROOT, Checker

from conformance.cases import fill, load
from harness import tokens
from harness.drivers import DRIVERS, Run


def drive(checker: Checker, to: Path, client: dict, calls: list[dict]) -> Run:
    program = checker.build(ROOT / "tests/drivers/c/driver.c", to / "driver")
    driver = dataclasses.replace(DRIVERS["c"], command=lambda _: [*checker.command, str(program)])
    run = driver.run(client, calls, dict(checker.env))
    # What is not of the log is a checker's.
    assert run.exit_code == 0 and all(line.startswith("log: ") for line in run.err.splitlines()), run.err
    return run


def client(base_url: str) -> dict:
    return {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": base_url, "max_attempts": 1}


def result_of(line: dict) -> str:
    return line["error"]["kind"] if "error" in line else min(line)


def test_calls_of_the_matrix(memory_checker: Checker, room: SandboxRoom, tmp_path: Path) -> None:
    """Every call of the matrix that a client with default options makes to the sandbox, in one process."""
    places = {"$room": room.room_id, "$text": "a text", **{f"${name}": id for name, id in room.peer_ids.items()}}
    chosen = [case for case in load() if case.server == "sandbox" and not case.client and not case.env]
    chosen = [case for case in chosen if "c" not in case.not_in]
    chosen = [case for case in chosen if {"close"}.isdisjoint(call["method"] for call in case.calls)]
    assert len(chosen) > 50
    calls = [fill(call, places) for case in chosen for call in case.calls]
    run = drive(memory_checker, tmp_path, client(room.base_url), calls)
    expected = [result_of(expect) for case in chosen for expect in case.expect]
    assert [result_of(line) for line in run.lines()[1:]] == expected
    room.received()


def test_errors(memory_checker: Checker, server: Server, tmp_path: Path) -> None:
    calls = [{"method": "broadcast", "room_id": name, "message": "hi", "options": {}} for name in ERRORS]
    run = drive(memory_checker, tmp_path, client(server.base_url), [*calls, {"method": "close"}, calls[0]])
    expected = [line.split(" ")[0] for line in ERRORS.values()]
    assert [result_of(line) for line in run.lines()[1:]] == [*expected, "closed", "configuration"]


@pytest.mark.parametrize("wrong", [{"base_url": "http://example.org"}, {"secret": None}, {"tiemout": 1}])
def test_no_client(wrong: dict, memory_checker: Checker, tmp_path: Path) -> None:
    run = drive(memory_checker, tmp_path, {**client("http://127.0.0.1:1/v2"), **wrong}, [])
    assert [result_of(line) for line in run.lines()] == ["configuration"]

"""The completion queue in event loops, and from languages that no foreign thread may call: 200 sends, 200 results."""

from __future__ import annotations

import shlex
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from conftest import environment
from sandbox_room import ALL, SandboxRoom
from server import Server
from toolchain import EXAMPLES, HEADER, LIB, SHARED, Checker, compile, missing, need, run

# The pkg-config packages of the loops, which Debian has as libuv1-dev, libevent-dev and libglib2.0-dev.
LOOPS = {"poll": [], "libuv": ["libuv"], "libevent": ["libevent_core"], "glib": ["glib-2.0"]}
LIBRARY = (LIB / "libroomcast.so").resolve()
PLAIN_HEADER = HEADER.with_name("roomcast-ffi.h")
COUNT = 200


def flags_of(packages: list[str]) -> list[str]:
    """The headers of others as the system's: their warnings are not ours."""
    if not packages:
        return []
    pkg_config = need("pkg-config")
    for package in packages:
        if subprocess.run([pkg_config, "--exists", package]).returncode != 0:
            missing(f"the headers of {package} are not installed")
    flags = shlex.split(run(pkg_config, "--cflags", "--libs", *packages))
    return [flag.replace("-I", "-isystem", 1) if flag.startswith("-I") else flag for flag in flags]


def php() -> list[str | Path]:
    interpreter = need("php")
    if "FFI" not in run(interpreter, "-m").split():
        missing("php has no FFI")
    return [interpreter, "-d", "ffi.enable=1", EXAMPLES / "ffi/send.php", PLAIN_HEADER, LIBRARY]


def luajit() -> list[str | Path]:
    return [need("luajit"), EXAMPLES / "ffi/send.lua", PLAIN_HEADER, LIBRARY]


def ruby() -> list[str | Path]:
    interpreter = need("ruby")
    if subprocess.run([interpreter, "-e", "require 'fiddle'"], stderr=subprocess.DEVNULL).returncode != 0:
        missing("ruby has no fiddle")
    return [interpreter, EXAMPLES / "ffi/send.rb", LIBRARY]


LANGUAGES = [php, luajit, ruby]


def received_all(room: SandboxRoom) -> None:
    messages = room.received()
    assert set(messages) == ALL
    assert all(len(set(seen)) == len(seen) == COUNT for seen in messages.values())


@pytest.mark.parametrize("loop", LOOPS)
def test_event_loop(loop: str, room: SandboxRoom, tmp_path: Path) -> None:
    program = compile(EXAMPLES / f"event-loops/{loop}.c", tmp_path / loop, *flags_of(LOOPS[loop]), *SHARED)
    said = run(program, room.room_id, str(COUNT), env=room.env)
    assert said == f"{COUNT} of {COUNT} messages were accepted\n"
    received_all(room)


@pytest.mark.parametrize("loop", LOOPS)
def test_event_loop_with_failures(loop: str, room: SandboxRoom, memory_checker: Checker, tmp_path: Path) -> None:
    """Also under the memory checkers, of which GLib's own memory would be found."""
    if loop == "glib" and memory_checker.name != "plain":
        memory_checker = Checker("plain")
    source = EXAMPLES / f"event-loops/{loop}.c"
    program = memory_checker.build(source, tmp_path / loop, *flags_of(LOOPS[loop]), *SHARED)
    said = memory_checker.run(program, "nobody-is-here", "3", env=room.env, code=1).splitlines()
    assert said.pop() == "0 of 3 messages were accepted"
    assert sorted(line.split(":")[0] for line in said) == [f"message {number}" for number in range(3)]
    assert all("not_found: " in line and "no peer is in this room" in line for line in said), said
    said = memory_checker.run(program, "no.room", "1", env=room.env, code=1)
    assert said.startswith("message 0 was not started: invalid_request: ")


def test_poll_drains_at_a_signal(tmp_path: Path, server: Server) -> None:
    program = compile(EXAMPLES / "event-loops/poll.c", tmp_path / "poll", *SHARED)
    env = {**environment(server), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen([program, "held", "100"], env=env, stdout=subprocess.PIPE, text=True) as running:
        while not server.waiting:
            assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        server.events["let-go"].set()
        said, _ = running.communicate(timeout=60)
    assert said == "100 of 100 messages were accepted\n" and running.returncode == 0
    assert len(server.answered) == 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_ffi(language, room: SandboxRoom) -> None:
    said = run(*language(), room.room_id, str(COUNT), env=room.env)
    assert said == f"{COUNT} of {COUNT} messages were accepted\n"
    received_all(room)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ffi_with_failures(language, server: Server) -> None:
    said = run(*language(), "404", "3", env=environment(server), code=1).splitlines()
    assert said.pop() == "0 of 3 messages were accepted"
    assert Counter(line.split(": ")[1] for line in said) == {"not_found": 3}
    assert "room_id" in run(*language(), "no.room", "1", env=environment(server), code=255 if language is php else 1)

"""How npm's packages start their programs on a terminal: a signal comes once, and the program decides what it means."""

from __future__ import annotations

import os
import platform
import pty
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from release.build.targets import ROOT

LAUNCHER = ROOT / "release" / "launcher" / "npm"
# Counts the signals of a second, like a program that waits for what is in flight, and ends at the second Ctrl-C.
SCRIPT = """#!/bin/sh
signals=0
trap 'signals=$((signals + 1))' INT TERM
echo ready
end=$(($(date +%s) + 2))
while [ "$(date +%s)" -lt "$end" ]; do sleep 0.2; done
echo "signals: $signals"
exit 3
"""
CPU = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    (folder / "program").write_text(SCRIPT)
    command = ["node", LAUNCHER / "release.mjs", "cli", folder, f"linux-{CPU}={folder / 'program'}"]
    subprocess.run(command, check=True, timeout=120)
    (folder / "node_modules" / "@roomcast").mkdir(parents=True)
    shutil.move(folder / "roomcast-cli", folder / "node_modules")
    shutil.move(folder / f"linux-{CPU}", folder / "node_modules" / "@roomcast" / f"cli-linux-{CPU}")
    (folder / "older.cjs").write_text("delete process.execve\n")
    return folder


@pytest.mark.parametrize("older", [False, True], ids=["this Node", "Node without execve"])
@pytest.mark.parametrize("to_all", [False, True], ids=["SIGTERM to the launcher", "Ctrl-C on a terminal"])
def test_a_signal_comes_once(package: Path, older: bool, to_all: bool) -> None:
    environment = {**os.environ, **({"NODE_OPTIONS": f"--require={package / 'older.cjs'}"} if older else {})}
    command = ["node", str(package / "node_modules" / "roomcast-cli" / "run.js")]
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe(command[0], command, environment)
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        shown = b""
        while b"ready" not in shown:
            shown += screen.read(100)
        if to_all:
            os.write(terminal, b"\x03")
        else:
            os.kill(child, signal.SIGTERM)
        while part := read(screen):
            shown += part
    _, status = os.waitpid(child, 0)
    assert b"signals: 1" in shown, shown
    assert os.waitstatus_to_exitcode(status) == 3


def read(screen) -> bytes:
    """b"" when the other end is closed, which Linux has as an error."""
    try:
        return screen.read(100)
    except OSError:
        return b""

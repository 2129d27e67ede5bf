"""What the tests of packages share: the sandbox, and one target directory for all builds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_room import SandboxRoom
from toolchain import ROOT

from harness.peers import Room
from harness.sandbox import Sandbox

# Crates are compiled once for all packages.
TARGET = ROOT / "target" / "c-packages"
# Quick to build; what is tested does not depend on it.
QUICK = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
}


@pytest.fixture(scope="session")
def room() -> Iterator[SandboxRoom]:
    with Sandbox() as sandbox, Room(sandbox) as room:
        yield SandboxRoom(sandbox, room)


def build(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT, code: int = 0) -> str:
    """Runs what builds a package, however long that takes, and returns what it printed."""
    environment = {**os.environ, **QUICK, "CARGO_TARGET_DIR": str(TARGET), **(env or {})}
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == code, f"{words}\nended with {done.returncode}:\n{done.stdout[-20000:]}"
    return done.stdout


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"NOT TESTED: {report.nodeid}: {report.longrepr[2]}", yellow=True, bold=True)

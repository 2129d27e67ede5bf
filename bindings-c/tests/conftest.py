"""Fixtures of the C library's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_room import SandboxRoom
from server import Authority, Server
from toolchain import Checker, sanitizer, valgrind

from harness.peers import Room
from harness.sandbox import Sandbox


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("c")


@pytest.fixture(params=["plain", "valgrind", "address-sanitizer"])
def memory_checker(request: pytest.FixtureRequest, folder: Path) -> Checker:
    """Every program runs without a checker, and under each memory checker."""
    if request.param == "valgrind":
        return valgrind()
    if request.param == "address-sanitizer":
        return sanitizer("address", folder, detect_leaks="1", abort_on_error="0", exitcode="99")
    return Checker("plain")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def tls_server(authority: Authority) -> Iterator[Server]:
    server = Server(authority.context)
    yield server
    server.close()


@pytest.fixture(scope="session")
def room() -> Iterator[SandboxRoom]:
    with Sandbox() as sandbox, Room(sandbox) as room:
        yield SandboxRoom(sandbox, room)


def environment(server: Server, authority: Authority | None = None) -> dict[str, str]:
    """The environment variables with which a program finds the server."""
    variables = {"HMS_BASE_URL": server.base_url, "HMS_ACCESS_KEY": "key", "HMS_SECRET": "the-secret-itself"}
    return {**variables, "CA_FILE": str(authority.ca_file)} if authority else variables


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {name: len(terminalreporter.stats.get(name, [])) for name in ("passed", "failed", "error", "skipped")}
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"NOT TESTED: {report.nodeid}: {report.longrepr[2]}", yellow=True, bold=True)
    failed = counts["failed"] + counts["error"]
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    terminalreporter.ensure_newline()
    terminalreporter.write_line(f"{counts['passed']} passed, {failed} failed{skipped}")

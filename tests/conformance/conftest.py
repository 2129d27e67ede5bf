"""Servers for the session, and the check that every case was run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness import platforms
from harness.drivers import DRIVERS

from .cases import load
from .servers import Servers

POSSIBLE = {
    f"{case.id}-{language}": case.cannot_run(driver)
    for case in load()
    for language, driver in DRIVERS.items()
    if language not in case.not_in
}
EXPECTED = {name for name, cannot_run in POSSIBLE.items() if not cannot_run}


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp("tls"))
    yield servers
    servers.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole-matrix", action="store_true", help="fail if a case was not run in a language")


class Completeness:
    """Counts the cases that were run, and fails the run if one was not."""

    def __init__(self) -> None:
        self.ran: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and not report.skipped and "test_case[" in report.nodeid:
            self.ran.add(report.nodeid.split("test_case[", 1)[1][:-1])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        missing = EXPECTED - self.ran
        terminalreporter.write_line(
            f"matrix: {len(self.ran)} of {len(EXPECTED)} case runs, {len(DRIVERS)} drivers: {', '.join(DRIVERS)}"
        )
        for name, why in POSSIBLE.items():
            if why:
                terminalreporter.write_line(f"matrix: not on this platform: {name}: {why}")
        for language, why in (platforms.TESTED.without if platforms.TESTED else {}).items():
            terminalreporter.write_line(f"matrix: not on this platform: {language}: {why}")
        for name in sorted(missing)[:20]:
            terminalreporter.write_line(f"matrix: NOT RUN: {name}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if EXPECTED - self.ran or not EXPECTED:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_configure(config: pytest.Config) -> None:
    # With xdist, the tests run in workers; only the controller gets all reports.
    if config.getoption("--whole-matrix") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Completeness(), "roomcast-completeness")

"""The matrix is complete: cases, drivers, error kinds."""

from __future__ import annotations

import os
import subprocess

from harness import platforms
from harness.drivers import DRIVERS

from .cases import load

# A blocking call is not queued, so no case covers this kind in every language. The languages that have it have tests of
# their own: core/tests, bindings-python/tests, bindings-node/test, bindings-c/tests.
NOT_FOR_ALL = {"queue_full"}


def test_there_are_enough_cases() -> None:
    cases = load()
    assert len(cases) >= 60
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.why for case in cases)


def test_every_language_has_its_driver() -> None:
    without = platforms.TESTED.without if platforms.TESTED else {}
    assert all(without.values())
    assert set(DRIVERS) | set(without) == {"rust", "python", "python-async", "node", "c"}


def kinds(of: str) -> set[str]:
    rust = DRIVERS["rust"]
    environment = {**os.environ, **rust.environment(False)}
    run = subprocess.run([*rust.command(False), of], capture_output=True, text=True, check=True, env=environment)
    return set(run.stdout.split())


def test_every_error_kind_has_a_case() -> None:
    all_kinds = kinds("--kinds")
    assert len(all_kinds) > 10
    expected = [wanted for case in load() for wanted in case.expect]
    several = [one for wanted in expected for key in ("recipients", "results") for one in wanted.get(key, [])]
    seen = {wanted[key]["kind"] for wanted in expected + several for key in ("error", "client_error") if key in wanted}
    assert all_kinds - NOT_FOR_ALL == seen


def test_every_kind_of_refused_webhook_has_a_case() -> None:
    wanted = [wanted["webhook_error"] for case in load() for wanted in case.expect if "webhook_error" in wanted]
    assert {one["kind"] for one in wanted} == kinds("--webhook-kinds")

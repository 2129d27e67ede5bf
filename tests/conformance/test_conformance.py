"""Every case in every language."""

from __future__ import annotations

from typing import Any

import pytest

from harness.drivers import DRIVERS, Driver

from .cases import Case, load
from .running import run_case
from .servers import Servers


def pair(case: Case, driver: Driver) -> Any:
    """A test; if the platform cannot run it, it is reported as skipped, with the reason."""
    why = case.cannot_run(driver)
    marks = [pytest.mark.skip(reason=why)] if why else []
    return pytest.param(case, driver, id=f"{case.id}-{driver.language}", marks=marks)


PAIRS = [pair(case, driver) for case in load() for driver in DRIVERS.values() if driver.language not in case.not_in]


@pytest.mark.parametrize(("case", "driver"), PAIRS)
def test_case(case: Case, driver: Driver, servers: Servers) -> None:
    run_case(case, driver, servers)

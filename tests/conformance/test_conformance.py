"""Every case in every language."""

from __future__ import annotations

import pytest

from harness.drivers import DRIVERS, Driver

from .cases import Case, load
from .running import run_case
from .servers import Servers

PAIRS = [(case, driver) for case in load() for driver in DRIVERS.values() if driver.language not in case.not_in]


@pytest.mark.parametrize(("case", "driver"), PAIRS, ids=[f"{case.id}-{driver.language}" for case, driver in PAIRS])
def test_case(case: Case, driver: Driver, servers: Servers) -> None:
    run_case(case, driver, servers)

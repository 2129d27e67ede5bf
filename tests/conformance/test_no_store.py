"""On a machine without a store, as in a slim container: the directories of stores are empty, in a mount namespace.

The cases of tls.json with `SSL_CERT_FILE=/nonexistent` show the rule on every system; these show it where no variable
is set, and the search for a store finds none.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from harness.drivers import DRIVERS, Driver

from .cases import Case, load
from .running import run_case
from .servers import Servers

# All that rustls-native-certs looks for on Linux is in these.
STORES = [path for path in ("/etc/ssl", "/etc/pki", "/etc/security", "/opt/etc/ssl") if Path(path).is_dir()]
# As root, or as a user who may have a namespace.
WAYS = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
EMPTIED = 'set -e; for store in $STORES; do mount -t tmpfs none "$store"; done; exec "$@"'


@pytest.fixture(scope="session")
def without_store() -> list[str]:
    """The beginning of a command that runs where no store is."""
    failed = [] if sys.platform == "linux" else ["only Linux has mount namespaces"]
    for way in () if failed else WAYS:
        command = [*way, "env", f"STORES={' '.join(STORES)}", "sh", "-c", EMPTIED, "sh"]
        try:
            subprocess.run([*command, "true"], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            failed.append("unshare (of util-linux) is missing")
            break
        except subprocess.CalledProcessError as error:
            failed.append(error.stderr.strip())
        else:
            return command
    why = f"NOT TESTED: a machine without a store: no mount namespace here ({'; '.join(failed)})"
    if os.environ.get("CI"):
        pytest.fail(why)
    print(why, file=sys.__stderr__)
    pytest.skip(why)


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=list(DRIVERS))
@pytest.mark.parametrize("name", ["no-system-store", "no-system-store-ca-file", "no-system-store-other-ca-file"])
def test_machine_without_a_store(name: str, driver: Driver, servers: Servers, without_store: list[str]) -> None:
    if "windows" in driver.traits:
        pytest.skip("Windows has its store in the registry")
    case = next(case for case in load() if case.id == f"tls/{name}")
    run_case(in_namespace(case), dataclasses.replace(driver, command=prefixed(driver, without_store)), servers)


def in_namespace(case: Case) -> Case:
    """The case without the variable, which its texts name."""
    assert case.env == {"SSL_CERT_FILE": "/nonexistent"}
    expect = json.loads(json.dumps(case.expect).replace("SSL_CERT_FILE (0)", "system (0)"))
    return dataclasses.replace(case, env={}, expect=expect)


def prefixed(driver: Driver, command: list[str]) -> Callable[[bool], list[str]]:
    return lambda faultpoints: [*command, *driver.command(faultpoints)]

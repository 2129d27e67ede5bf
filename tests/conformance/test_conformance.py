"""Every case in every language."""

from __future__ import annotations

import uuid

import pytest

from harness import paths, tokens
from harness.drivers import DRIVERS, Driver

from . import checks
from .cases import Case, fill, load
from .servers import Servers

PAIRS = [(case, driver) for case in load() for driver in DRIVERS.values() if driver.language not in case.not_in]


@pytest.mark.parametrize(("case", "driver"), PAIRS, ids=[f"{case.id}-{driver.language}" for case, driver in PAIRS])
def test_case(case: Case, driver: Driver, servers: Servers) -> None:
    for last in (False, False, True):
        timely = run_case(case, driver, servers)
        # A machine that was busy elsewhere may be late; one that is late three times is not.
        if timely or last:
            assert timely, "a call came back later than its deadline and half a second"
            return


def run_case(case: Case, driver: Driver, servers: Servers) -> bool:
    """Runs a case, and says whether every call was back in time; whatever else is wrong fails at once."""
    # A text that occurs nowhere else, to see that it shows nowhere else.
    text = f"text-{uuid.uuid4()}"
    named = {f"$token:{name}": make() for name, make in tokens.NAMED.items()}
    places = {
        "$text": text,
        "$ca_file": servers.certificates.ca_file,
        "$not_pem": servers.not_pem,
        "$shim": paths.BUILD / "shim.so",
        "$access_key": tokens.ACCESS_KEY,
        "$secret": tokens.SECRET,
        "$wrong_secret": tokens.WRONG_SECRET,
        **named,
    }
    with servers.open(fill(case.server, places)) as server:
        places = {**places, "$base_url": server.client["base_url"], **server.places}
        options = {**server.client, **case.client}
        # A case takes a default away by setting it to "$absent"; null would be a null that was given.
        client = {name: fill(value, places) for name, value in options.items() if value != "$absent"}
        calls = fill(case.calls, places)
        run = driver.run(client, calls, fill(case.env, places))

        checks.answers(driver, run, len(calls), fill(case.expect, places))
        # A debug build that panics reads its own debug information.
        if "ROOMCAST_PANIC_AT" not in case.env:
            checks.memory(run, servers.baseline(driver))
        requests = server.requests()
        sent = [request.headers["authorization"].split(" ", 1)[1] for request in requests or []]
        checks.no_secret(run, [text, tokens.SECRET, tokens.WRONG_SECRET, *named.values(), *sent])
        if requests is not None:
            expected = fill(case.wire, places) if case.wire is not None else None
            checks.wire(driver, requests, calls, expected, checks.attempts(run.lines()))
        checks.received(server.received(), fill(case.received, places))
        if (taken := server.taken()) is not None:
            checks.truth(calls, run, taken)
        assert server.strayed() == 0, "a redirect was followed"
        return checks.timely(run, calls, client)

"""Runs one case with one driver, and checks everything observable."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from typing import Any

from harness import paths, platforms, tokens
from harness.drivers import Driver, Run
from harness.relay import Request

from . import checks
from .cases import Case, fill
from .servers import Server, Servers

# A driver's environment variable: it has spans made, and prints them; see test_observed.py.
OPEN_TELEMETRY = "ROOMCAST_OPEN_TELEMETRY"


@dataclass(frozen=True)
class Seen:
    """What was observed of a case in one language."""

    calls: list[dict[str, Any]]
    run: Run
    # The messages that the server read whole and did not refuse; None if it does not record them.
    accepted: list[str] | None
    # The requests that the server read whole; None if it does not record them.
    requests: list[Request] | None


def run_case(case: Case, driver: Driver, servers: Servers) -> Seen:
    """Runs a case, and fails if a check of the case or a general check fails."""
    for last in (False, False, True):
        seen, timely = run_once(case, driver, servers)
        # A busy machine may delay a call past its deadline, but not three times in a row.
        if timely or last:
            assert timely, "a call returned more than half a second after its deadline"
            return seen
    raise AssertionError("not reached")


def run_once(case: Case, driver: Driver, servers: Servers) -> tuple[Seen, bool]:
    """Runs a case, and returns whether every call was back in time. Any other failure raises immediately."""
    # A unique text, so that no_secret can search the output for it.
    text = f"text-{uuid.uuid4()}"
    named = {f"$token:{name}": make() for name, make in tokens.NAMED.items()}
    places = {
        "$text": text,
        "$ca_file": servers.certificates.ca_file,
        "$other_ca_file": servers.certificates.other_ca_file,
        "$ca_dir": servers.certificates.ca_dir,
        "$own_roots": driver.own_roots,
        "$not_pem": servers.not_pem,
        "$shim": platforms.TESTED.shim if platforms.TESTED else paths.BUILD / "shim.so",
        "$access_key": tokens.ACCESS_KEY,
        "$secret": tokens.SECRET,
        "$wrong_secret": tokens.WRONG_SECRET,
        **named,
    }
    with servers.open(fill(case.server, places), case.join) as server:
        places = {**places, "$base_url": server.client["base_url"], **server.places}
        options = {**server.client, **case.client}
        # "$absent" removes a default option; null would count as given.
        client = {name: fill(value, places) for name, value in options.items() if value != "$absent"}
        calls = fill(case.calls, places)
        run = driver.run(client, calls, fill(case.env, places), server.client_is_ready)
        seen = Seen(calls, run, server.accepted(), server.requests())
        check(case, driver, servers, server, places, seen, [text, *named.values()])
        return seen, checks.timely(seen.run, client, calls)


def check(
    case: Case,
    driver: Driver,
    servers: Servers,
    server: Server,
    places: dict[str, Any],
    seen: Seen,
    secrets: list[str],
) -> None:
    run, calls = seen.run, seen.calls
    checks.results(driver, run, len(calls), fill(case.expect, places))
    # With OPEN_TELEMETRY, requests have a header more.
    is_traced = OPEN_TELEMETRY in case.env
    # Not measured: a debug build that panics loads its debug information, and webhook bodies can be large, as is
    # OpenTelemetry.
    reads_webhook = any(call["method"] == "read_webhook" for call in calls)
    if "ROOMCAST_PANIC_AT" not in case.env and not reads_webhook and not is_traced:
        checks.memory(driver, run, servers.baseline(driver))
    requests = seen.requests
    sent = [request.headers["authorization"].split(" ", 1)[1] for request in requests or []]
    checks.no_secret(run, [tokens.SECRET, tokens.WRONG_SECRET, *secrets, *sent])
    if requests is not None:
        expected = fill(case.wire, places) if case.wire is not None else None
        checks.wire(driver, requests, calls, expected, checks.attempts(run.lines()), is_traced=is_traced)
    checks.received(server.received(), fill(case.received, places))
    if seen.accepted is not None:
        sends = [*calls, *itertools.chain(*map(checks.items, calls))]
        may_repeat = any(options.get("retry_unknown") is True for options in [case.client, *map(options_of, sends)])
        checks.outcomes(calls, run, seen.accepted, may_repeat=may_repeat)
    assert server.redirected() == 0, "a redirect was followed"


def options_of(call: dict[str, Any]) -> dict[str, Any]:
    return call.get("options", {})

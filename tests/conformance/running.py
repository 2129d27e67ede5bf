"""Puts one case to one driver, and checks everything that can be seen of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from harness import paths, tokens
from harness.drivers import Driver, Run

from . import checks
from .cases import Case, fill
from .servers import Server, Servers


@dataclass(frozen=True)
class Seen:
    """What was seen of a case in a language."""

    calls: list[dict[str, Any]]
    run: Run
    # The messages that the server read whole and did not refuse; None where it does not tell.
    taken: list[str] | None


def run_case(case: Case, driver: Driver, servers: Servers) -> Seen:
    """Runs a case, and fails if anything is not as the case says, or as it always has to be."""
    for last in (False, False, True):
        seen, timely = run_once(case, driver, servers)
        # A machine that was busy elsewhere may be late; one that is late three times is not.
        if timely or last:
            assert timely, "a call came back later than its deadline and half a second"
            return seen
    raise AssertionError("not reached")


def run_once(case: Case, driver: Driver, servers: Servers) -> tuple[Seen, bool]:
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
        run = driver.run(client, calls, fill(case.env, places), server.client_is_ready)
        seen = Seen(calls, run, server.taken())
        check(case, driver, servers, server, places, seen, [text, *named.values()])
        return seen, checks.timely(seen.run, client)


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
    checks.answers(driver, run, len(calls), fill(case.expect, places))
    # A debug build that panics reads its own debug information. A webhook comes from the case, however large.
    reads_webhook = any(call["method"] == "read_webhook" for call in calls)
    if "ROOMCAST_PANIC_AT" not in case.env and not reads_webhook:
        checks.memory(run, servers.baseline(driver))
    requests = server.requests()
    sent = [request.headers["authorization"].split(" ", 1)[1] for request in requests or []]
    checks.no_secret(run, [tokens.SECRET, tokens.WRONG_SECRET, *secrets, *sent])
    if requests is not None:
        expected = fill(case.wire, places) if case.wire is not None else None
        checks.wire(driver, requests, calls, expected, checks.attempts(run.lines()))
    checks.received(server.received(), fill(case.received, places))
    if seen.taken is not None:
        checks.truth(calls, run, seen.taken, may_repeat=case.client.get("retry_unknown") is True)
    assert server.strayed() == 0, "a redirect was followed"

"""The cases that need no network, with the fake clients: the same results and errors as of the real ones.

So are those that the sandbox serves: the fake server has their peers, and each must receive what the case says.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from harness import tokens
from harness.drivers import DRIVERS, Driver
from harness.peers import CAST

from . import checks
from .cases import Case, fill, load

# Why a case is not run with a fake client.
ENVIRONMENT = "a fake client reads no variable"
TOKENS = "a fake server accepts every token"
PROCESSES = "it is about processes, or about sends that are still under way"
NETWORK = "it is about the network, or about files that only https reads"


def why_not(case: Case) -> str | None:
    """Why the case is not run; None if it is."""
    if case.server not in ("sandbox", "none"):
        return NETWORK
    if case.env:
        return ENVIRONMENT
    methods = {call["method"] for call in case.calls}
    if methods & {"fork", "burst", "drain"}:
        return PROCESSES
    text = json.dumps([case.client, case.expect])
    if "$ca" in text or "$other_ca" in text:
        return NETWORK
    kinds = json.dumps(case.expect)
    if "unauthenticated" in kinds or "permission_denied" in kinds:
        return TOKENS
    return NOT_FAKED.get(case.id)


NOT_FAKED = {
    "credentials/none": "a fake client needs no credentials",
    "faults/name-does-not-resolve": NETWORK,
}

CASES = [case for case in load() if why_not(case) is None]
PAIRS = [
    pytest.param(case, driver, id=f"{case.id}-{driver.language}")
    for case in CASES
    for driver in DRIVERS.values()
    if driver.has_fake and driver.language not in case.not_in and not case.cannot_run(driver)
]


@pytest.mark.parametrize(("case", "driver"), PAIRS)
def test_fake(case: Case, driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> None:
    # Its name has no option's name, which a test's own directory may have.
    not_pem = tmp_path_factory.mktemp("files") / "not.pem"
    not_pem.write_text("This is not PEM.\n")
    text, room_id = f"text-{uuid.uuid4()}", uuid.uuid4().hex[:24]
    cast = {name: {"user_id": name, "role": role} for name, role in CAST.items()}
    cast |= {name: {"user_id": name, **more} for name, more in case.join.items()}
    peers = {
        name: {"room_id": room_id, "peer_id": str(uuid.uuid4()), "name": name, **peer} for name, peer in cast.items()
    }
    named = {f"$token:{name}": make() for name, make in tokens.NAMED.items()}
    places = {
        "$text": text,
        "$access_key": tokens.ACCESS_KEY,
        "$secret": tokens.SECRET,
        "$wrong_secret": tokens.WRONG_SECRET,
        "$not_pem": not_pem,
        "$base_url": "http://127.0.0.1:1/v2",
        "$room": room_id,
        **{f"${name}": peer["peer_id"] for name, peer in peers.items()},
        **named,
    }
    given = {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": "$base_url", **case.client}
    client = {name: fill(value, places) for name, value in given.items() if value != "$absent"}
    calls = fill(case.calls, places)
    run = driver.run(client, calls, {}, fake=list(peers.values()))
    checks.results(driver, run, len(calls), fill(case.expect, places))
    checks.no_secret_but_sent(run, [tokens.SECRET, tokens.WRONG_SECRET, *named.values()])
    if "client_error" not in case.expect[0]:
        checks.received(received(peers, sent(run.err)), fill(case.received, places))


def sent(errors: str) -> list[dict[str, Any]]:
    """What the fake server accepted: the last line of the driver's standard error."""
    return json.loads(errors.splitlines()[-1])["sent"]


def received(peers: dict[str, dict[str, str]], messages: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """What each peer received, as the sandbox tells it."""
    return {
        name: [
            {
                "message": message["message"],
                "type": message["type"],
                "private": message["peer_id"] is not None,
                "roles": None if message["role"] is None else [message["role"]],
                "from": None,
            }
            for message in messages
            if message["peer_id"] in (None, peer["peer_id"]) and message["role"] in (None, peer["role"])
        ]
        for name, peer in peers.items()
    }


def test_most_cases_without_network_are_run() -> None:
    """A case that is refused before anything is sent needs no network."""
    without = [case for case in load() if case.server in ("sandbox", "none") and not case.env and is_refused(case)]
    missing = [case.id for case in without if why_not(case)]
    assert missing == ["credentials/none"], "a fake client needs no credentials"


def is_refused(case: Case) -> bool:
    kinds = [next(iter(one.values())) for one in case.expect]
    return all(isinstance(one, dict) and one.get("kind") in checks.NOT_SENT_KINDS for one in kinds)

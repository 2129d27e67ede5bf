"""Loads the cases of tests/cases and fills in their placeholders. tests/README.md describes their format."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from harness import paths
from harness.drivers import Driver
from harness.platforms import TRAITS

KEYS = {"id", "why", "client", "env", "server", "join", "calls", "expect", "wire", "received", "not_in", "not_on"}

NOT_CHOSEN = (
    "the core alone does this, and other drivers run it on this platform; an emulated interpreter starts slowly"
)


@dataclass(frozen=True)
class Case:
    """One case of a file."""

    id: str
    why: str
    client: dict[str, Any]
    env: dict[str, str]
    server: Any
    # Peers that join besides the usual ones: name -> user_id, role.
    join: dict[str, dict[str, str]]
    calls: list[dict[str, Any]]
    expect: list[dict[str, Any]]
    wire: list[dict[str, Any]] | None
    received: dict[str, list[dict[str, Any]]]
    # Languages in which the case is impossible, each with the reason.
    not_in: dict[str, str]
    # Traits of platforms on which the case is impossible, each with the reason: see harness/platforms.py.
    not_on: dict[str, str]

    def cannot_run(self, driver: Driver) -> str | None:
        """Why the case is not run with this driver on the platform that is tested; None if it is."""
        if driver.only is not None and self.id.split("/")[0] not in driver.only:
            return NOT_CHOSEN
        return next((why for trait, why in self.not_on.items() if trait in driver.traits), None)


def load() -> list[Case]:
    """Every case of every file, with `<file>/<id>` as its id."""
    cases = []
    for path in sorted(paths.CASES.glob("*.json")):
        for raw in json.loads(path.read_text("utf-8"))["cases"]:
            unknown = set(raw) - KEYS
            assert not unknown, f"{path.name}: {raw.get('id')}: unknown keys {unknown}"
            assert raw.get("not_on", {}).keys() <= TRAITS.keys(), f"{path.name}: {raw['id']}: unknown traits"
            assert len(raw["calls"]) == len(raw["expect"]) or "client_error" in raw["expect"][0], raw["id"]
            cases.append(
                Case(
                    id=f"{path.stem}/{raw['id']}",
                    why=raw["why"],
                    client=raw.get("client", {}),
                    env=raw.get("env", {}),
                    server=raw.get("server", "sandbox"),
                    join=raw.get("join", {}),
                    calls=raw["calls"],
                    expect=raw["expect"],
                    wire=raw.get("wire"),
                    received=raw.get("received", {}),
                    not_in=raw.get("not_in", {}),
                    not_on=raw.get("not_on", {}),
                )
            )
    return cases


def fill(value: Any, places: dict[str, Any]) -> Any:
    """Replaces placeholders: `$room`, `$alice`, `{"$repeat": ["x", 3]}`, …"""
    if isinstance(value, str):
        return functools.reduce(lambda text, name: text.replace(name, str(places[name])), by_length(places), value)
    if isinstance(value, list):
        return [fill(item, places) for item in value]
    if isinstance(value, dict):
        if set(value) == {"$repeat"}:
            text, times = value["$repeat"]
            return text * times
        if set(value) == {"$concat"}:
            return "".join(fill(item, places) for item in value["$concat"])
        if set(value) == {"$json"}:
            return json.dumps(fill(value["$json"], places), ensure_ascii=False)
        if set(value) == {"$hex"}:
            return fill(value["$hex"], places).encode().hex()
        # `$misspelt:` in an option's name is replaced by harness/drivers.py.
        return {name: fill(item, places) for name, item in value.items()}
    return value


def by_length(places: dict[str, Any]) -> list[str]:
    """Longer names first, so that `$token:peer` is not read as `$token`."""
    return sorted(places, key=len, reverse=True)

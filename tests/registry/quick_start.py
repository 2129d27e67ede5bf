"""The programs of the README's quick start, as they are written there."""

from __future__ import annotations

import re

from harness import paths, tokens
from harness.peers import Room
from harness.sandbox import Sandbox

# Where the quick start has its peer, and what that peer receives.
ROOM, CAST = "demo", {"ann": "host"}
RECEIVED = ["class is off today", "the table is full", "your cards: A♠ K♠"]


def _program(interpreter: str) -> str:
    readme = (paths.ROOT / "README.md").read_text()
    (program,) = re.findall(rf"^{re.escape(interpreter)} - <<'EOF'\n(.*?)^EOF$", readme, re.S | re.M)
    return program


def python() -> str:
    return _program(".venv/bin/python")


def node() -> str:
    checkout = "'./bindings-node/index.mjs'"
    program = _program("node --input-type=module")
    assert checkout in program
    return program.replace(checkout, "'roomcast'")


def environment(sandbox: Sandbox) -> dict[str, str]:
    return {"HMS_BASE_URL": sandbox.base_url, "HMS_ACCESS_KEY": tokens.ACCESS_KEY, "HMS_SECRET": tokens.SECRET}


def assert_received(room: Room) -> None:
    assert [message["message"] for message in room.received()["ann"]] == RECEIVED

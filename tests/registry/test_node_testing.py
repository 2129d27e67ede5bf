"""`npm install roomcast roomcast-sandbox` in an empty folder without Rust, and the tests of examples/cards there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness import dist, paths
from harness.registries import Machine, Server

SAMPLE = paths.ROOT / "examples" / "cards" / "node"
DEALT = "sendToPeer(roomId, peerId, "
RIGHT = f"sandbox-linux-{dist.CPU}"


@pytest.fixture
def app(machine: Machine, registry: Server, folder: Path) -> Path:
    """The sample app, with what it needs."""
    for name in ("app.js", "deal.test.js"):
        shutil.copy(SAMPLE / name, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    machine.run("npm", "install", "roomcast", "roomcast-sandbox", "--registry", registry.url, directory=folder)
    # The local registry has nothing else; both are where the sample's lock file has them from.
    for name in ("express", "vitest"):
        (folder / "node_modules" / name).symlink_to(SAMPLE / "node_modules" / name)
    return folder


def vitest(machine: Machine, app: Path, exits: int | None = 0) -> str:
    return machine.run("node", "node_modules/vitest/vitest.mjs", "run", directory=app, exits=exits, CI="1")


def test_the_sample_passes_and_fails_if_it_broadcasts_the_cards(machine: Machine, app: Path) -> None:
    assert [each.name for each in (app / "node_modules" / "@roomcast").glob("sandbox-*")] == [RIGHT]
    vitest(machine, app)
    text = (app / "app.js").read_text()
    assert DEALT in text
    (app / "app.js").write_text(text.replace(DEALT, "broadcast(roomId, "))
    assert "each player gets two cards, which nobody else sees" in vitest(machine, app, exits=None)

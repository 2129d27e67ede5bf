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
TARGETS = [target for target in dist.targets() if target.sandbox]


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


def test_npx(machine: Machine, registry: Server, folder: Path) -> None:
    """`npx roomcast-sandbox`, by the program that npx is."""
    run = ["npm", "exec", "--yes", "--registry", registry.url, "roomcast-sandbox", "--"]
    printed = machine.run(*run, "--version", directory=folder)
    assert printed.startswith("roomcast-sandbox ")
    # It ends as the program ends.
    machine.run(*run, "--no-such-option", directory=folder, exits=2)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_npm_chooses_the_package(machine: Machine, registry: Server, folder: Path, target: dist.Target) -> None:
    if not target.sandbox_package:
        pytest.skip(target.why_not_built("sandbox-npm"))
    os, cpu, *_ = target.npm.split("-")
    install = ["npm", "install", "roomcast-sandbox", "--registry", registry.url, f"--os={os}", f"--cpu={cpu}"]
    machine.run(*install, directory=folder)
    assert [each.name for each in (folder / "node_modules" / "@roomcast").iterdir()] == [f"sandbox-{os}-{cpu}"]


def test_a_platform_without_a_package(machine: Machine, registry: Server, folder: Path) -> None:
    """npm installs it without a program; running it says in one sentence which there are, and what to do."""
    install = ["npm", "install", "roomcast-sandbox", "--registry", registry.url, "--os", "sunos", "--cpu", "x64"]
    machine.run(*install, directory=folder)
    assert not (folder / "node_modules" / "@roomcast").exists()
    (folder / "run.cjs").write_text(
        "Object.defineProperty(process, 'platform', { value: 'sunos' })\n"
        "Object.defineProperty(process, 'arch', { value: 'x64' })\n"
        "try { require('roomcast-sandbox').program() } catch (error) { console.log(error.message) }\n"
    )
    printed = machine.run("node", "run.cjs", directory=folder)
    assert printed.startswith("roomcast-sandbox has no program for this platform (sunos-x64): there are @roomcast/")
    assert printed.count("\n") == 1 and "cargo build" in printed

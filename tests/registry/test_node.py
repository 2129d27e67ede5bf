"""`npm install roomcast`, and the same with pnpm and yarn, in an empty folder, and the quick start there."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import dist, paths
from harness.peers import Room
from harness.registries import Machine, Server
from harness.sandbox import Sandbox

from . import quick_start

PROGRAMS = paths.ROOT / "tests" / "registry" / "node_modules"
PNPM = PROGRAMS / "pnpm" / "bin" / "pnpm.cjs"
YARN_1 = PROGRAMS / "yarn" / "bin" / "yarn.js"
YARN_4 = PROGRAMS / "@yarnpkg" / "cli-dist" / "bin" / "yarn.js"
RIGHT = f"linux-{dist.CPU}-{dist.LIBC}"


def assert_sends(machine: Machine, folder: Path, sandbox: Sandbox, room: Room, *node: str | Path) -> None:
    (folder / "quick-start.mjs").write_text(quick_start.node())
    machine.run(*(node or ("node",)), "quick-start.mjs", directory=folder, **quick_start.environment(sandbox))
    quick_start.assert_received(room)


def addons(folder: Path, pattern: str = "node_modules/@roomcast/*/roomcast.*.node") -> list[str]:
    """The platforms of the addons that were installed."""
    return sorted(file.name[len("roomcast.") : -len(".node")] for file in folder.glob(pattern))


def test_npm(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path) -> None:
    machine.run("npm", "install", "roomcast", "--registry", registry.url, directory=folder)
    assert addons(folder) == [RIGHT]
    assert_sends(machine, folder, sandbox, room)


def test_pnpm(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path) -> None:
    # pnpm passes over what was published within the last day, as these packages were.
    (folder / "pnpm-workspace.yaml").write_text("minimumReleaseAge: 0\n")
    machine.run("node", PNPM, "add", "roomcast", "--registry", registry.url, directory=folder)
    assert addons(folder, "node_modules/.pnpm/@roomcast+*/node_modules/@roomcast/*/roomcast.*.node") == [RIGHT]
    assert_sends(machine, folder, sandbox, room)


@pytest.mark.parametrize("linker", ["node-modules", "pnp"])
def test_yarn_4(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path, linker: str) -> None:
    # With its own module loader, Yarn generates one for ES modules only in a project that uses them.
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / ".yarnrc.yml").write_text(
        f"npmRegistryServer: {registry.url}\nunsafeHttpWhitelist: [127.0.0.1]\nnodeLinker: {linker}\n"
        "enableGlobalCache: false\nenableTelemetry: false\n"
        # As with pnpm.
        "npmMinimalAgeGate: 0\n"
    )
    machine.run("node", YARN_4, "add", "roomcast", directory=folder)
    unplugged = ".yarn/unplugged/*/node_modules/@roomcast/*/roomcast.*.node"
    assert addons(folder, *([unplugged] if linker == "pnp" else [])) == [RIGHT]
    assert_sends(machine, folder, sandbox, room, "node", YARN_4, "node")


def test_yarn_1(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path) -> None:
    """It does not know `libc`, and installs the addons for both; the one that fits is loaded."""
    (folder / "package.json").write_text('{"license": "MIT"}')
    machine.run("node", YARN_1, "add", "roomcast", "--registry", registry.url, directory=folder)
    installed = addons(folder)
    assert RIGHT in installed and all(name.startswith(f"linux-{dist.CPU}-") for name in installed), installed
    assert_sends(machine, folder, sandbox, room)

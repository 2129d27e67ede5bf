"""The programs' packages on npm, roomcast-sandbox and roomcast-cli: which one npm chooses, and how npx starts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import dist
from harness.registries import Machine, Server

# What is shown before the version.
PROGRAMS = {"sandbox": "roomcast-sandbox", "cli": "roomcast"}
TARGETS = [target for target in dist.targets() if target.sandbox]


@pytest.mark.parametrize("program", PROGRAMS)
def test_npx(machine: Machine, registry: Server, folder: Path, program: str) -> None:
    """`npx roomcast-sandbox` and `npx roomcast-cli`, by the program that npx is."""
    run = ["npm", "exec", "--yes", "--registry", registry.url, f"roomcast-{program}", "--"]
    printed = machine.run(*run, "--version", directory=folder)
    assert printed.startswith(f"{PROGRAMS[program]} ")
    # It ends as the program ends.
    machine.run(*run, "--no-such-option", directory=folder, exits=2)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.triple)
def test_npm_chooses_the_package(
    machine: Machine, registry: Server, folder: Path, target: dist.Target, program: str
) -> None:
    if not target.program_package(program):
        pytest.skip(target.why_not_built(f"{program}-npm"))
    os, cpu = target.machine.split("-")
    install = ["npm", "install", f"roomcast-{program}", "--registry", registry.url, f"--os={os}", f"--cpu={cpu}"]
    machine.run(*install, directory=folder)
    assert [each.name for each in (folder / "node_modules" / "@roomcast").iterdir()] == [f"{program}-{os}-{cpu}"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_platform_without_a_package(machine: Machine, registry: Server, folder: Path, program: str) -> None:
    """npm installs it without a program; running it says in one sentence which there are, and what to do."""
    install = ["npm", "install", f"roomcast-{program}", "--registry", registry.url, "--os", "sunos", "--cpu", "x64"]
    machine.run(*install, directory=folder)
    assert not (folder / "node_modules" / "@roomcast").exists()
    (folder / "run.cjs").write_text(
        "Object.defineProperty(process, 'platform', { value: 'sunos' })\n"
        "Object.defineProperty(process, 'arch', { value: 'x64' })\n"
        f"require('./node_modules/roomcast-{program}/run.js')\n"
    )
    printed = machine.run("node", "run.cjs", directory=folder, exits=1)
    assert printed.startswith(f"roomcast-{program} has no program for this platform (sunos-x64): there are @roomcast/")
    assert printed.count("\n") == 1 and "cargo build" in printed

"""What is installed for other machines than this one, and what somebody reads for whom there is nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness import dist
from harness.dist import Target
from harness.registries import Machine, Server

UV = Path(sys.executable).with_name("uv")
# Only what was built can be in a registry; `make dist` says what was not, and why.
WHEELS = [target for target in dist.targets() if target.wheel_file]
PACKAGES = [target for target in dist.targets() if target.npm_package]
# The oldest and the newest Python that are supported.
PYTHONS = ("3.9", "3.15")


def triple(target: Target) -> str:
    return target.triple


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("target", WHEELS, ids=triple)
def test_pip_chooses_the_wheel(machine: Machine, index: str, folder: Path, target: Target, python: str) -> None:
    assert target.wheel_file
    platform = ["--platform", target.wheel, "--python-version", python, "--only-binary", ":all:"]
    machine.run(sys.executable, "-m", "pip", "download", "roomcast", "--index-url", index, *platform, directory=folder)
    assert [file.name for file in folder.iterdir()] == [target.wheel_file.name]


@pytest.mark.parametrize("target", WHEELS, ids=triple)
def test_uv_chooses_the_wheel(machine: Machine, index: str, folder: Path, target: Target) -> None:
    assert target.wheel_file
    platform = ["--python-platform", target.triple]
    install = [UV, "pip", "install", "--python", sys.executable, "--target", ".", "--default-index", index]
    machine.run(*install, *platform, "--only-binary", ":all:", "roomcast", directory=folder)
    (metadata,) = folder.glob("roomcast-*.dist-info/WHEEL")
    tags = [line.split()[1] for line in metadata.read_text().splitlines() if line.startswith("Tag:")]
    assert any(tag.endswith(target.wheel) for tag in tags), tags


@pytest.mark.parametrize("target", PACKAGES, ids=triple)
def test_npm_chooses_the_package(machine: Machine, registry: Server, folder: Path, target: Target) -> None:
    os, cpu, *abi = target.npm.split("-")
    platform = [
        "--os",
        os,
        "--cpu",
        cpu,
        *(["--libc", "musl" if abi[0].startswith("musl") else "glibc"] if abi else []),
    ]
    machine.run("npm", "install", "roomcast", "--registry", registry.url, *platform, directory=folder)
    assert [each.name for each in (folder / "node_modules" / "@roomcast").iterdir()] == [target.npm]


def test_node_without_a_package(machine: Machine, registry: Server, folder: Path) -> None:
    """npm installs the package without an addon; loading it says in one sentence which there are, and what to do."""
    machine.run(
        "npm", "install", "roomcast", "--registry", registry.url, "--os", "sunos", "--cpu", "x64", directory=folder
    )
    assert not (folder / "node_modules" / "@roomcast").exists()
    (folder / "send.cjs").write_text(
        "Object.defineProperty(process, 'platform', { value: 'sunos' })\n"
        "Object.defineProperty(process, 'arch', { value: 'x64' })\n"
        "try { require('roomcast') } catch (error) { console.log(error.message) }\n"
    )
    manifest = json.loads((folder / "node_modules" / "roomcast" / "package.json").read_text())
    released = sorted(f"@roomcast/{target.npm}" for target in PACKAGES)
    assert sorted(manifest["optionalDependencies"]) == released
    assert machine.run("node", "send.cjs", directory=folder) == (
        "roomcast has no package for this platform (sunos x64): there are "
        f"{', '.join(manifest['optionalDependencies'])}; "
        "elsewhere build it from source, see “From a checkout” in the README.\n"
    )


def test_pip_without_a_wheel(machine: Machine, index: str, folder: Path) -> None:
    """pip says on its own that there is none, if it must not build."""
    platform = ["--platform", "solaris_2_11_sun4v", "--only-binary", ":all:"]
    install = [sys.executable, "-m", "pip", "install", "--target", ".", "--index-url", index]
    printed = machine.run(*install, *platform, "roomcast", directory=folder, exits=None)
    assert "No matching distribution found for roomcast" in printed

"""What is installed for other machines than this one, and what somebody reads for whom there is nothing."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from harness import dist
from harness.dist import Target
from harness.registries import Machine, Server

UV = Path(sys.executable).with_name("uv")
TARGETS = dist.targets()
PACKAGES = [target for target in TARGETS if target.npm_package]
# The oldest and the newest Python that are supported.
PYTHONS = ("3.9", "3.15")


def triple(target: Target) -> str:
    return target.triple


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("target", TARGETS, ids=triple)
def test_pip_chooses_the_wheel(machine: Machine, index: str, folder: Path, target: Target, python: str) -> None:
    wheel = target.wheel_file or pytest.skip(target.why_not_built("wheel"))
    platform = ["--platform", target.wheel, "--python-version", python, "--only-binary", ":all:"]
    download = [sys.executable, "-m", "pip", "download", "roomcast", "--index-url", index]
    machine.run(*download, *platform, directory=folder)
    assert [file.name for file in folder.iterdir()] == [wheel.name]


def platforms_of_uv(machine: Machine, folder: Path) -> str:
    """What uv says of other platforms that it can install for."""
    return machine.run(UV, "help", "pip", "install", "--no-pager", directory=folder)


@pytest.mark.parametrize("target", TARGETS, ids=triple)
def test_uv_chooses_the_wheel(machine: Machine, index: str, folder: Path, target: Target) -> None:
    if not target.wheel_file:
        pytest.skip(target.why_not_built("wheel"))
    if target.triple not in platforms_of_uv(machine, folder):
        pytest.skip("uv has no name for this platform: it chooses only on a machine of it")
    platform = ["--python-platform", target.triple, "--only-binary", ":all:"]
    install = [UV, "pip", "install", "--python", sys.executable, "--target", ".", "--default-index", index]
    machine.run(*install, *platform, "roomcast", directory=folder)
    (metadata,) = folder.glob("roomcast-*.dist-info/WHEEL")
    assert re.search(rf"^Tag: cp39-abi3-{target.wheel}$", metadata.read_text(), re.M)


@pytest.mark.parametrize("target", TARGETS, ids=triple)
def test_npm_chooses_the_package(machine: Machine, registry: Server, folder: Path, target: Target) -> None:
    if not target.npm_package:
        pytest.skip(target.why_not_built("npm"))
    os, cpu, *abi = target.npm.split("-")
    libc = [f"--libc={'musl' if abi[0].startswith('musl') else 'glibc'}"] if abi else []
    install = ["npm", "install", "roomcast", "--registry", registry.url, f"--os={os}", f"--cpu={cpu}", *libc]
    machine.run(*install, directory=folder)
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

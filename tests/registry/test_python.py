"""`pip install roomcast` and `uv add roomcast` in an empty folder, and the quick start there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from harness import dist
from harness.peers import Room
from harness.registries import Machine
from harness.sandbox import Sandbox

from . import quick_start

UV = Path(sys.executable).with_name("uv")


def assert_right_wheel(environment: Path) -> None:
    (metadata,) = environment.glob("lib/python*/site-packages/roomcast-*.dist-info/WHEEL")
    family = {"gnu": "manylinux", "musl": "musllinux"}[dist.LIBC]
    assert re.search(rf"^Tag: cp39-abi3-{family}_\d+_\d+_{dist.MACHINE}$", metadata.read_text(), re.M)


def assert_sends(machine: Machine, python: Path, sandbox: Sandbox, room: Room) -> None:
    environment = quick_start.environment(sandbox)
    # -I: nothing of the checkout, or of the folder, is imported instead.
    machine.run(python, "-I", "-c", quick_start.python(), directory=python.parent, **environment)
    quick_start.assert_received(room)


def test_pip(machine: Machine, index: str, sandbox: Sandbox, room: Room, folder: Path) -> None:
    machine.run("python3", "-m", "venv", "venv", directory=folder)
    printed = machine.run("venv/bin/pip", "install", "--index-url", index, "roomcast", directory=folder)
    assert "Building wheel" not in printed
    assert_right_wheel(folder / "venv")
    assert_sends(machine, folder / "venv" / "bin" / "python", sandbox, room)


def test_uv(machine: Machine, index: str, sandbox: Sandbox, room: Room, folder: Path) -> None:
    machine.run(UV, "init", "--bare", "--vcs", "none", "--python", sys.executable, directory=folder)
    machine.run(UV, "add", "--default-index", index, "roomcast", directory=folder)
    assert '"roomcast>=' in (folder / "pyproject.toml").read_text()
    assert_right_wheel(folder / ".venv")
    assert_sends(machine, folder / ".venv" / "bin" / "python", sandbox, room)

"""The wheel of the sandbox: what is in it, and that it starts the program where it is installed."""

from __future__ import annotations

import subprocess
import venv
import zipfile
from pathlib import Path

import pytest
from release.build import sandbox_wheel
from release.build.targets import VERSION, all_targets

PROGRAM = '#!/bin/sh\necho "$@"\ncat\n'


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    program, sbom = tmp_path / "program", tmp_path / "roomcast-sandbox.cdx.json"
    program.write_text(PROGRAM)
    sbom.write_text("{}")
    return sandbox_wheel.pack(program, sbom, ["any"], tmp_path)


def test_it_starts_the_program(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*pip, wheel], check=True, timeout=120)
    for command in [
        [environment / "bin" / "roomcast-sandbox"],
        [environment / "bin" / "python", "-m", "roomcast_sandbox"],
    ]:
        ran = subprocess.run([*command, "--json", "a b"], input="in\n", capture_output=True, text=True, timeout=60)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "--json a b\nin\n", "")
    show = [environment / "bin" / "pip", "show", "--disable-pip-version-check", "roomcast-sandbox"]
    shown = subprocess.run(show, check=True, capture_output=True, text=True, timeout=60).stdout
    assert f"Version: {VERSION}" in shown


def test_it_has_its_documents_and_is_the_same_in_every_build(wheel: Path, tmp_path: Path) -> None:
    first = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    info = f"roomcast_sandbox-{VERSION}.dist-info"
    for name in ["licenses/LICENSE-MIT", "licenses/THIRD-PARTY-LICENSES", "sboms/roomcast-sandbox.cdx.json", "RECORD"]:
        assert f"{info}/{name}" in names
    assert "roomcast_sandbox/bin/roomcast-sandbox" in names and "roomcast_sandbox/py.typed" in names
    again = sandbox_wheel.pack(tmp_path / "program", tmp_path / "roomcast-sandbox.cdx.json", ["any"], tmp_path)
    assert again.read_bytes() == first


def test_there_is_one_for_each_platform_of_the_sandbox() -> None:
    tags = {tag for target in all_targets() if target.sandbox for tag in sandbox_wheel.platforms(target)}
    assert {"manylinux_2_17_x86_64", "musllinux_1_2_x86_64", "win_amd64"} <= tags

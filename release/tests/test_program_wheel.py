"""The wheels of the programs: what is in them, and that they start the program where they are installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import venv
import zipfile
from functools import partial
from pathlib import Path

import pytest
from release.build import program_wheel
from release.build.programs import CLI, PROGRAMS, Program
from release.build.targets import VERSION, all_targets

# A stand-in. With the argument "wait", it decides itself what Ctrl-C means.
SCRIPT = """#!/bin/sh
if [ "$1" = wait ]; then
    trap 'echo "one signal"; exit 3' INT
    echo ready
    sleep 60 & wait
fi
if [ "$1" = exit ]; then exit "$2"; fi
if [ "$1" = kill ]; then kill -"$2" $$; fi
echo "$@"
cat
"""
# As on Windows, where the launcher stays, and waits for the program.
AS_ON_WINDOWS = "import sys, roomcast_cli; sys.platform = 'win32'; roomcast_cli.main()"


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda program: program.kind)
def program(request: pytest.FixtureRequest) -> Program:
    return request.param


@pytest.fixture(scope="module")
def folder(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(program.kind)
    (folder / "program").write_text(SCRIPT)
    (folder / "sbom.cdx.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def wheel(program: Program, folder: Path) -> Path:
    return program_wheel.pack(program, folder / "program", folder / "sbom.cdx.json", ["any"], folder)


@pytest.fixture(scope="module")
def scripts(wheel: Path, folder: Path) -> Path:
    """The folder of commands of an environment in which it is installed."""
    venv.create(folder / "venv", with_pip=True)
    scripts = folder / "venv" / "bin"
    pip = [scripts / "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*pip, wheel], check=True, timeout=120)
    return scripts


def test_it_starts_the_program(program: Program, scripts: Path) -> None:
    command = [str(scripts / program.command)]
    for start in [command, [str(scripts / "python"), "-m", program_wheel.module(program)]]:
        ran = subprocess.run([*start, "--json", "a b"], input="in\n", capture_output=True, text=True, timeout=60)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "--json a b\nin\n", "")
    for code in (1, 2, 3):
        assert subprocess.run([*command, "exit", str(code)], timeout=60).returncode == code
    assert subprocess.run([*command, "kill", "TERM"], timeout=60).returncode == -signal.SIGTERM
    show = [scripts / "pip", "show", "--disable-pip-version-check", program.crate]
    shown = subprocess.run(show, check=True, capture_output=True, text=True, timeout=60).stdout
    assert f"Version: {VERSION}" in shown and f"Summary: {program.summary}" in shown


def test_ctrl_c_is_the_programs(program: Program, scripts: Path) -> None:
    starts = [[scripts / program.command]]
    if program == CLI:
        starts.append([scripts / "python", "-c", AS_ON_WINDOWS])
    for start in starts:
        command = [str(part) for part in [*start, "wait"]]
        # A shell's background job ignores the signal, and its children with it.
        default = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        options = {"start_new_session": True, "preexec_fn": default}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options) as running:
            assert running.stdout.readline() == "ready\n"
            # As a terminal sends it: to all.
            os.killpg(running.pid, signal.SIGINT)
            assert running.stdout.read() == "one signal\n"
        assert running.returncode == 3


def test_it_has_its_documents_and_is_the_same_in_every_build(program: Program, wheel: Path, folder: Path) -> None:
    first = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(f"{program_wheel.module(program)}-{VERSION}.dist-info/METADATA").decode()
    module = program_wheel.module(program)
    for name in ["licenses/LICENSE-MIT", "licenses/THIRD-PARTY-LICENSES", "sboms/sbom.cdx.json", "RECORD"]:
        assert f"{module}-{VERSION}.dist-info/{name}" in names
    assert f"{module}/bin/{program.command}" in names and f"{module}/py.typed" in names
    assert f"\nName: {program.crate}\n" in metadata and (program.folder / "README.md").read_text() in metadata
    again = program_wheel.pack(program, folder / "program", folder / "sbom.cdx.json", ["any"], folder)
    assert again.read_bytes() == first


def test_windows_program_keeps_its_suffix(program: Program, folder: Path, tmp_path: Path) -> None:
    windows = shutil.copy(folder / "program", tmp_path / "built.exe")
    wheel = program_wheel.pack(program, Path(windows), folder / "sbom.cdx.json", ["win_amd64"], tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        assert f"{program_wheel.module(program)}/bin/{program.command}.exe" in archive.namelist()


def test_there_is_one_for_each_platform_of_the_programs() -> None:
    tags = {tag for target in all_targets() if target.sandbox for tag in program_wheel.platforms(target)}
    assert {"manylinux_2_17_x86_64", "musllinux_1_2_x86_64", "win_amd64"} <= tags

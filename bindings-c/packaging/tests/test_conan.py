"""The conan recipe: builds the library from this checkout, and its test_package with it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from conftest import QUICK, TARGET, build
from toolchain import BINDING, HEADER, missing, need, run

RECIPE = BINDING / "packaging/conan"
VERSION = next(line.split('"')[1] for line in HEADER.read_text().splitlines() if "define ROOMCAST_VERSION" in line)


@pytest.fixture(scope="module")
def conan(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    # Beside the Python that runs this, as bindings-c/packaging/tests/requirements.txt installs it.
    program = Path(sys.executable).with_name("conan")
    path = str(program) if program.exists() else shutil.which("conan")
    if not path:
        missing("conan is not installed")
    need("cmake")
    env = {"CONAN_HOME": str(tmp_path_factory.mktemp("conan"))}
    run(path, "profile", "detect", env=env)
    return path, env


@pytest.mark.parametrize("shared", [False, True], ids=["static", "shared"])
def test_a_package_is_made_and_a_program_uses_it(shared: bool, conan, tmp_path: Path) -> None:
    program, env = conan
    # What the program's build leaves beside it is not to be in the checkout.
    shutil.copytree(RECIPE / "test_package", tmp_path / "test_package")
    profile = tmp_path / "profile"
    variables = "".join(f"{name}={value}\n" for name, value in {**QUICK, "CARGO_TARGET_DIR": str(TARGET)}.items())
    profile.write_text(f"include(default)\n[buildenv]\n{variables}")
    options = ["-o", f"&:shared={shared}", "-pr:h", profile, "-pr:b", "default", "--build", "missing", "--no-remote"]
    said = build(program, "create", RECIPE, "-tf", tmp_path / "test_package", *options, env=env)
    assert f"\nroomcast {VERSION}: connection: " in said
    found = (
        run(program, "cache", "path", f"roomcast/{VERSION}#latest:{package_id(said)}", env=env).strip().splitlines()[-1]
    )
    files = {str(path.relative_to(found)) for path in Path(found).rglob("*") if not path.is_dir()}
    assert {"include/roomcast.h", "licenses/LICENSE-MIT", "licenses/THIRD-PARTY-LICENSES"} <= files
    assert ("lib/libroomcast.a" in files, "lib/libroomcast.so" in files) == (not shared, shared)


def package_id(said: str) -> str:
    [line] = {line for line in said.splitlines() if "Package '" in line and "created" in line}
    return line.split("Package '")[1].split("'")[0]

"""Installs the artifacts of a target into directories, as their package managers would on that platform.

`replaced` copies such a directory, with another build of the library in it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ..build import cargo
from ..build.targets import Target
from .cache import anew

# What the cases expect where the system has no certificate authorities; it is the same for every platform.
CERTIFI = "certifi>=2024.7"


def install_wheel(wheel: Path, target: Target) -> Path:
    """The directory for PYTHONPATH. pip refuses a wheel that is not for the platform."""
    directory = anew(f"{target.triple}/python")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", directory]
    of = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11", "--platform", target.wheel]
    cargo.run([sys.executable, "-m", "pip", "install", *options, *of, wheel, CERTIFI])
    return directory


def install_npm(main: Path, package: Path, target: Target) -> Path:
    """The directory of the package roomcast, beside which is the platform's."""
    modules = anew(f"{target.triple}/node") / "node_modules"
    for tarball, name in [(main, "roomcast"), (package, f"@roomcast/{target.npm}")]:
        (modules / name).mkdir(parents=True)
        cargo.run(["tar", "--extract", "--strip-components=1", "--file", tarball], cwd=modules / name)
    return modules / "roomcast"


def install_c(tarball: Path, target: Target) -> Path:
    directory = anew(f"{target.triple}/c")
    cargo.run(["tar", "--extract", "--strip-components=1", "--file", tarball], cwd=directory)
    return directory


def replaced(directory: Path, pattern: str, library: Path) -> Path:
    """A copy of a directory, in which the one file that the pattern matches is another build of the library."""
    copy = directory.with_name(f"{directory.name}-faultpoints")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(directory, copy, symlinks=True)
    [file] = (found for found in copy.glob(pattern) if not found.is_symlink())
    shutil.copy(library, file)
    return copy

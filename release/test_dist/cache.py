"""What is fetched or built for the tests is kept in target/test-dist."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ..build.targets import ROOT

CACHE = ROOT / "target" / "test-dist"


class CannotRun(Exception):
    """This machine lacks something; the text says what, and how to get it."""


def once(name: str, make: Callable[[Path], None]) -> Path:
    """A directory that `make` fills. If that is interrupted or fails, it is made again the next time."""
    directory = CACHE / name
    if not directory.exists():
        unfinished = CACHE / f"{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(directory)
    return directory


def anew(name: str) -> Path:
    """An empty directory."""
    directory = CACHE / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def need(program: str) -> str:
    """The path of a program that release/install-tools.sh installs."""
    found = shutil.which(program)
    if not found:
        raise CannotRun(f"{program} is not installed: run release/install-tools.sh")
    return found

"""How the programs of a target are started on this machine: what starts them, and where their files are."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..build.targets import Target
from . import debian, wine
from .cache import CannotRun, need

# What Debian calls the processors.
ARCHITECTURES = {"qemu-aarch64": "arm64", "qemu-arm": "armhf"}


@dataclass(frozen=True)
class System:
    """A target's system."""

    # The emulator,
    start: list[str] = field(default_factory=list)
    # and the loader of its dynamic programs where this machine's own is another.
    loader: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    # Its root directory; the machine's own files if there is none.
    root: Path = Path("/")
    # See `not_on` in tests/README.md.
    traits: list[str] = field(default_factory=list)
    # Where this machine's root directory is there.
    drive: str = ""

    def path(self, file: Path | str) -> str:
        """A file's name there."""
        return f"{self.drive}{file}"


@contextmanager
def system(target: Target) -> Iterator[System]:
    if target.run in ARCHITECTURES:
        root = debian.userland(ARCHITECTURES[target.run])
        yield System([need(f"{target.run}-static"), "-L", str(root)], root=root, traits=["emulated"])
    elif target.run == "wine":
        with wine.running() as environment:
            yield System([wine.program()], environment=environment, traits=["windows", "wine"], drive="Z:")
    elif target.run == "workflow":
        # On a machine of that system, since only there it is built.
        yield System(traits=[target.system])
    elif platform.machine() != "x86_64" or platform.system() != "Linux":
        raise CannotRun("its programs run on an x86-64 Linux")
    elif target.run == "musl":
        yield System(loader=[str(debian.userland("amd64") / "lib" / "ld-musl-x86_64.so.1")])
    else:
        yield System()

"""The static programs of a release, which need nothing of their system: the sandbox, and the command line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import cargo, licences, manifest
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, Target


@dataclass(frozen=True)
class Program:
    """One of them. `kind` is the name of its crate's folder, and of its folder in dist/; `command` that of the file."""

    kind: str
    command: str
    # For PyPI.
    summary: str

    @property
    def crate(self) -> str:
        """The name of its crate, and of its packages on PyPI and npm."""
        return f"roomcast-{self.kind}"

    @property
    def folder(self) -> Path:
        return ROOT / self.kind

    def file(self, system: str) -> str:
        return f"{self.command}.exe" if system == "windows" else self.command


SANDBOX = Program(
    "sandbox",
    "roomcast-sandbox",
    "A local stand-in for the 100ms server API, for tests of programs that send with roomcast",
)
CLI = Program("cli", "roomcast", "Send messages into live 100ms rooms from the command line")
PROGRAMS = [SANDBOX, CLI]


def build(program: Program, target: Target) -> tuple[Path, Path]:
    """Returns the program in dist/, with its licences beside it, and its SBOM."""
    built = cargo.build(target, "-p", program.crate) / program.file(target.system)
    name = f"{program.crate}-{VERSION}-{target.triple}"
    folder = DIST / program.kind
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(shutil.copy(built, folder / f"{name}{built.suffix}"))
    shutil.copy(program.folder / licences.FILE, folder / manifest.LICENCES_BESIDE[program.kind])
    return file, write_sbom(program.crate, target, DIST / "sbom" / f"{name}.cdx.json")

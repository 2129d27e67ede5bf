"""The command line, as one program that needs nothing of its system."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import cargo, licences, manifest
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, Target


def build_program(target: Target) -> tuple[Path, Path]:
    """Returns the program and its SBOM, which lies beside it."""
    suffix = ".exe" if target.system == "windows" else ""
    built = cargo.build(target, "-p", "roomcast-cli") / f"roomcast{suffix}"
    name = f"roomcast-cli-{VERSION}-{target.triple}"
    (DIST / "cli").mkdir(parents=True, exist_ok=True)
    program = Path(shutil.copy(built, DIST / "cli" / f"{name}{suffix}"))
    shutil.copy(ROOT / "cli" / licences.FILE, DIST / "cli" / manifest.LICENCES_BESIDE["cli"])
    return program, write_sbom("roomcast-cli", target, DIST / "sbom" / f"{name}.cdx.json")

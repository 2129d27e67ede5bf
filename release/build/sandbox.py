"""The sandbox, as one program that needs nothing of its system."""

from __future__ import annotations

import shutil
from pathlib import Path

from . import cargo, licences
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, Target


def build_program(target: Target) -> tuple[Path, Path]:
    """Returns the program and its SBOM, which lies beside it."""
    suffix = ".exe" if target.system == "windows" else ""
    built = cargo.build(target, "-p", "roomcast-sandbox") / f"roomcast-sandbox{suffix}"
    name = f"roomcast-sandbox-{VERSION}-{target.triple}"
    (DIST / "sandbox").mkdir(parents=True, exist_ok=True)
    program = Path(shutil.copy(built, DIST / "sandbox" / f"{name}{suffix}"))
    shutil.copy(ROOT / "sandbox" / licences.FILE, DIST / "sandbox")
    return program, write_sbom("roomcast-sandbox", target, DIST / "sbom" / f"{name}.cdx.json")

"""Wheels and the sdist, with maturin."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from . import cargo
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, WORK, Target

MANIFEST = ROOT / "bindings-python" / "Cargo.toml"


def build_wheel(target: Target) -> tuple[Path, Path]:
    """Returns the wheel, for all Pythons from 3.9 on, and the SBOM that is in it."""
    sbom = write_sbom("roomcast-python", target, DIST / "sbom" / f"roomcast-{VERSION}-{target.wheel}.cdx.json")
    out = WORK / "wheel" / target.triple
    shutil.rmtree(out, ignore_errors=True)
    options = ["--target", target.triple, "--sbom-include", sbom, "--manifest-path", MANIFEST, "--out", out]
    if target.built == "zig":
        options += ["--zig"]
    if target.system == "linux":
        options += ["--compatibility", re.match(r"[a-z]+_\d+_\d+", target.wheel)[0]]
    cargo.run(["maturin", "build", "--release", "--locked", *options], env=cargo.environment(target))
    [wheel] = out.glob("*.whl")
    return place(wheel, "wheels"), sbom


def build_sdist() -> tuple[Path, Path]:
    sbom = write_sbom("roomcast-python", None, DIST / "sbom" / f"roomcast-{VERSION}-sdist.cdx.json")
    out = WORK / "sdist"
    shutil.rmtree(out, ignore_errors=True)
    cargo.run(["maturin", "sdist", "--manifest-path", MANIFEST, "--out", out])
    [sdist] = out.glob("*.tar.gz")
    return place(sdist, "sdist"), sbom


def place(file: Path, folder: str) -> Path:
    """Copies a file into a folder of dist/."""
    (DIST / folder).mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(file, DIST / folder))

"""Wheels and the sdist, with maturin."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from . import cargo
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, WORK, Target

MANIFEST = ROOT / "bindings-python" / "Cargo.toml"


def build_wheel(target: Target, tag: str = "abi3") -> tuple[Path, Path]:
    """Returns the wheel and the SBOM that is in it.

    The wheel is for all Pythons from 3.9 on; or with another tag than the stable ABI's, for the Python that runs this.
    """
    name = target.wheel if tag == "abi3" else f"{tag}-{target.wheel}"
    sbom = write_sbom("roomcast-python", target, DIST / "sbom" / f"roomcast-{VERSION}-{name}.cdx.json")
    out = WORK / "wheel" / target.triple
    shutil.rmtree(out, ignore_errors=True)
    options = ["--target", target.triple, "--sbom-include", sbom, "--manifest-path", MANIFEST, "--out", out]
    if tag != "abi3":
        options += ["--interpreter", sys.executable]
    if target.built == "zig":
        options += ["--zig"]
    if target.system == "linux":
        options += ["--compatibility", re.match(r"[a-z]+_\d+_\d+", target.wheel)[0]]
    build = ["maturin", "build", "--release", "--locked", "--compression-level", "9"]
    cargo.run([*build, *options], env=cargo.environment(target))
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

"""The C library: shared, static, header, pkg-config and CMake files, as a tarball that can be unpacked anywhere."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from . import cargo
from .archive import write_tarball
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, WORK, Target

DOCUMENTS = ["LICENSE-MIT", "LICENSE-APACHE", "bindings-c/THIRD-PARTY-LICENSES", "bindings-c/README.md"]


def build_tarball(target: Target) -> tuple[Path, Path]:
    """Returns the tarball, and the SBOM that is in it."""
    built = cargo.build(target, "-p", "roomcast-c", dynamic=True)
    name = f"roomcast-c-{VERSION}-{target.triple}"
    root = WORK / "c" / name
    shutil.rmtree(root, ignore_errors=True)
    env = {**os.environ, "SYSTEM": target.system, "SYSTEM_LIBRARIES": system_libraries(target)}
    cargo.run(["sh", ROOT / "bindings-c" / "install.sh", built, "/", root], env=env)
    sbom = write_sbom("roomcast-c", target, DIST / "sbom" / f"{name}.cdx.json")
    documents = root / "share" / "doc" / "roomcast"
    documents.mkdir(parents=True)
    for document in DOCUMENTS:
        shutil.copy(ROOT / document, documents)
    shutil.copy(sbom, documents / "sbom.cdx.json")
    return write_tarball(root, DIST / "c" / f"{name}.tar.gz"), sbom


def system_libraries(target: Target) -> str:
    """What a program that links the static library must link too, as rustc says."""
    flags = ["--release", "-p", "roomcast-c", "--crate-type", "staticlib", "--", "--print", "native-static-libs"]
    said = cargo.finished(cargo.command(target, "rustc", *flags), cargo.environment(target, dynamic=True)).stderr
    libraries = re.search(r"native-static-libs: (.*)", said)
    if not libraries:
        raise cargo.BuildFailed(f"rustc printed no native-static-libs:\n{said}")
    # Each once.
    words = dict.fromkeys(re.findall(r"-framework \S+|\S+", libraries[1]))
    # rustc names the shared libgcc, to which a static program cannot link; programs for musl often are static.
    return " ".join("-lgcc_eh" if target.musl and word == "-lgcc_s" else word for word in words)

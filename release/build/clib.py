"""The C library: shared, static, header, pkg-config and CMake files, as a tarball that can be unpacked anywhere."""

from __future__ import annotations

import platform
import re
import shutil
from pathlib import Path

from . import cargo
from .archive import write_tarball
from .sbom import write_sbom
from .targets import DIST, ROOT, TARGET_DIR, VERSION, WORK, Target

# Debian's, of release/install-tools.sh.
BINUTILS = {"x86_64": "x86_64-linux-gnu-", "aarch64": "aarch64-linux-gnu-", "armv7": "arm-linux-gnueabihf-"}
DOCUMENTS = ["LICENSE-MIT", "LICENSE-APACHE", "bindings-c/THIRD-PARTY-LICENSES", "bindings-c/README.md"]


def build_tarball(target: Target) -> tuple[Path, Path]:
    """Returns the tarball, and the SBOM that is in it."""
    built = build_libraries(target)
    name = f"roomcast-c-{VERSION}-{target.triple}"
    root = WORK / "c" / name
    shutil.rmtree(root, ignore_errors=True)
    env = {**cargo.tools_environment(), "SYSTEM": target.system, "SYSTEM_LIBRARIES": system_libraries(target)}
    if target.system == "linux":
        env |= {"CROSS_COMPILE": cross_compile(target), "LOCALISE": "always"}
    cargo.run(["sh", ROOT / "bindings-c" / "install.sh", built, "/", root], env=env)
    sbom = write_sbom("roomcast-c", target, DIST / "sbom" / f"{name}.cdx.json")
    documents = root / "share" / "doc" / "roomcast"
    documents.mkdir(parents=True)
    for document in DOCUMENTS:
        shutil.copy(ROOT / document, documents)
    shutil.copy(sbom, documents / "sbom.cdx.json")
    return write_tarball(root, DIST / "c" / f"{name}.tar.gz"), sbom


def build_libraries(target: Target) -> Path:
    """As a developer and a packager build them, by bindings-c/build.sh; returns the directory of what it built."""
    env = cargo.environment(target, dynamic=True)
    cargo.run(["sh", ROOT / "bindings-c" / "build.sh", *cargo.command(target, "rustc")], env)
    return TARGET_DIR / target.triple / "release"


def cross_compile(target: Target) -> str:
    """What the names of binutils begin with that can localise this target's static library."""
    processor = target.triple.split("-")[0]
    if processor == platform.machine():
        return ""
    prefix = BINUTILS[processor]
    if not shutil.which(f"{prefix}objcopy"):
        raise cargo.CannotBuild(f"{prefix}objcopy is not installed: run release/install-tools.sh")
    return prefix


def system_libraries(target: Target) -> str:
    """What a program that links the static library must link too, as rustc says."""
    flags = ["--release", "-p", "roomcast-c", "--crate-type", "staticlib", "--", "--print", "native-static-libs"]
    said = cargo.finished(cargo.command(target, "rustc", *flags), cargo.environment(target, dynamic=True)).stderr
    libraries = re.search(r"native-static-libs: (.*)", said)
    if not libraries:
        raise cargo.BuildFailed(f"rustc printed no native-static-libs:\n{said}")
    # Each once.
    words = dict.fromkeys(re.findall(r"-framework \S+|\S+", libraries[1]))
    # rustc names the shared libgcc, to which a static program cannot link. Compilers link the right
    # one, but for musl zig's links none.
    unwinder = {"-lgcc_s": "-lgcc_eh" if target.musl else ""}
    return " ".join(filter(None, (unwinder.get(word, word) for word in words)))

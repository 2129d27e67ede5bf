"""Whether an artifact's libraries load where its name says: what auditwheel says of manylinux wheels, and in
all the symbols of glibc and the libraries of musl."""

from __future__ import annotations

import io
import re
import sys

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from ..build import cargo
from ..build.manifest import libraries
from ..build.targets import DIST, Target
from .results import Results

# Musl's loader takes this name for itself: load_library in its ldso/dynlink.c. auditwheel would look for the file, and
# find that of glibc, which is a text.
MUSL = {"libc.so"}


def check(row: dict, target: Target) -> Results:
    """The checks of one artifact."""
    tests = Results()
    if target.system != "linux":
        return tests
    newest = max((version for _, content in libraries(DIST / row["file"]) for version in glibc(content)), default=None)
    allowed = number(target.glibc) if target.glibc else None
    result(
        tests, "glibc", newest is None or (allowed is not None and newest <= allowed), f"needs {newest}; may {allowed}"
    )
    if target.musl:
        needs = sorted({name for _, content in libraries(DIST / row["file"]) for name in needed(content)})
        result(tests, "libraries", set(needs) <= MUSL, f"needs {needs}; musl's loader has {sorted(MUSL)} in itself")
    elif row["kind"] == "wheel":
        try:
            said = cargo.run([sys.executable, "-m", "auditwheel", "show", DIST / row["file"]])
        except cargo.BuildFailed as error:
            said = str(error)
        tag = re.search(r'following platform tag: "(\w+?)"', " ".join(said.split()))
        result(tests, "auditwheel", bool(tag) and fits(tag[1], target.wheel), f"{row['file']}: auditwheel says: {said}")
    return tests


def needed(content: bytes) -> list[str]:
    """The libraries that a library or program needs."""
    if not content.startswith(b"\x7fELF"):
        return []
    sections = ELFFile(io.BytesIO(content)).iter_sections()
    tags = (
        tag for section in sections if isinstance(section, DynamicSection) for tag in section.iter_tags("DT_NEEDED")
    )
    return [tag.needed for tag in tags]


def result(tests: Results, name: str, passed: bool, why: str) -> None:
    if passed:
        tests.passed += 1
    else:
        tests.failed.append(f"{name}: {why}")


def glibc(content: bytes) -> set[tuple[int, ...]]:
    """The versions of glibc whose symbols a library or program needs."""
    if not content.startswith(b"\x7fELF"):
        return set()
    sections = ELFFile(io.BytesIO(content)).iter_sections()
    needs = (need for section in sections if isinstance(section, GNUVerNeedSection) for need in section.iter_versions())
    names = {version.name for _, versions in needs for version in versions}
    return {number(name[len("GLIBC_") :]) for name in names if re.fullmatch(r"GLIBC_[\d.]+", name)}


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def fits(tag: str, promised: str) -> bool:
    """Whether a wheel of this tag runs wherever one of the promised tag does, such as manylinux_2_17_aarch64."""
    pattern = r"(many|musl)linux_(\d+)_(\d+)_(\w+)"
    real, wanted = re.fullmatch(pattern, tag), re.fullmatch(pattern, promised)
    if not real or not wanted or (real[1], real[4]) != (wanted[1], wanted[4]):
        return False
    return (int(real[2]), int(real[3])) <= (int(wanted[2]), int(wanted[3]))

"""Whether an artifact's libraries load where its name says: what auditwheel says of wheels, glibc's symbols in all."""

from __future__ import annotations

import io
import re
import sys

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from ..build import cargo
from ..build.manifest import libraries
from ..build.targets import DIST, Target
from .results import Results


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
    if row["kind"] == "wheel":
        said = cargo.run([sys.executable, "-m", "auditwheel", "show", DIST / row["file"]])
        tag = re.search(r'following platform tag: "(\w+?)"', " ".join(said.split()))
        result(tests, "auditwheel", bool(tag) and fits(tag[1], target.wheel), f"{row['file']}: auditwheel says: {said}")
    return tests


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

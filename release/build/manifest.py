"""dist/manifest.json: what was built, what was not and why; and the same as a table."""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import cargo, licences
from .targets import DIST

# Bytes that an artifact may have, by kind; and any shared object in it.
LIMITS = {"wheel": 1_500_000, "free-threaded-wheel": 1_500_000, "npm": 1_500_000}
LIBRARY_LIMIT = 2_700_000
PARTS = DIST / "parts"


# Artifacts whose SBOM is only beside them, and those whose licences are, in a file of this name.
SBOM_BESIDE = ["sandbox", "cli", "sdist"]
# All files of a release are in one directory in the end.
LICENCES_BESIDE = {"sandbox": licences.FILE, "cli": f"roomcast-cli-{licences.FILE}"}
# The crate that is linked into it.
CRATES = {"wheel": "roomcast-python", "npm": "roomcast-node", "c": "roomcast-c"}
CRATES |= {"sandbox": "roomcast-sandbox", "cli": "roomcast-cli"}
CRATES["sandbox-npm"] = CRATES["sandbox-wheel"] = CRATES["sandbox"]
CRATES["cli-npm"] = CRATES["cli-wheel"] = CRATES["cli"]
CRATES["sdist"] = CRATES["free-threaded-wheel"] = CRATES["wheel"]


def row(kind: str, triple: str | None, file: Path, sbom: Path) -> dict:
    """A row for an artifact that was built."""
    content = file.read_bytes()
    check_documents(kind, file, sbom)
    beside = file.parent / LICENCES_BESIDE[kind] if kind in LICENCES_BESIDE else None
    return {
        "file": file.relative_to(DIST).as_posix(),
        "kind": kind,
        "triple": triple,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "glibc": glibc(file),
        "sbom": sbom.relative_to(DIST).as_posix(),
        "licences": beside.relative_to(DIST).as_posix() if beside else None,
    }


def check_documents(kind: str, file: Path, sbom: Path) -> None:
    """Its SBOM and the licences of its crates are in it, or beside it."""
    inside = [content for _, content in files(file)]
    if kind not in SBOM_BESIDE and sbom.read_bytes() not in inside:
        raise cargo.BuildFailed(f"{file.name} does not contain its SBOM, {sbom.name}")
    if kind in CRATES:
        texts = (licences.PACKAGES[CRATES[kind]] / licences.FILE).read_bytes()
        beside = LICENCES_BESIDE.get(kind)
        if texts not in ([(file.parent / beside).read_bytes()] if beside else inside):
            raise cargo.BuildFailed(f"{file.name} does not contain {licences.FILE}")


def files(file: Path) -> Iterator[tuple[str, bytes]]:
    """The files in an artifact, with their names. A program is a file itself."""
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
    elif file.suffix in (".gz", ".tgz"):
        with tarfile.open(file) as archive:
            yield from ((member.name, archive.extractfile(member).read()) for member in archive if member.isfile())
    else:
        yield file.name, file.read_bytes()


def libraries(file: Path) -> Iterator[tuple[str, bytes]]:
    """The shared objects in an artifact, with their names; or the program that it is."""
    native = re.compile(r"\.(so[.\d]*|node|dll|pyd|dylib)$")
    yield from ((name, content) for name, content in files(file) if native.search(name) or name == file.name)


def glibc(file: Path) -> str | None:
    """The oldest glibc on which it loads: the newest version of a symbol that it needs."""
    versions = set()
    for _, content in libraries(file):
        if content.startswith(b"\x7fELF"):
            found = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)", content)
            versions |= {(int(major), int(minor)) for major, minor in found}
    return ".".join(map(str, max(versions))) if versions else None


def too_large(built: dict) -> list[str]:
    """What exceeds the limits on sizes."""
    found = []
    limit = LIMITS.get(built["kind"])
    if limit and built["bytes"] > limit:
        found.append(f"{built['file']} has {built['bytes']:,} bytes; the limit is {limit:,}")
    if CRATES.get(built["kind"]) not in licences.PROGRAMS:
        for name, content in libraries(DIST / built["file"]):
            if len(content) > LIBRARY_LIMIT:
                found.append(f"{name} in {built['file']} has {len(content):,} bytes; the limit is {LIBRARY_LIMIT:,}")
    return found


def save(part: str, rows: list[dict]) -> None:
    """Keeps the rows of one part (a target, the sdist, …) for `merge`, also of parts that other machines built."""
    PARTS.mkdir(parents=True, exist_ok=True)
    (PARTS / f"{part}.json").write_text(json.dumps(rows, indent=1) + "\n")


def merge() -> list[dict]:
    """Writes dist/manifest.json from all parts, and returns its rows. Artifacts of older versions are removed."""
    rows = [row for part in sorted(PARTS.glob("*.json")) for row in json.loads(part.read_text())]
    built = {row["file"] for row in rows if "file" in row}
    for folder in ["wheels", "sdist", "npm", "c", "sandbox", "cli"]:
        for file in (DIST / folder).glob("*"):
            if file.relative_to(DIST).as_posix() not in built and file.name not in LICENCES_BESIDE.values():
                file.unlink()
    (DIST / "manifest.json").write_text(json.dumps(rows, indent=1) + "\n")
    return rows


def table(rows: list[dict]) -> str:
    lines = [["artifact", "size", "glibc", "SBOM"]]
    for built in (row for row in rows if "file" in row):
        sbom = "yes" if (DIST / built["sbom"]).is_file() else "NO"
        lines.append([built["file"], f"{built['bytes']:,}", built["glibc"] or "-", sbom])
    widths = [max(map(len, column)) for column in zip(*lines)]
    shown = ["  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in lines]
    shown += [
        f"NOT BUILT: {row['kind']} for {row['triple'] or 'all targets'}: {row['why']}" for row in rows if "why" in row
    ]
    return "\n".join(shown)

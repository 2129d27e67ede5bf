"""Gathers what several machines built: `python -m release.build.gather <the dist/ of a machine>…` writes dist/.

Fails if a target has no artifact of a kind. What an earlier one of the directories has is not taken from a later one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

from . import manifest
from .__main__ import BUILDERS, MAIN_PACKAGES, PROGRAMS, attempt
from .targets import DIST, all_targets


class Incomplete(Exception):
    """The directories do not have what a release needs."""


def read(directories: list[Path]) -> dict[str, tuple[Path, list[dict]]]:
    """Each part's rows, and the directory of its files: of a machine that could build the part, if there is one."""
    parts: dict[str, tuple[Path, list[dict]]] = {}
    for directory in directories:
        found = sorted((directory / "parts").glob("*.json"))
        if not found:
            raise Incomplete(f"{directory} has no parts/*.json: it is not what `make dist` made")
        for path in found:
            rows = json.loads(path.read_text())
            known = parts.get(path.stem)
            # The main packages are made here, of the packages of all platforms.
            if path.stem not in MAIN_PACKAGES and (known is None or any("why" in row for row in known[1])):
                parts[path.stem] = directory, rows
    return parts


def without_twins(parts: dict[str, tuple[Path, list[dict]]]) -> None:
    """Of two artifacts with one name, as Windows' wheels by MSVC and MinGW, that of the system's own machine stays."""
    own = {target.triple for target in all_targets() if target.built == "workflow"}
    preferred = {row["file"] for part in own & parts.keys() for row in parts[part][1] if "file" in row}
    for part, (_, rows) in parts.items():
        if part not in own:
            rows[:] = [row for row in rows if row.get("file") not in preferred]


def copy(directory: Path, row: dict) -> None:
    """Copies an artifact, and its SBOM and licences beside it, if they are still what was built."""
    content = (directory / row["file"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != row["sha256"]:
        raise Incomplete(f"{directory / row['file']} is not what was built: its SHA-256 differs from the manifest's")
    for name in filter(None, (row["file"], row["sbom"], row.get("licences"))):
        if not (DIST / name).exists():
            (DIST / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory / name, DIST / name)


def missing(rows: list[dict]) -> list[str]:
    """What a release must have, and these rows do not."""
    targets = {target.triple: target for target in all_targets()}

    def platform(kind: str, triple: str) -> tuple[str, str]:
        # Windows has two targets, but one wheel and one npm package.
        target = targets[triple]
        if kind == "npm":
            return kind, target.npm
        if kind == "wheel" or kind.endswith("-wheel"):
            return kind, target.wheel
        return kind, target.machine if kind.endswith("-npm") else triple

    built = {platform(row["kind"], row["triple"]) for row in rows if "file" in row and row["triple"]}
    whys = {(row["kind"], row["triple"]): row["why"] for row in rows if "why" in row}
    lines = [] if any(row["kind"] == "sdist" and "file" in row for row in rows) else ["sdist"]
    for target in targets.values():
        for kind in BUILDERS:
            if (kind not in PROGRAMS or target.sandbox) and platform(kind, target.triple) not in built:
                why = whys.get((kind, target.triple), "its machine was not there")
                lines.append(f"{kind} for {target.triple}: {why}")
    return lines


def write_checksums() -> None:
    """dist/SHA256SUMS, of the files' names without directories, as on the page of a release."""
    files = sorted((path for path in DIST.rglob("*") if path.is_file()), key=lambda path: path.name)
    if len({path.name for path in files}) != len(files):
        raise Incomplete(f"two files have the same name: {', '.join(path.name for path in files)}")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (DIST / "SHA256SUMS").write_text("".join(lines))


def main(directories: list[Path]) -> None:
    parts = read(directories)
    without_twins(parts)
    shutil.rmtree(DIST, ignore_errors=True)
    for part, (directory, rows) in parts.items():
        for row in rows:
            if "file" in row:
                copy(directory, row)
        manifest.save(part, rows)
    failures: list[str] = []
    for kind, builder in MAIN_PACKAGES.items():
        manifest.save(kind, [attempt(kind, None, builder, failures)])
    rows = manifest.merge()
    print(manifest.table(rows))
    failures += missing(rows)
    for row in rows:
        if "file" in row:
            failures += manifest.too_large(row)
    # The manifest has all of it.
    shutil.rmtree(manifest.PARTS)
    write_checksums()
    if failures:
        raise Incomplete("\n".join(failures))


if __name__ == "__main__":
    chosen = [Path(argument).resolve() for argument in sys.argv[1:]]
    if not chosen or any(path == DIST or DIST in path.parents for path in chosen):
        sys.exit(__doc__)
    try:
        main(chosen)
    except Incomplete as why:
        sys.exit(f"INCOMPLETE: {why}")

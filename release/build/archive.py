"""Tarballs that are the same, byte for byte, whenever and wherever they are written."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

from . import cargo


def write_tarball(directory: Path, to: Path) -> Path:
    """Writes a directory, with its name, to a .tar.gz."""
    time = int(cargo.epoch())

    def normal(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mtime = time
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    to.parent.mkdir(parents=True, exist_ok=True)
    with open(to, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=time) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in [directory, *sorted(directory.rglob("*"))]:
                archive.add(path, str(path.relative_to(directory.parent)), recursive=False, filter=normal)
    return to

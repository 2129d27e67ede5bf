"""Every room's table, saved in one file per room, so that a restart loses nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from table import Table

# The format of 100ms's room ids, which cannot contain a path.
ROOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BadRoomId(ValueError):
    """Not a room id of 100ms."""


class Tables:
    """For one process: several would overwrite each other's files. For several workers, use a database."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._tables = {path.stem: Table(**json.loads(path.read_bytes())) for path in directory.glob("*.json")}

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._tables))

    def __getitem__(self, room_id: str) -> Table:
        if not ROOM_ID.fullmatch(room_id):
            raise BadRoomId("a room id has 1 to 64 of A-Z a-z 0-9 _ -")
        return self._tables.setdefault(room_id, Table())

    def save(self, room_id: str) -> None:
        """Atomic: a crash leaves the old file or the new one."""
        path = self._directory / f"{room_id}.json"
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(dataclasses.asdict(self._tables[room_id])))
        os.replace(temporary, path)

"""What the tests of an artifact did."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# The artifact that a language's driver uses; the Rust driver uses none.
KINDS = {"python": "wheel", "python-async": "wheel", "node": "npm", "c": "c"}


@dataclass
class Results:
    """The tests of one artifact."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    # How many, by reason.
    not_run: Counter[str] = field(default_factory=Counter)
    # In how many of those that were run the artifact was started, rather than read.
    started: int = 0

    @property
    def run(self) -> int:
        return self.passed + len(self.failed)

    def add(self, other: Results) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.not_run += other.not_run
        self.started += other.started

    def reasons(self) -> str:
        return "; ".join(f"{times}: {why}" for why, times in sorted(self.not_run.items()))


def read_junit(path: Path) -> dict[str, Results]:
    """The tests by the kind of artifact; those of the Rust driver as "crate"."""
    tests: dict[str, Results] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        one = tests.setdefault(kind_of(name), Results())
        skipped = case.find("skipped")
        if skipped is not None:
            one.not_run[skipped.get("message", "")] += 1
            continue
        one.started += 1
        if case.find("failure") is not None or case.find("error") is not None:
            one.failed.append(name)
        else:
            one.passed += 1
    return tests


def kind_of(name: str) -> str:
    """The kind of the artifact that a test uses. Tests of the matrix itself count as the crate's."""
    if "test_sandbox" in name:
        return "sandbox"
    if "test_command_line" in name:
        return "cli"
    if "test_static_c_library" in name:
        return "c"
    language = re.search(r"-(python-async|python|node|c)\]$", name)
    return KINDS[language[1]] if language else "crate"

"""Runs the matrix on a platform, and counts what it did, by artifact."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..build.targets import ROOT
from .cache import CACHE
from .describe import KINDS

PYTHON = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
# Tests that wait for servers most of the time.
WORKERS = 4
# Seconds after which a platform's tests are ended.
HANG = 45 * 60


@dataclass
class Tests:
    """The tests of one artifact."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    # How many, by reason.
    not_run: Counter[str] = field(default_factory=Counter)

    @property
    def run(self) -> int:
        return self.passed + len(self.failed)

    def add(self, other: Tests) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.not_run += other.not_run


def run_matrix(description: dict[str, Any], *options: str) -> dict[str, Tests]:
    """Runs it, and returns the tests by the kind of artifact; those of the Rust driver as "crate"."""
    folder = CACHE / description["name"]
    folder.mkdir(parents=True, exist_ok=True)
    platform, junit, log = folder / "platform.json", folder / "junit.xml", folder / "pytest.log"
    platform.write_text(json.dumps(description, indent=1) + "\n")
    junit.unlink(missing_ok=True)
    started = time.monotonic()
    command = [PYTHON, "-m", "pytest", "-q", "-n", str(WORKERS), "-p", "no:cacheprovider", f"--junitxml={junit}"]
    with open(log, "wb") as out:
        code = subprocess.run(
            [*map(str, command), *options],
            cwd=ROOT / "tests", env={**os.environ, "ROOMCAST_PLATFORM": str(platform)}, stdout=out, stderr=out,
            timeout=HANG, check=False,
        ).returncode  # fmt: skip
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    print(f"{description['name']}: {time.monotonic() - started:.0f} s: {' '.join(last)}", flush=True)
    tests = count(junit) if junit.exists() else {}
    for language, why in description["without"].items():
        kind = KINDS.get(language, "crate")
        tests.setdefault(kind, Tests()).not_run[f"{language}: {why}"] += 1
    if code != 0 and not any(one.failed for one in tests.values()):
        tests.setdefault("crate", Tests()).failed.append(f"pytest ended with {code}: see {log.relative_to(ROOT)}")
    return tests


def count(junit: Path) -> dict[str, Tests]:
    tests: dict[str, Tests] = {}
    for case in ElementTree.parse(junit).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        one = tests.setdefault(kind_of(name), Tests())
        skipped = case.find("skipped")
        if skipped is not None:
            one.not_run[skipped.get("message", "")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            one.failed.append(name)
        else:
            one.passed += 1
    return tests


def kind_of(name: str) -> str:
    """The kind of the artifact that a test uses. Tests of the matrix itself count as the crate's."""
    if "test_sandbox" in name:
        return "sandbox"
    if "test_static_c_library" in name:
        return "c"
    language = re.search(r"-(python-async|python|node|c)\]$", name)
    return KINDS[language[1]] if language else "crate"

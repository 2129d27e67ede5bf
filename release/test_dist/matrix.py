"""Runs the matrix on a platform, and counts what it did, by artifact."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

from ..build.targets import ROOT
from .cache import CACHE
from .results import KINDS, Results, read_junit

PYTHON = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
# Tests that wait for servers most of the time.
WORKERS = 4
# Seconds after which a platform's tests are ended.
HANG = 45 * 60


def run_matrix(description: dict[str, Any], *options: str) -> dict[str, Results]:
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
    tests = read_junit(junit) if junit.exists() else {}
    for language, why in description["without"].items():
        kind = KINDS.get(language, "crate")
        tests.setdefault(kind, Results()).not_run[f"{language}: {why}"] += 1
    if code != 0 and not any(one.failed for one in tests.values()):
        tests.setdefault("crate", Results()).failed.append(f"pytest ended with {code}: see {log.relative_to(ROOT)}")
    return tests

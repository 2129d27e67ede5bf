"""Runs a tool against the sandbox."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Below pytest's own, so that what was run is named.
HANG = 150


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in a folder of its own, for what it leaves behind, and with no proxy between it and the sandbox."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG)

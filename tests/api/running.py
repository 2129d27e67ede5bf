"""Runs a tool against the sandbox."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Seconds. Shorter than pytest's timeout, so that the error names the command.
HANG = 150


def run(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command in `folder`, where it may leave files, without proxies of the environment."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG)

"""Starts the program that is in this package: see https://github.com/roomcast/roomcast.

The same in roomcast-sandbox and in roomcast-cli.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


def program() -> Path:
    """Return the path of the program."""
    (path,) = Path(__file__).resolve().with_name("bin").iterdir()
    return path


def main() -> None:
    """Run the program with this process's arguments."""
    command = [str(program()), *sys.argv[1:]]
    if sys.platform == "win32":
        # There a process cannot become another program. Ctrl-C reaches both: the program decides what it means.
        signal.signal(signal.SIGINT, lambda *_: None)
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)

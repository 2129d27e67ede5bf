"""The program roomcast-sandbox, a local stand-in for 100ms: see https://github.com/roomcast/roomcast.

roomcast-sandbox --listen 127.0.0.1:8100
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def program() -> Path:
    """Return the path of the program."""
    name = "roomcast-sandbox.exe" if sys.platform == "win32" else "roomcast-sandbox"
    return Path(__file__).resolve().with_name("bin") / name


def main() -> None:
    """Run the program with this process's arguments."""
    command = [str(program()), *sys.argv[1:]]
    if sys.platform == "win32":
        # There a process cannot become another program.
        try:
            sys.exit(subprocess.run(command, check=False).returncode)
        except KeyboardInterrupt:
            sys.exit(130)
    os.execv(command[0], command)

"""Describes the machine and the versions of a run."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path

from servers import nginx
from suite import FLOOR


def of(results: dict) -> dict:
    return {
        "date": datetime.date.today().isoformat(),
        "cpu": cpu(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
        "server": version(nginx(), "-v") if nginx() else "own",
        "python": platform.python_version(),
        "node": version("node", "--version"),
        "rustc": version("rustc", "--version"),
        "clients": {
            key: run["version"]
            for rounds in results["rounds"].values()
            for measured in rounds
            for key, run in measured.items()
            if key != FLOOR.key
        },
    }


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def version(program: str | None, option: str) -> str:
    """The version that a program prints; nginx prints it to stderr."""
    done = subprocess.run([str(program), option], capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().removeprefix("nginx version: ")


def description(machine: dict) -> str:
    cores = "1 core" if machine["cores"] == 1 else f"{machine['cores']} cores"
    server = "our own static server" if machine["server"] == "own" else machine["server"]
    return (
        f"{machine['cpu']}, {cores}, {machine['kernel']}; Python {machine['python']}, Node {machine['node']}, "
        f"{machine['rustc']}; {server}; {machine['date']}"
    )

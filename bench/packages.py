"""The cost of the packages before a message is sent: size, load time, and idle clients."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import zipfile

from measure import Bench
from suite import BENCH, BUILT, RELEASE, ROOT, RUST

LOADS = 15
# The modules that are loaded into a fresh interpreter, by their names in the tables.
PYTHON = {"roomcast": "roomcast", "requests": "requests", "httpx": "httpx", "aiohttp": "aiohttp", "pycurl": "pycurl"}
NODE = {
    "roomcast": str(ROOT / "bindings-node"),
    "undici": "undici",
    "axios": "axios",
    "@100mslive/server-sdk": "@100mslive/server-sdk",
}
IMPORT = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"
REQUIRE = (
    "const began = performance.now(); require(process.argv[1]); console.log((performance.now() - began) / 1000);"
    " process.exit()"
)


def loaded(bench: Bench, commands: dict[str, list[str]]) -> dict[str, float]:
    """The median load times in seconds. Modules that cannot be loaded are omitted."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(LOADS):
        for name, command in list(commands.items()):
            try:
                times[name].append(bench.run(command, cwd=BENCH / "node"))
            except RuntimeError:
                del commands[name]
    return {name: statistics.median(times[name]) for name in commands}


def sizes() -> dict[str, int]:
    """In bytes."""
    (wheel,) = (BUILT / "wheel").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        python_so = max(entry.file_size for entry in archive.infolist())
    packages = sorted(path.parent for path in (BUILT / "npm").glob("*/package.json"))
    packed = {}
    for package in packages:
        done = subprocess.run(
            ["npm", "pack", "--dry-run", "--json"], cwd=package, check=True, capture_output=True, text=True
        )
        packed[package.name] = json.loads(done.stdout)[0]["size"]
    return {
        "wheel": wheel.stat().st_size,
        "wheel_so": python_so,
        "npm": packed.pop("roomcast"),
        # One package per platform; npm installs the matching one.
        "npm_native": max(packed.values()),
        "so": (RELEASE / "libroomcast.so").stat().st_size,
    }


def measured(bench: Bench) -> dict:
    url, delayed = bench.servers["plain"], bench.servers["delayed"]
    return {
        "bytes": sizes(),
        "import_s": loaded(
            bench, {name: [sys.executable, "-I", "-c", IMPORT.format(module)] for name, module in PYTHON.items()}
        ),
        "require_s": loaded(bench, {name: ["node", "-e", REQUIRE, module] for name, module in NODE.items()}),
        "idle": {
            "Rust": bench.run([RUST, "idle", "--url", delayed]),
            "Python": bench.run([sys.executable, str(BENCH / "python" / "idle.py"), url]),
            "Node": bench.run(["node", str(BENCH / "node" / "idle.mjs"), url]),
        },
    }

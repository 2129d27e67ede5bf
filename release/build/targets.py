"""The platforms of a release, from release/targets.json."""

from __future__ import annotations

import json
import platform
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
# Beside the developer's builds, which have other flags.
TARGET_DIR = ROOT / "target" / "dist"
# What is on its way to dist/.
WORK = TARGET_DIR / "packages"
VERSION = re.search(r'(?m)^\[workspace\.package\]\nversion = "(.+)"$', (ROOT / "Cargo.toml").read_text())[1]


@dataclass(frozen=True)
class Target:
    """One platform.

    `built` says with what: "zig" and "mingw" on Linux; "workflow" in CI, on a machine of that platform. `run` says
    how `make test-dist` runs what was built: "native", "musl" (Debian's), "qemu-…", "wine", or only in the "workflow".
    `glibc` is the oldest one that it may need. `sandbox` says whether the sandbox and
    the command line are built, as static programs.
    """

    triple: str
    built: str
    wheel: str
    npm: str
    run: str
    glibc: str | None = None
    sandbox: bool = False

    @property
    def system(self) -> str:
        for part, name in [("linux", "linux"), ("windows", "windows"), ("darwin", "macos")]:
            if part in self.triple:
                return name
        raise ValueError(self.triple)

    @property
    def machine(self) -> str:
        """As Node names it: the system and the processor, whichever C library it has."""
        return "-".join(self.npm.split("-")[:2])

    @property
    def musl(self) -> bool:
        return self.triple.endswith("-musl")

    @property
    def built_here(self) -> bool:
        host = {"Linux": "linux", "Windows": "windows", "Darwin": "macos"}.get(platform.system())
        return host == (self.system if self.built == "workflow" else "linux")


def all_targets() -> list[Target]:
    return [Target(**row) for row in json.loads((ROOT / "release" / "targets.json").read_text())]


def select(triples: list[str]) -> list[Target]:
    """The targets with these triples, or all."""
    targets = {target.triple: target for target in all_targets()}
    unknown = sorted(set(triples) - set(targets))
    if unknown:
        raise SystemExit(f"unknown target: {', '.join(unknown)}. There are: {', '.join(targets)}")
    return [targets[triple] for triple in triples or targets]

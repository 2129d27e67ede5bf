"""What `make dist` made, and for which platforms."""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from pathlib import Path

from . import paths

DIST = paths.ROOT / "dist"
# The name of this machine's processor in wheels, and in npm's packages.
MACHINE = platform.machine()
CPU = {"x86_64": "x64", "aarch64": "arm64"}.get(MACHINE, MACHINE)
LIBC = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"


def artifacts(directory: str, pattern: str) -> list[Path]:
    """The artifacts in a directory of dist/."""
    found = sorted((DIST / directory).glob(pattern))
    if not found:
        raise FileNotFoundError(f"{DIST / directory / pattern} does not exist: run `make dist` first")
    return found


@dataclass(frozen=True)
class Target:
    """A platform: a row of release/targets.json."""

    triple: str
    # The name of its npm package is @roomcast/<npm>.
    npm: str
    # The platform tag of its wheel.
    wheel: str
    # Whether there are a sandbox and a command line for it.
    sandbox: bool

    @property
    def npm_package(self) -> Path | None:
        """The npm package in dist/; None if this machine could not build it."""
        return next(iter((DIST / "npm").glob(f"roomcast-{self.npm}-[0-9]*.tgz")), None)

    @property
    def machine(self) -> str:
        """The system and the processor, as Node names them."""
        return "-".join(self.npm.split("-")[:2])

    def program_package(self, program: str) -> Path | None:
        """The npm package in dist/ with a program, which is "sandbox" or "cli"."""
        return next(iter((DIST / "npm").glob(f"roomcast-{program}-{self.machine}-[0-9]*.tgz")), None)

    @property
    def wheel_file(self) -> Path | None:
        """The wheel in dist/. Its name may have further platform tags."""
        return next(iter((DIST / "wheels").glob(f"*-abi3-*{self.wheel}*.whl")), None)

    @property
    def c_tarball(self) -> Path | None:
        """The C library in dist/."""
        return next(iter((DIST / "c").glob(f"roomcast-c-*-{self.triple}.tar.gz")), None)

    def why_not_built(self, kind: str) -> str:
        """Why there is none of this kind ("wheel", "npm", "c"), as `make dist` says."""
        manifest = DIST / "manifest.json"
        rows = json.loads(manifest.read_text()) if manifest.exists() else []
        why = (row["why"] for row in rows if (row["kind"], row["triple"]) == (kind, self.triple) and "why" in row)
        return f"not in dist/: {kind} for {self.triple}: {next(why, '`make dist` was not run for it')}"


def target(triple: str) -> Target:
    return next(target for target in targets() if target.triple == triple)


def targets() -> list[Target]:
    """One for each platform: two compilers may build for it."""
    rows = json.loads((paths.ROOT / "release" / "targets.json").read_text())
    found = [Target(row["triple"], row["npm"], row["wheel"], row.get("sandbox", False)) for row in rows]
    return list({target.npm: target for target in found}.values())

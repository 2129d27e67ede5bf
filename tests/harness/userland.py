"""Debian's programs for another processor: unpacked in a folder and run by qemu, without root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import paths

QEMU = {"arm64": "qemu-aarch64-static"}
# What they need beside the programs that this machine has: from the Debian package of this name, if not of the same.
TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "qemu-aarch64-static": "qemu-user-static"}
# Python, and the library that Node needs, with all that these require.
PACKAGES = ("python3", "libstdc++6")


def missing() -> str:
    """The Debian packages that have to be installed first; empty if there are none."""
    return " ".join(package for tool, package in TOOLS.items() if not shutil.which(tool))


class Userland:
    """The file system of a small Debian, in tests/build."""

    def __init__(self, architecture: str) -> None:
        self._qemu = QEMU[architecture]
        self.root = paths.BUILD / f"userland-{architecture}"
        if not self.root.exists():
            self._make(architecture)

    def _make(self, architecture: str) -> None:
        paths.BUILD.mkdir(exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=paths.BUILD, prefix=f"{self.root.name}."))
        apt = new / "apt"
        for name in ("state", "cache"):
            (apt / name).mkdir(parents=True)
        # For this apt nothing is installed, so that it fetches all that the packages need. It has its own lists and
        # cache; only the sources are this machine's.
        status = apt / "status"
        status.touch()
        options = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "APT::Sandbox::User": "",
            "Dir::State": apt / "state",
            "Dir::State::status": status,
            "Dir::Cache": apt / "cache",
        }
        get = ["apt-get", "--quiet=2", *(f"--option={name}={value}" for name, value in options.items())]
        subprocess.run([*get, "update"], check=True, timeout=300)
        install = [*get, "install", "--yes", "--no-install-recommends", "--download-only", *PACKAGES]
        subprocess.run(install, check=True, timeout=300)
        for package in (apt / "cache" / "archives").glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, new], check=True, timeout=60)
        shutil.rmtree(apt)
        os.rename(new, self.root)

    def command(self, program: Path, *arguments: str) -> list[str]:
        """The command that runs a program with this userland's libraries."""
        return [str(shutil.which(self._qemu)), "-L", str(self.root), str(program), *arguments]

    @property
    def python(self) -> Path:
        return (self.root / "usr" / "bin" / "python3").resolve()

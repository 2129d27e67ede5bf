"""Debian's packages of another architecture, unpacked into a directory; and its source packages.

Needs no root: apt works with lists and a state of its own, and with the places from which the machine has its packages.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

from ..build import cargo
from .cache import CannotRun, need, once

# Python, and what Node's programs link to.
PACKAGES = ["python3", "libstdc++6", "libatomic1"]
# Programs that were built on Alpine need relocations (RELR) that musl has since 1.2.4.
MUSL_RELEASE = "trixie"


def userland(architecture: str) -> Path:
    """The root directory of a small Debian for an architecture such as arm64."""
    return once(f"debian-{architecture}", lambda directory: unpack(architecture, directory))


def unpack(architecture: str, directory: Path) -> None:
    musl = sources("deb", MUSL_RELEASE)
    for name, packages, where in [("apt", PACKAGES, None), ("apt-musl", ["musl"], musl)]:
        apt = Apt(directory / name, architecture, where)
        apt.update()
        apt.run("install", "--download-only", "--no-install-recommends", "--yes", *packages)
        for package in sorted(apt.directory.glob("archives/*.deb")):
            cargo.run(["dpkg-deb", "--extract", package, directory])
    # That release has no /lib of its own, but its programs name their loader there.
    for loader in directory.glob("usr/lib/ld-musl-*.so.1"):
        shutil.copy(loader, directory / "lib" / loader.name)


class Apt:
    """apt-get with a state of its own, in which nothing is installed."""

    def __init__(self, directory: Path, architecture: str, sources: str | None = None) -> None:
        need("apt-get")
        self.directory = directory
        for needed in ["lists/partial", "archives/partial", "state"]:
            (directory / needed).mkdir(parents=True, exist_ok=True)
        status = directory / "status"
        status.touch()
        settings = {
            "APT::Architecture": architecture,
            "APT::Architectures": architecture,
            "Dir::State": directory / "state",
            "Dir::State::Lists": directory / "lists",
            "Dir::State::Status": status,
            "Dir::Cache": directory,
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "root",
        }
        if sources:
            (directory / "sources.list").write_text(sources)
            settings |= {"Dir::Etc::SourceList": directory / "sources.list", "Dir::Etc::SourceParts": "/dev/null"}
        self._options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]

    def update(self) -> None:
        """A list that could not be had may be one that nobody needs; else what needs it fails."""
        with contextlib.suppress(CannotRun):
            self.run("update")

    def run(self, *arguments: str) -> None:
        try:
            cargo.run(["apt-get", "-qq", *self._options, *arguments], cwd=self.directory)
        except cargo.BuildFailed as error:
            raise CannotRun(f"Debian's packages could not be had: {error}") from None


def source(package: str, directory: Path) -> Path:
    """The upstream tarball of a source package."""
    apt = Apt(directory / "apt", "amd64", sources("deb-src"))
    apt.update()
    apt.run("source", "--download-only", package)
    return next(apt.directory.glob("*.orig.tar.*"))


def sources(kind: str, release: str = "$(RELEASE)") -> str:
    """Lines of a sources.list, for the places of Debian's packages that the machine has."""
    line = f"{kind} [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(SITE) {release} $(COMPONENT)"
    wanted = ["Created-By: Packages", "Origin: Debian", "Label: Debian"]
    command = ["apt-get", "indextargets", "--format", line, *wanted]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return "\n".join(sorted(set(lines))) + "\n"

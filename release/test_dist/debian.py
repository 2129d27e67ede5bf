"""Debian's packages of another architecture, unpacked into a directory; and its source packages. Needs no root: apt works with
lists and a state of its own, from the sources that the machine has."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..build import cargo
from .cache import CannotRun, need, once

# Python, and what Node's programs link to.
PACKAGES = ["python3", "libstdc++6", "libatomic1", "musl"]


def userland(architecture: str) -> Path:
    """The root directory of a small Debian for an architecture such as arm64."""
    return once(f"debian-{architecture}", lambda directory: unpack(architecture, directory))


def unpack(architecture: str, directory: Path) -> None:
    apt = Apt(directory / "apt", architecture)
    apt.run("update")
    apt.run("install", "--download-only", "--no-install-recommends", "--yes", *PACKAGES)
    for package in sorted(apt.directory.glob("archives/*.deb")):
        cargo.run(["dpkg-deb", "--extract", package, directory])


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

    def run(self, *arguments: str) -> None:
        try:
            cargo.run(["apt-get", "-qq", *self._options, *arguments], cwd=self.directory)
        except cargo.BuildFailed as error:
            raise CannotRun(f"Debian's packages could not be had: {error}") from None


def source(package: str, directory: Path) -> Path:
    """The upstream tarball of a source package, from the same places as the machine's packages."""
    describe = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(SITE) $(RELEASE) $(COMPONENT)"
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", describe, "Created-By: Packages", "Origin: Debian"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    apt = Apt(directory / "apt", "amd64", "\n".join(sorted(set(lines))) + "\n")
    apt.run("update")
    apt.run("source", "--download-only", package)
    return next(apt.directory.glob("*.orig.tar.*"))

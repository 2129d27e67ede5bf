"""Runs a Dockerfile without Docker, as far as that can be done: its own commands, with this machine's programs.

Each image is a directory. What base images bring (Python, Node, Rust) is what this machine has. Their package managers
would change this machine: apt-get only simulates, and apk is not run.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile_parse import DockerfileParser

# Seconds after which a command fails its test.
HANG = 1200


@dataclass
class Image:
    """One stage of a Dockerfile."""

    root: Path
    base: str
    arguments: dict[str, str] = field(default_factory=dict)
    directory: str = "/"
    entry_point: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / (name if name.startswith("/") else f"{self.directory}/{name}").lstrip("/")


class Build:
    """A Dockerfile that is run line by line. An instruction that is not known here fails."""

    def __init__(self, dockerfile: Path, to: Path, environment: dict[str, str], **arguments: str) -> None:
        self.images: dict[str, Image] = {}
        self.not_run: list[str] = []
        self._context = dockerfile.parent
        self._to = to
        self._environment = environment
        self._arguments = arguments
        self._global: dict[str, str] = {}
        for line in DockerfileParser(fileobj=io.BytesIO(dockerfile.read_bytes())).structure:
            if line["instruction"] != "COMMENT":
                getattr(self, f"_{line['instruction'].lower()}")(line["value"])

    @property
    def image(self) -> Image:
        """The last one, which is what a build makes."""
        return list(self.images.values())[-1]

    def _arg(self, value: str) -> None:
        name, _, default = value.partition("=")
        known = self.image.arguments if self.images else self._global
        known[name] = self._arguments.get(name, default)

    def _from(self, value: str) -> None:
        base, _, name = value.partition(" AS ")
        base = re.sub(r"\$\{(\w+)\}", lambda found: self._global[found[1]], base)
        assert re.fullmatch(r"scratch|[a-z]+:[\w.-]+", base), f"{base} does not name a version"
        root = self._to / (name or f"image-{len(self.images)}")
        root.mkdir()
        self.images[name or root.name] = Image(root, base)

    def _workdir(self, value: str) -> None:
        self.image.directory = value
        self.image.path(".").mkdir(parents=True, exist_ok=True)

    def _copy(self, value: str) -> None:
        *sources, destination = value.split()
        origin = None
        if sources[0].startswith("--from="):
            origin = self.images[sources.pop(0)[len("--from=") :]]
        for source in sources:
            path = origin.path(source) if origin else self._context / source
            to = self.image.path(destination)
            if path.is_dir():
                shutil.copytree(path, to, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(path, to / path.name if destination.endswith("/") else to)

    def _run(self, value: str) -> None:
        managers = ("apt-get ", "apk ")
        if value.startswith(managers):
            parts = value.split(" && ")
            assert all(part.startswith(managers) for part in parts), f"a package manager has a RUN of its own: {value}"
            for part in parts:
                if part.startswith("apt-get install "):
                    self._execute(["sh", "-c", part.replace("install", "install --simulate", 1)])
                else:
                    self.not_run.append(part)
        else:
            self._execute(["sh", "-e", "-c", value])

    def _user(self, value: str) -> None:
        assert value.isdigit() and value != "0"

    def _entrypoint(self, value: str) -> None:
        self.image.entry_point = json.loads(value)

    def _execute(self, command: list[str], **environment: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.image.path("."),
            env={**self._environment, **self.image.arguments, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANG,
        )
        assert done.returncode == 0, f"{command} exited with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def start(self, *arguments: str, **environment: str) -> str:
        """`docker run`: what the entry point printed."""
        return self._execute([*self.image.entry_point, *arguments], **environment)

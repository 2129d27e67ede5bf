"""A local PyPI index (pypiserver) and a local npm registry (verdaccio), with what is in dist/ and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import dist, paths

VERDACCIO = paths.ROOT / "tests" / "registry" / "node_modules" / "verdaccio" / "bin" / "verdaccio"
# Everybody may publish, and nothing is asked of another registry.
VERDACCIO_CONFIGURATION = """
storage: ./storage
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
log: {type: stdout, format: pretty, level: warn}
"""
# The programs that installers run. A PATH of only these has neither cargo nor rustc, nor a compiler.
PROGRAMS = ("env", "node", "npm", "sh", "uname")
# Seconds after which a server that does not listen, or a program that does not end, fails its test.
START, HANG = 60, 600


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A process that listens on a free port of loopback. A context manager."""

    def __init__(self, command: Sequence[str], port: int, directory: Path, environment: dict[str, str]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = directory / "server.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, cwd=directory, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + START
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"{command[0]} did not start:\n{self._log.read_text()}")
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Machine:
    """A user's machine without Rust. Its home and environment are its own, so that nothing configures an installer."""

    def __init__(self, home: Path) -> None:
        programs = home / "bin"
        programs.mkdir(parents=True)
        for name in PROGRAMS:
            found = shutil.which(name)
            if found:
                (programs / name).symlink_to(Path(found).resolve())
        (programs / "python3").symlink_to(Path(sys.executable).resolve())
        self.environment = {"PATH": str(programs), "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)}
        self.environment["PIP_CONFIG_FILE"] = os.devnull
        assert not any(shutil.which(name, path=str(programs)) for name in ("cargo", "rustc", "rustup", "cc"))

    def run(self, *command: str | Path, directory: Path, exits: int | None = 0, **environment: str) -> str:
        """Runs a program, and returns what it printed. `exits=None` allows any exit code but 0."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=directory,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=HANG,
        )
        failed = done.returncode == 0 if exits is None else done.returncode != exits
        assert not failed, f"{' '.join(map(str, command))} exited with {done.returncode}:\n{done.stdout}"
        return done.stdout


def pypi_index(directory: Path, files: Sequence[Path]) -> Server:
    """An index of these files."""
    packages = directory / "packages"
    packages.mkdir()
    for file in files:
        shutil.copy(file, packages)
    port = free_port()
    # It does not redirect to another index for what it does not have.
    command = [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1", "--port", str(port)]
    return Server([*command, "--disable-fallback", str(packages)], port, directory, dict(os.environ))


def is_main_package(file: Path) -> bool:
    """Whether it is `roomcast`, or a program. @roomcast/win32-x64 is in roomcast-win32-x64-<version>.tgz."""
    return re.fullmatch(r"roomcast(-sandbox|-cli)?-\d.*", file.name) is not None


def npm_registry(directory: Path, machine: Machine) -> Server:
    """A registry to which the packages in dist/ have been published."""
    if not VERDACCIO.exists():
        sys.exit(f"{VERDACCIO} is not installed: run `npm ci --prefix tests/registry`")
    (directory / "config.yaml").write_text(VERDACCIO_CONFIGURATION)
    port = free_port()
    command = ["node", str(VERDACCIO), "--config", str(directory / "config.yaml"), "--listen", f"127.0.0.1:{port}"]
    registry = Server(command, port, directory, machine.environment)
    try:
        # Those last, as in a release: its optional dependencies are there when somebody sees it.
        for package in sorted(dist.artifacts("npm", "*.tgz"), key=is_main_package):
            # npm wants a token, whether or not the registry does.
            token = f"--//127.0.0.1:{port}/:_authToken=any"
            machine.run("npm", "publish", package, "--registry", registry.url, token, directory=directory)
    except BaseException:
        registry.stop()
        raise
    return registry

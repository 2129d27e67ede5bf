"""The program roomcast-sandbox: where it is, and how it is started and stopped."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import tempfile
from typing import IO, Any

# In seconds.
STOP_TIMEOUT = 5.0

NOT_FOUND = (
    "roomcast-sandbox was not found. Install it with `pip install roomcast[sandbox]`, or set "
    "ROOMCAST_SANDBOX to the path of the program, or put it on the PATH."
)


class SandboxError(Exception):
    """The sandbox was not found, did not start, or refused a request."""


def find() -> str:
    """Return the path of the program: of the variable, of the package, or on the PATH."""
    named = os.environ.get("ROOMCAST_SANDBOX")
    if named:
        return named
    try:
        package = importlib.import_module("roomcast_sandbox")
    except ImportError:
        found = shutil.which("roomcast-sandbox")
        if found is None:
            raise SandboxError(NOT_FOUND) from None
        return found
    return str(package.program())


class Program:
    """A sandbox that runs. It ends with this process, however that ends: its standard input does."""

    def __init__(self, program: str, arguments: list[str]) -> None:
        # Of this environment it would take the keys, which may be real ones.
        environment = {
            name: value for name, value in os.environ.items() if not name.upper().startswith("HMS_")
        }
        command = [program, "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends", *arguments]
        # Not a pipe, which would be full one day.
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except OSError as error:
            self._errors.close()
            raise SandboxError(f"roomcast-sandbox did not start: {error}") from error
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            code = self.stop()
            raise SandboxError(f"roomcast-sandbox did not start: it ended with {code}: {self.said}")
        self.ready: dict[str, Any] = json.loads(line)

    def stop(self) -> int:
        """End it, and return its exit code."""
        process = self._process
        assert process.stdin and process.stdout
        process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        if not self._errors.closed:
            self._errors.seek(0)
            self.said = self._errors.read().decode(errors="replace").strip()
            self._errors.close()
        return process.returncode

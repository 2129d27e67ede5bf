"""Windows' programs, with Debian's wine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..build import cargo
from .cache import CannotRun, need, once

DIRECTORY = Path("/usr/lib/wine")
# wine 8 lacks this library, from which Rust's standard library has its random numbers.
BCRYPT_PRIMITIVES = """
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return RtlGenRandom(data, (ULONG)size); }
"""


def program() -> str:
    path = DIRECTORY / "wine64"
    if not path.exists():
        raise CannotRun("wine64 is not installed: run release/install-tools.sh")
    return str(path)


def environment(prefix: Path) -> dict[str, str]:
    return {"WINEPREFIX": str(prefix), "WINEDEBUG": "-all"}


def prefix() -> Path:
    """Wine's directory for the tests: a Windows 10."""
    return once("wine", make_prefix)


def make_prefix(directory: Path) -> None:
    env = {**os.environ, **environment(directory)}
    cargo.run([program(), "wineboot", "--init"], env=env)
    cargo.run([program(), "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"], env=env)
    source = directory / "bcryptprimitives.c"
    source.write_text(BCRYPT_PRIMITIVES)
    library = directory / "drive_c" / "windows" / "system32" / "bcryptprimitives.dll"
    cargo.run([need("x86_64-w64-mingw32-gcc"), "-shared", "-O2", "-o", library, source, "-ladvapi32"])
    # It writes the registry when it ends.
    cargo.run([DIRECTORY / "wineserver", "-w"], env=env)


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """Wine's server and Windows' services are running, so that the first program of a test does not start them.

    They would have its standard output, and so a reader would see no end of it.
    """
    env = environment(prefix())
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = str(DIRECTORY / "wineserver")
    subprocess.run([server, "--persistent"], env={**os.environ, **env}, check=True, **quiet)
    try:
        # On a busy machine the services may not start in wine's own time: the next program starts them.
        for is_last in (False, False, True):
            ended = subprocess.run([program(), "cmd", "/c", "ver"], env={**os.environ, **env}, check=is_last, **quiet)
            if ended.returncode == 0:
                break
        yield env
    finally:
        # Of this prefix only.
        subprocess.run([server, "--kill"], env={**os.environ, **env}, check=False, **quiet)

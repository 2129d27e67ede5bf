"""C programs for a target, built from its tarball as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..build import cargo
from ..build.targets import ROOT, Target
from .cache import need

DRIVER = ROOT / "tests" / "drivers" / "c" / "driver.c"
SHIM = ROOT / "tests" / "harness" / "shim.c"
GCC = {
    "x86_64-unknown-linux-gnu": "gcc",
    "aarch64-unknown-linux-gnu": "aarch64-linux-gnu-gcc",
    "armv7-unknown-linux-gnueabihf": "arm-linux-gnueabihf-gcc",
    "x86_64-pc-windows-gnu": "x86_64-w64-mingw32-gcc",
    # The driver needs POSIX threads, so MinGW's compiler builds it for the DLL that is built by MSVC.
    "x86_64-pc-windows-msvc": "gcc",
    "aarch64-apple-darwin": "cc",
    "x86_64-apple-darwin": "cc",
}


def compiler(target: Target, *, static: bool = False) -> list[str]:
    if target.musl:
        architecture = target.triple.split("-")[0]
        linked = [] if static else ["-dynamic"]
        return [sys.executable, "-m", "ziglang", "cc", "-target", f"{architecture}-linux-musl", *linked]
    return [need(GCC[target.triple])]


def build_driver(target: Target, installed: Path) -> Path:
    """The C driver with the shared library; on Windows, beside it, where programs look for it."""
    if target.system == "windows":
        # Only the library itself is shared, not the threads of mingw.
        library = installed / "bin" / "roomcast.dll" if target.run == "workflow" else "-l:libroomcast.dll.a"
        program, libraries = installed / "bin" / "driver-c.exe", [library, "-static", "-pthread"]
    else:
        program, libraries = installed / "driver-c", ["-lroomcast", "-pthread"]
    where = ["-I", installed / "include", "-L", installed / "lib"]
    cargo.run([*compiler(target), "-std=c99", "-O1", DRIVER, *where, *libraries, "-o", program])
    return program


def build_static_driver(target: Target, installed: Path) -> Path | None:
    """The C driver with the static library, and with what roomcast.pc says that this needs."""
    # MinGW cannot link it.
    if target.triple.endswith("-msvc"):
        return None
    program = installed / ("driver-c-static.exe" if target.system == "windows" else "driver-c-static")
    where = {"PKG_CONFIG_LIBDIR": str(installed / "lib" / "pkgconfig"), "PKG_CONFIG_PATH": ""}
    flags = subprocess.run(
        [need("pkg-config"), "--cflags", "--libs", "--static", "roomcast"],
        env={**os.environ, **where}, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    flags = [str(installed / "lib" / "libroomcast.a") if flag == "-lroomcast" else flag for flag in flags]
    threads = ["-static", "-pthread"] if target.system == "windows" else ["-pthread"]
    cargo.run([*compiler(target, static=True), "-std=c99", "-O1", DRIVER, *flags, *threads, "-o", program])
    return program


def build_shim(target: Target, directory: Path) -> Path | None:
    """See tests/harness/shim.c; only Linux has LD_PRELOAD."""
    if target.system != "linux":
        return None
    cargo.run([*compiler(target), "-shared", "-fPIC", "-O1", SHIM, "-ldl", "-o", directory / "shim.so"])
    return directory / "shim.so"

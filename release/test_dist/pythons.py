"""A Python for each platform."""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

from ..build import cargo
from ..build.targets import Target
from . import debian
from .cache import CannotRun, need, once
from .systems import System

# A Python for Windows, as in python.org's embeddable package, from Maven's registry.
WINDOWS = "org.bytedeco:cpython:3.11.3-1.5.9:jar:windows-x86_64"


def python(target: Target, system: System) -> tuple[Path, dict[str, str]]:
    """A Python, and the environment that it needs."""
    if target.run in ("native", "workflow"):
        return Path(sys.executable), {}
    if target.system == "windows":
        home = once("python-windows", unpack_windows)
        return home / "python.exe", {"PYTHONHOME": system.path(home), "PYTHONPATH": system.path(home / "lib")}
    if target.musl:
        home = once(f"python-{target.triple}", lambda directory: build_for_musl(target, directory))
        return home / "bin" / "python", {"PYTHONHOME": str(home)}
    return next(system.root.glob("usr/bin/python3.[0-9]*")), {}


def unpack_windows(directory: Path) -> None:
    """Without what the tests do not need, and with python3.dll, to which modules of the stable ABI link."""
    try:
        cargo.run([need("mvn"), "-q", "dependency:get", "-Dtransitive=false", f"-Dartifact={WINDOWS}"])
        cargo.run(["mvn", "-q", "dependency:copy", f"-Dartifact={WINDOWS}", f"-DoutputDirectory={directory}"])
    except cargo.BuildFailed as error:
        raise CannotRun(f"no Python for Windows: {error}") from None
    [jar] = directory.glob("*.jar")
    inside = "org/bytedeco/cpython/windows-x86_64/"
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            unwanted = re.search(r"/(test|tests|setuptools|pip|tkinter|idlelib|include|libs|share)/", name)
            if name.startswith(inside) and not unwanted and not name.endswith("/"):
                file = directory / name[len(inside) :]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(name))
    jar.unlink()
    # It only forwards to python311.dll; the registry's package lacks it.
    exports = cargo.run([need("x86_64-w64-mingw32-objdump"), "-p", directory / "python311.dll"])
    names = re.findall(r"\[ *\d+\].* (_?Py\w+)", exports.split("[Ordinal/Name Pointer]")[1])
    definition = directory / "python3.def"
    definition.write_text("LIBRARY python3\nEXPORTS\n" + "".join(f"{name}=python311.{name}\n" for name in names))
    empty = directory / "empty.c"
    empty.touch()
    link = ["-shared", "-nostdlib", "-Wl,--entry=0", "-o", directory / "python3.dll"]
    cargo.run([need("x86_64-w64-mingw32-gcc"), *link, empty, definition])


def build_for_musl(target: Target, directory: Path) -> None:
    """Builds Debian's CPython for musl. The registries have none; Alpine's packages are not among them.

    Its modules are linked in, except those that need other libraries.
    """
    version = "3.11"
    # A cross build of CPython needs one of the same version.
    here = need(f"/usr/bin/python{version}")
    sources = once(f"python{version}-source", lambda unpacked: unpack_source(version, unpacked))
    [source] = sources.glob("Python-*")
    zig = f"{sys.executable} -m ziglang"
    architecture = target.triple.split("-")[0]
    env = {
        **os.environ,
        "CC": f"{zig} cc -target {architecture}-linux-musl -dynamic",
        "AR": f"{zig} ar",
        "RANLIB": f"{zig} ranlib",
        "READELF": need("readelf"),
        # getbuildinfo.c has the time of its build.
        "CFLAGS": "-O1 -Wno-date-time",
        # No library of this machine.
        "PKG_CONFIG": "false",
        "MODULE_BUILDTYPE": "static",
        # What configure finds out by running programs.
        "ac_cv_file__dev_ptmx": "no",
        "ac_cv_file__dev_ptc": "no",
        "ac_cv_buggy_getaddrinfo": "no",
    }
    build = directory / "build"
    build.mkdir()
    options = [f"--host={architecture}-linux-musl", "--build=x86_64-pc-linux-gnu", f"--with-build-python={here}"]
    options += ["--without-ensurepip", "--disable-test-modules"]
    cargo.run([source / "configure", "--quiet", *options], env=env, cwd=build)
    shutil.copy(build / "Modules" / "Setup.stdlib", build / "Modules" / "Setup.local")
    cargo.run(["make", "--silent", "-j2", "python"], env=env, cwd=build)
    (directory / "bin").mkdir()
    shutil.copy(build / "python", directory / "bin" / "python")
    library = directory / "lib" / f"python{version}"
    shutil.copytree(source / "Lib", library, ignore=shutil.ignore_patterns("test", "tests", "idlelib", "tkinter"))
    # Its modules are in the program, but it looks for this directory.
    (library / "lib-dynload").mkdir()
    shutil.rmtree(build)


def unpack_source(version: str, directory: Path) -> None:
    tarball = debian.source(f"python{version}", directory)
    cargo.run(["tar", "--extract", "--file", tarball, "--directory", directory])

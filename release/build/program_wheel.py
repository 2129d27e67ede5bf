"""The wheels of the programs, `roomcast-sandbox` and `roomcast-cli`: the built program, and a script that starts it."""

from __future__ import annotations

import base64
import hashlib
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from . import licences, programs
from .programs import Program
from .targets import DIST, ROOT, VERSION, Target

SOURCE = ROOT / "release" / "launcher" / "python"
# The same in every build.
TIME = (2026, 1, 1, 0, 0, 0)
METADATA = """\
Metadata-Version: 2.4
Name: {crate}
Version: {version}
Summary: {summary}
License-Expression: MIT OR Apache-2.0
License-File: LICENSE-APACHE
License-File: LICENSE-MIT
License-File: {licences}
Requires-Python: >=3.9
Project-URL: Homepage, https://github.com/roomcast/roomcast
Project-URL: Documentation, https://github.com/roomcast/roomcast/tree/main/{kind}#readme
Description-Content-Type: text/markdown

"""


def build_wheel(program: Program, target: Target) -> tuple[Path, Path]:
    """Returns the wheel and the SBOM that is in it. Packs the program in dist/, which is built first."""
    file, sbom = programs.build(program, target)
    (DIST / "wheels").mkdir(parents=True, exist_ok=True)
    return pack(program, file, sbom, platforms(target), DIST / "wheels"), sbom


def platforms(target: Target) -> list[str]:
    """The platform tags. A static program for musl runs where glibc is, too."""
    musl = re.fullmatch(r"musllinux_\d+_\d+_(.+)", target.wheel)
    return [f"manylinux_2_17_{musl[1]}", target.wheel] if musl else [target.wheel]


def pack(program: Program, file: Path, sbom: Path, tags: list[str], folder: Path) -> Path:
    """Writes a wheel with a program, which is in this file."""
    wheel = folder / f"{module(program)}-{VERSION}-py3-none-{'.'.join(tags)}.whl"
    info = f"{module(program)}-{VERSION}.dist-info"
    record = ""
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, mode in contents(program, file, sbom, tags, info):
            write(archive, name, content, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        write(archive, f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode(), 0o644)
    return wheel


def module(program: Program) -> str:
    return program.crate.replace("-", "_")


def contents(program: Program, file: Path, sbom: Path, tags: list[str], info: str) -> Iterator[tuple[str, bytes, int]]:
    """The files, with their names and modes."""
    for source in sorted(SOURCE.glob("*")):
        if source.is_file():
            yield f"{module(program)}/{source.name}", source.read_bytes(), 0o644
    # The only file of its folder, by which the launcher finds it.
    name = program.file("windows" if file.suffix == ".exe" else "linux")
    yield f"{module(program)}/bin/{name}", file.read_bytes(), 0o755
    for name in ["LICENSE-APACHE", "LICENSE-MIT"]:
        yield f"{info}/licenses/{name}", (ROOT / name).read_bytes(), 0o644
    yield f"{info}/licenses/{licences.FILE}", (program.folder / licences.FILE).read_bytes(), 0o644
    yield f"{info}/sboms/{sbom.name}", sbom.read_bytes(), 0o644
    fields = {"crate": program.crate, "kind": program.kind, "summary": program.summary}
    metadata = METADATA.format(**fields, version=VERSION, licences=licences.FILE)
    readme = (program.folder / "README.md").read_text()
    yield f"{info}/METADATA", (metadata + readme).encode(), 0o644
    wheel = ["Wheel-Version: 1.0", "Generator: roomcast", "Root-Is-Purelib: false"]
    wheel += [f"Tag: py3-none-{tag}" for tag in tags]
    yield f"{info}/WHEEL", ("\n".join(wheel) + "\n").encode(), 0o644
    script = f"[console_scripts]\n{program.command} = {module(program)}:main\n"
    yield f"{info}/entry_points.txt", script.encode(), 0o644


def write(archive: zipfile.ZipFile, name: str, content: bytes, mode: int) -> None:
    file = zipfile.ZipInfo(name, TIME)
    file.compress_type = zipfile.ZIP_DEFLATED
    file.external_attr = (stat.S_IFREG | mode) << 16
    archive.writestr(file, content)

"""The ABI as C programs see it, and how it differs from the record, bindings-c/abi/libroomcast.so.<its version>.abi.

    python bindings-c/tests/abi.py        records that of the header: `make abi`

The record is libabigail's. It is made of a library of empty functions, with the header's types and the real library's
names and versions of symbols: Rust's own debug information does not have what C sees, but all that is behind a handle.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from toolchain import BINDING, HEADER, need, run

VERSION = (BINDING / "abi-version").read_text().strip()
RECORD = BINDING / "abi" / f"libroomcast.so.{VERSION}.abi"
# The result type, the name, the parameters.
FUNCTION = re.compile(r"^((?:\w+ )+\*?)(roomcast_\w+)\(([^;{]*)\);", re.MULTILINE)
# Nothing that depends on the machine or on where a declaration is.
RECORDED = ["--no-architecture", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed"]


def build(header: str, folder: Path, version: str = VERSION) -> Path:
    """A library with the functions of a header."""
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.DOTALL)
    functions = [
        f"{result}{name}({parameters}) {{ for (;;) continue; }}" for result, name, parameters in FUNCTION.findall(code)
    ]
    assert functions, "the header has no functions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "roomcast.h").write_text(header)
    source = folder / "empty.c"
    source.write_text("\n".join(["#define ROOMCAST_MUST_USE", "#include <roomcast.h>", *functions, ""]))
    script = folder / "exports"
    script.write_text(f"ROOMCAST_{version} {{ global: roomcast_*; local: *; }};\n")
    library = folder / f"libroomcast.so.{VERSION}"
    # Enumerations whose numbers are passed as uint32_t are a part of the ABI, too.
    types = ["-g", "-fno-eliminate-unused-debug-types", f"-I{folder}"]
    shared = ["-shared", "-fPIC", f"-Wl,--version-script={script}", f"-Wl,-soname,{library.name}"]
    run(need("cc"), "-std=c99", *types, *shared, source, "-o", library)
    return library


def differences(library: Path, *, types: bool = True, added: bool = False) -> str:
    """What abidiff says of the recorded ABI and that of a library; "" if nothing.

    Of a library without debug information only symbols can be compared, not types. What the library has in addition
    counts if it is `added` that matters.
    """
    options = ["--no-architecture", *([] if added else ["--no-added-syms"])]
    if types:
        # As it is recorded, since types are also told apart by the names of their files.
        present = library.with_suffix(".abi")
        present.write_text(record_of(library))
        options, library = [*options, "--non-reachable-types"], present
    command = [need("abidiff"), *options, str(RECORD), str(library)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    # 1 and 2 are for abidiff's own errors; 4 and 8 for differences.
    assert not done.returncode & 3, done.stdout
    return done.stdout if done.returncode & 12 else ""


def record_of(library: Path) -> str:
    out = library.with_suffix(".xml")
    run(need("abidw"), *RECORDED, "--load-all-types", "--type-id-style", "hash", "--out-file", out, library)
    # libabigail writes these whatever its options.
    return re.sub(r" (?:filepath|path|comp-dir-path)='[^']*'", "", out.read_text())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = record_of(build(HEADER.read_text(), Path(folder)))
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(text)
    print(f"{RECORD.name} is the ABI of {HEADER.name}")


if __name__ == "__main__":
    sys.exit(main())

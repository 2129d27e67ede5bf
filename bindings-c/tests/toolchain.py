"""Compilers and checkers, called as a C project would call them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
BINDING = HERE.parent
ROOT = BINDING.parent
INCLUDE = BINDING / "include"
HEADER = INCLUDE / "roomcast.h"
EXAMPLES = BINDING / "examples"
# The directory of libroomcast, set by run.sh.
LIB = Path(os.environ.get("ROOMCAST_LIB", ROOT / "target" / "release")).resolve()

# The longest that a program may run, in seconds.
TIME_LIMIT = 240
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
# The system libraries that Rust's standard library needs on Linux, as install.sh has them: the compiler adds libgcc.
SYSTEM_LIBRARIES = ["-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]
SHARED = [f"-L{LIB}", "-lroomcast", f"-Wl,-rpath,{LIB}"]
STATIC = [str(LIB / "libroomcast.a"), *SYSTEM_LIBRARIES]

# Variables that the library reads: removed from the environment of programs unless a test sets them.
OURS = {name for name in os.environ if name.startswith("HMS_")} | {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"}


def need(tool: str) -> str:
    """The path of a tool. If it is missing, the test is skipped, which the end of the run reports; on CI it fails."""
    if path := shutil.which(tool):
        return path
    missing(f"{tool} is not installed")


def missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{why}; on CI no test may be skipped")
    pytest.skip(why)


def run(
    *command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None, code: int = 0, text: str = ""
) -> str:
    """Runs a program with `text` as its input, and returns what it printed; fails unless it ends with `code`."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS} | (env or {})
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=cwd,
        timeout=TIME_LIMIT,
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    shown = shlex.join(str(part) for part in command)
    assert done.returncode == code, f"{shown}\nended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def compile(source: Path, to: Path, *flags: str, standard: str | None = None) -> Path:
    """Compiles with all warnings as errors, by default as C99 or C++11."""
    if source.suffix == ".cpp":
        compiler, standard = os.environ.get("CXX", "c++"), standard or "c++11"
    else:
        compiler, standard = os.environ.get("CC", "cc"), standard or "c99"
    run(
        *shlex.split(compiler),
        f"-std={standard}",
        *WARNINGS,
        "-g",
        f"-I{INCLUDE}",
        source,
        "-o",
        to,
        "-pthread",
        *flags,
    )
    return to


@dataclass(frozen=True)
class Checker:
    """A checker of memory or threads: how to build a program for it, and how to run the program."""

    name: str
    flags: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()

    def build(self, source: Path, to: Path, *flags: str) -> Path:
        return compile(source, to, *self.flags, *(flags or SHARED))

    def run(
        self, program: Path, *arguments: str, env: dict[str, str] | None = None, code: int = 0, text: str = ""
    ) -> str:
        return run(*self.command, program, *arguments, env={**(env or {}), **dict(self.env)}, code=code, text=text)


def valgrind() -> Checker:
    return Checker(
        "valgrind",
        command=(
            need("valgrind"),
            "--quiet",
            "--leak-check=full",
            "--show-leak-kinds=definite,indirect,possible",
            "--errors-for-leak-kinds=definite,indirect,possible",
            f"--suppressions={HERE / 'valgrind.supp'}",
            "--error-exitcode=99",
        ),
    )


def sanitizer(kind: str, folder: Path, **options: str) -> Checker:
    """A sanitizer of gcc or clang. It checks the C side; of the library, only what it allocates and frees."""
    program = folder / f"has-{kind}"
    source = program.with_suffix(".c")
    source.write_text("int main(void) { return 0; }\n")
    flags = (f"-fsanitize={kind}", "-fno-omit-frame-pointer")
    try:
        compile(source, program, *flags)
        run(program)
    except AssertionError:
        missing(f"the compiler, or this machine, has no -fsanitize={kind}")
    name = {"address": "ASAN_OPTIONS", "thread": "TSAN_OPTIONS"}[kind]
    return Checker(kind, flags, env=((name, ":".join(f"{key}={value}" for key, value in options.items())),))

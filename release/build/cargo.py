"""Cargo for a target, with the compiler and linker that it needs.

`python -m release.build.cargo <triple> build -p <crate> …` runs one command in this way; what it builds is in
target/dist/<triple>.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from .targets import ROOT, TARGET_DIR, WORK, Target, select

# Programs that the Makefile installs with cargo.
TOOLS = ROOT / "target" / "tools" / "bin"


class CannotBuild(Exception):
    """This machine lacks something; the text says what, and how to get it."""


class BuildFailed(Exception):
    """A command failed; the text is what it printed."""


def run(command: list[str | Path], env: dict[str, str] | None = None, cwd: Path = ROOT) -> str:
    """Runs a command and returns its standard output; if it fails, the exception has all that it printed."""
    return finished(command, env, cwd).stdout


def finished(command: list[str | Path], env: dict[str, str] | None, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    words = [str(word) for word in command]
    env = env or tools_environment()
    # On Windows npm is npm.cmd, which only a look-up by the PATH finds.
    program = shutil.which(words[0], path=env["PATH"]) or words[0]
    done = subprocess.run([program, *words[1:]], env=env, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildFailed(f"{shlex.join(words)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def epoch() -> str:
    """SOURCE_DATE_EPOCH, by which artifacts are the same whenever they are built: by default the commit's time."""
    return os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def environment(target: Target, dynamic: bool = False) -> dict[str, str]:
    """The environment in which cargo and maturin build for a target.

    `dynamic` is for shared objects: with musl they need its shared library, where a program contains it.
    """
    env = {**tools_environment(), "CARGO_TARGET_DIR": str(TARGET_DIR)}
    # 6 % smaller than the thin kind that a developer waits for.
    env["CARGO_PROFILE_RELEASE_LTO"] = "fat"
    # Panics name source files: without the directories of the machine that built them.
    flags = [f"--remap-path-prefix={ROOT}=roomcast", f"--remap-path-prefix={cargo_home()}=cargo"]
    if target.built == "mingw":
        env["LIBNODE_PATH"] = str(WORK / "libnode")
    if target.system == "macos":
        # The oldest macOS that Rust's standard library supports on that processor, as in the wheel's name.
        _, major, minor, _ = target.wheel.split("_", 3)
        env["MACOSX_DEPLOYMENT_TARGET"] = f"{major}.{minor}"
    if dynamic and target.musl:
        flags += ["-C", "target-feature=-crt-static"]
    env["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
    return env


def tools_environment() -> dict[str, str]:
    """The environment with the release's tools: those of this Python's virtual environment and of target/tools."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(TOOLS), os.environ["PATH"]]),
        "SOURCE_DATE_EPOCH": epoch(),
    }


def prepare(target: Target) -> None:
    """Checks that this machine can build for a target, and gets what can be got."""
    if not target.built_here:
        raise CannotBuild("built by the release workflow only, on a machine of that system")
    sysroot = Path(run(["rustc", "--print", "sysroot"]).strip())
    if not (sysroot / "lib" / "rustlib" / target.triple / "lib").is_dir():
        try:
            run(["rustup", "target", "add", target.triple])
        except (BuildFailed, FileNotFoundError) as error:
            why = str(error).strip().splitlines()[-1]
            raise CannotBuild(f"rustup target add {target.triple} failed: {why}") from None
    if target.built == "mingw":
        for tool in ["x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-dlltool"]:
            if not shutil.which(tool):
                raise CannotBuild(f"{tool} is not installed: run release/install-tools.sh")
        write_libnode(WORK / "libnode")


def write_libnode(directory: Path) -> None:
    """napi-build links to libnode.dll: here an import library without symbols, since the addon looks them up itself."""
    directory.mkdir(parents=True, exist_ok=True)
    definition = directory / "node.def"
    definition.write_text("LIBRARY node.exe\nEXPORTS\n")
    run(["x86_64-w64-mingw32-dlltool", "--input-def", definition, "--output-lib", directory / "libnode.dll"])


def command(target: Target, subcommand: str, *arguments: str) -> list[str]:
    """The command line of `cargo build`, `cargo rustc` and the like for a target."""
    if target.built != "zig":
        return ["cargo", subcommand, "--target", target.triple, "--locked", *arguments]
    # The oldest glibc that it may need is a suffix that only cargo-zigbuild knows.
    triple = f"{target.triple}.{target.glibc}" if target.glibc else target.triple
    zig = {"build": "zigbuild"}.get(subcommand, subcommand)
    return ["cargo-zigbuild", zig, "--target", triple, "--locked", *arguments]


def build(target: Target, *arguments: str, dynamic: bool = False) -> Path:
    """Runs `cargo build --release` and returns the directory of what it built."""
    run(command(target, "build", "--release", *arguments), env=environment(target, dynamic))
    return TARGET_DIR / target.triple / "release"


if __name__ == "__main__":
    [chosen] = select(sys.argv[1:2])
    prepare(chosen)
    sys.exit(subprocess.run(command(chosen, *sys.argv[2:]), env=environment(chosen), cwd=ROOT).returncode)

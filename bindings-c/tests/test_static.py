"""The static library: what it exports, fully static programs, and programs with another Rust library beside it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from sandbox_room import ALL, SandboxRoom, each
from test_abi import declared
from test_install import EXAMPLE_FILES, FLAGS
from toolchain import BINDING, EXAMPLES, LIB, SYSTEM_LIBRARIES, need, run

# Its panic is caught by its own copy of Rust's standard library.
SECOND = """
#[unsafe(no_mangle)]
pub extern "C" fn second_panics_caught() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    i32::from(std::panic::catch_unwind(|| vec![1][std::env::args().count() + 1]).is_err())
}
"""
BOTH = """
#include <roomcast.h>
#include <stdio.h>
int second_panics_caught(void);
int main(int argc, char **argv) {
    roomcast_client *client = NULL;
    roomcast_error *error = NULL;
    roomcast_status status = roomcast_client_new(NULL, &client, &error);
    int caught = second_panics_caught();
    (void)argc;
    if (status == ROOMCAST_OK) status = roomcast_broadcast(client, argv[1], "from both", NULL, &error);
    if (status != ROOMCAST_OK) puts(roomcast_error_message(error));
    roomcast_error_free(error);
    roomcast_client_free(client);
    printf("%d\\n", caught);
    return status == ROOMCAST_OK ? 0 : 1;
}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stage = tmp_path_factory.mktemp("static")
    # Fails if it cannot be localised, instead of exporting all.
    run(BINDING / "install.sh", LIB, "/usr", stage, env={"LOCALISE": "always"})
    return stage / "usr"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another static library of Rust, with the same standard library."""
    folder = tmp_path_factory.mktemp("second")
    (folder / "second.rs").write_text(SECOND)
    library = folder / "libsecond.a"
    run(need("rustc"), "--edition=2024", "-O", "--crate-type=staticlib", folder / "second.rs", "-o", library)
    return library


def linked(source: Path, to: Path, *flags: str | Path, code: int = 0) -> str:
    compiler = ["c++", "-std=c++11"] if source.suffix == ".cpp" else ["cc", "-std=c99"]
    return run(*compiler, *FLAGS, source, "-o", to, *flags, code=code)


def with_pkg_config(installed: Path) -> list[str]:
    env = {**os.environ, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")}
    return run(need("pkg-config"), "--static", "--cflags", "--libs", "roomcast", env=env).split()


def test_it_exports_what_the_header_declares_and_nothing_else(installed: Path) -> None:
    lines = run(need("nm"), "--defined-only", "--extern-only", installed / "lib/libroomcast.a").splitlines()
    assert {parts[2] for line in lines if len(parts := line.split()) == 3} == declared()


def test_it_has_no_bitcode_which_old_tools_cannot_read(installed: Path) -> None:
    assert ".llvmbc" not in run(need("readelf"), "-SW", installed / "lib/libroomcast.a")


@pytest.mark.parametrize("order", ["roomcast-first", "second-first"])
@pytest.mark.parametrize("kind", ["dynamic", "static"])
def test_beside_another_rust_library(
    order: str, kind: str, installed: Path, second: Path, room: SandboxRoom, tmp_path: Path
) -> None:
    source = tmp_path / "both.c"
    source.write_text(BOTH)
    libraries = [installed / "lib/libroomcast.a", second]
    libraries = libraries if order == "roomcast-first" else libraries[::-1]
    static = ["-static"] if kind == "static" else []
    linked(source, tmp_path / "both", *static, f"-I{installed}/include", *libraries, *SYSTEM_LIBRARIES)
    assert run(tmp_path / "both", room.room_id, env=room.env) == "1\n"
    assert room.received() == each(ALL, "from both")


def test_what_cargo_builds_would_not_link_beside_another_rust_library(
    installed: Path, second: Path, tmp_path: Path
) -> None:
    """Else localising is for nothing."""
    source = tmp_path / "both.c"
    source.write_text(BOTH)
    libraries = [LIB / "libroomcast.a", second, *SYSTEM_LIBRARIES]
    assert "multiple definition" in linked(source, tmp_path / "both", f"-I{installed}/include", *libraries, code=1)


def run_examples(programs: Path, room: SandboxRoom) -> None:
    for source in EXAMPLE_FILES:
        headers = run(need("readelf"), "-lW", programs / source.stem)
        assert "INTERP" not in headers and "DYNAMIC" not in headers
    run(programs / "send_to_peer", room.room_id, room.peer_ids["bob"], "one", env=room.env)
    assert room.received() == {"bob": ["one"]}
    assert run(programs / "eight_threads", room.room_id, "1", env=room.env) == "8 of 8 messages were accepted\n"
    assert run(programs / "without_waiting", room.room_id, "8", env=room.env) == "8 of 8 messages were accepted\n"
    assert {len(seen) for seen in room.received().values()} == {16}


def test_static_programs_with_pkg_config(installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    for source in EXAMPLE_FILES:
        linked(source, tmp_path / source.stem, "-static", *with_pkg_config(installed))
    run_examples(tmp_path, room)


def test_static_programs_with_cmake(installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    options = ["-Droomcast_USE_STATIC_LIBS=ON", "-DCMAKE_EXE_LINKER_FLAGS=-static"]
    run(need("cmake"), "-S", EXAMPLES, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={installed}", *options)
    run(need("cmake"), "--build", tmp_path)
    run_examples(tmp_path, room)


def test_a_static_position_independent_program(installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    linked(EXAMPLES / "broadcast.c", tmp_path / "broadcast", "-static-pie", "-fPIE", *with_pkg_config(installed))
    run(tmp_path / "broadcast", room.room_id, "one", env=room.env)
    assert room.received() == each(ALL, "one")


def test_without_the_tools_it_exports_all_and_says_so(tmp_path: Path) -> None:
    env = {"OBJCOPY": "no-such-objcopy"}
    said = run(BINDING / "install.sh", LIB, "/usr", tmp_path, env=env)
    assert "no-such-objcopy is not installed" in said and "may fail to link" in said
    assert (tmp_path / "usr/lib/libroomcast.a").read_bytes() == (LIB / "libroomcast.a").read_bytes()
    refused = run(BINDING / "install.sh", LIB, "/usr", tmp_path / "no", env={**env, "LOCALISE": "always"}, code=1)
    assert "no-such-objcopy is not installed" in refused


@pytest.mark.parametrize("tool", ["LD", "OBJCOPY"])
def test_a_tool_that_does_nothing_is_noticed(tool: str, tmp_path: Path) -> None:
    said = run(BINDING / "localise.sh", LIB / "libroomcast.a", tmp_path / "out.a", env={tool: need("true")})
    assert "exports the symbols of Rust's standard library" in said


def test_the_tools_of_llvm_do_as_well(tmp_path: Path) -> None:
    if not shutil.which("ld.lld"):
        sysroot = run(need("rustc"), "--print", "sysroot").strip()
        found = list(Path(sysroot).glob("lib/rustlib/*/bin/gcc-ld/ld.lld"))
    linker = str(found[0]) if not shutil.which("ld.lld") and found else need("ld.lld")
    tools = {"LD": linker, "OBJCOPY": need("llvm-objcopy"), "NM": need("llvm-nm"), "AR": need("llvm-ar")}
    run(BINDING / "localise.sh", LIB / "libroomcast.a", tmp_path / "out.a", env={**tools, "LOCALISE": "always"})

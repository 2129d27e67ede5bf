"""The library built for musl: static programs of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TARGET, build
from sandbox_room import ALL, SandboxRoom, each
from test_static import SECOND
from toolchain import BINDING, EXAMPLES, missing, need, run

TRIPLE = "x86_64-unknown-linux-musl"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("musl-gcc")
    sysroot = run(need("rustc"), "--print", "sysroot").strip()
    if not Path(sysroot, "lib/rustlib", TRIPLE).exists():
        missing(f"Rust's {TRIPLE} is not installed: rustup target add {TRIPLE}")
    stage = tmp_path_factory.mktemp("musl")
    env = {"CARGO_BUILD_TARGET": TRIPLE, "LIBRARIES": "static", "LOCALISE": "always"}
    build(BINDING / "build.sh", env=env)
    build(BINDING / "install.sh", TARGET / TRIPLE / "release", "/usr", stage, env=env)
    return stage / "usr"


def flags(installed: Path) -> list[str]:
    env = {"PKG_CONFIG_LIBDIR": str(installed / "lib/pkgconfig"), "PKG_CONFIG_PATH": ""}
    return run(need("pkg-config"), "--static", "--cflags", "--libs", "roomcast", env=env).split()


def test_with_pkg_config(installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    for name in ("broadcast", "without_waiting"):
        program = tmp_path / name
        run("musl-gcc", "-std=c99", "-static", EXAMPLES / f"{name}.c", "-o", program, *flags(installed))
        headers = run(need("readelf"), "-lW", program)
        assert "INTERP" not in headers and "GNU_EH_FRAME" in headers
    run(tmp_path / "broadcast", room.room_id, "from musl", env=room.env)
    assert room.received() == each(ALL, "from musl")
    said = run(tmp_path / "without_waiting", room.room_id, "8", env=room.env)
    assert said == "8 of 8 messages were accepted\n"
    room.received()


def test_a_panic_is_caught(installed: Path, tmp_path: Path) -> None:
    """Of another library of Rust, beside ours and with the same flags: ours has none that a test could cause."""
    (tmp_path / "second.rs").write_text(SECOND)
    own = run("rustc", "--print", "target-libdir", "--target", TRIPLE).strip()
    unwinder = ["-L", f"native={own}/self-contained", "-l", "static=unwind"]
    kind = ["--edition=2024", "-O", "--crate-type=staticlib", "--target", TRIPLE, *unwinder]
    run("rustc", *kind, tmp_path / "second.rs", "-o", tmp_path / "libsecond.a")
    main = tmp_path / "main.c"
    main.write_text(
        "#include <roomcast.h>\n#include <stdio.h>\nint second_panics_caught(void);\n"
        'int main(void) { printf("%s %d\\n", roomcast_version(), second_panics_caught()); return 0; }\n'
    )
    for libraries in ([*flags(installed), tmp_path / "libsecond.a"], [tmp_path / "libsecond.a", *flags(installed)]):
        # The other library's standard library names functions that musl does not have, in what is not used.
        run("musl-gcc", "-std=c99", "-static", "-Wl,--gc-sections", main, "-o", tmp_path / "main", *libraries)
        assert run(tmp_path / "main").split()[1] == "1"


def test_with_cmake(installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.15)\nproject(main LANGUAGES C)\nfind_package(roomcast REQUIRED)\n"
        f"add_executable(main {EXAMPLES}/broadcast.c)\ntarget_link_libraries(main PRIVATE roomcast::roomcast -static)\n"
    )
    where = [f"-DCMAKE_PREFIX_PATH={installed}", "-DCMAKE_C_COMPILER=musl-gcc"]
    run(need("cmake"), "-S", tmp_path, "-B", tmp_path / "build", *where)
    run("cmake", "--build", tmp_path / "build")
    run(tmp_path / "build/main", room.room_id, "from musl, by CMake", env=room.env)
    assert room.received() == each(ALL, "from musl, by CMake")

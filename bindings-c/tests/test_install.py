"""`make install`, and programs built in four ways against the installed tree after it was moved."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from sandbox_room import ALL, PLAYERS, SandboxRoom, each
from toolchain import BINDING, EXAMPLES, HEADER, LIB, ROOT, SYSTEM_LIBRARIES, WARNINGS, need, run

from harness import paths

FLAGS = [*WARNINGS, "-pthread"]
VERSION = next(line.split('"')[1] for line in HEADER.read_text().splitlines() if "define ROOMCAST_VERSION" in line)
ABI = (BINDING / "abi-version").read_text().strip()
BROADCAST = "((void)peer_id, roomcast_broadcast(client, table, cards, NULL, error))"
EXAMPLE_FILES = sorted([*EXAMPLES.glob("*.c"), *EXAMPLES.glob("*.cpp")])


def make(target: str, *variables: str, code: int = 0) -> str:
    # -o: the library under test, without building it again.
    options = ["--no-print-directory", "-C", ROOT, "-o", "build-c-library", f"RELEASE={LIB}"]
    return run(need("make"), *options, target, *variables, code=code)


def install(folder: Path, prefix: str, *variables: str) -> Path:
    """Stages an installation with the Makefile, then moves it to a path that no installed file can contain."""
    stage, moved = folder / "stage", folder / "moved here"
    make("install-c", f"PREFIX={prefix}", f"DESTDIR={stage}", *variables)
    assert [path.name for path in stage.iterdir()] == [prefix.split("/")[1]]
    shutil.move(f"{stage}{prefix}", moved)
    return moved


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("installed"), "/usr/local")


def names_of_pages() -> set[str]:
    """Each name that a page of the manual has; install.sh lets each lead to its page."""
    texts = [path.read_text().split("\n.Nd ")[0] for path in (BINDING / "man").glob("*.3.in")]
    return {name for text in texts for name in re.findall(r"^\.Nm (\w+)", text, re.MULTILINE)}


def test_what_is_installed(installed: Path) -> None:
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if not path.is_dir()}
    assert files == {
        "include/roomcast.h",
        "include/roomcast-ffi.h",
        f"lib/libroomcast.so.{VERSION}",
        f"lib/libroomcast.so.{ABI}",
        "lib/libroomcast.so",
        "lib/libroomcast.a",
        "lib/pkgconfig/roomcast.pc",
        "lib/cmake/roomcast/roomcast-config.cmake",
        "lib/cmake/roomcast/roomcast-config-version.cmake",
        *(f"share/man/man3/{name}.3" for name in names_of_pages()),
    }
    assert (installed / "lib/libroomcast.so").resolve().name == f"libroomcast.so.{VERSION}"
    texts = [path.read_text() for path in installed.rglob("*") if path.suffix in {".pc", ".cmake"}]
    texts += [path.read_text() for path in installed.rglob("*.3")]
    assert len(texts) > 100 and not any(re.search("/usr/local|@[A-Z_]+@", text) for text in texts)
    assert os.access(installed / "lib/libroomcast.so", os.X_OK)


def test_system_libraries_are_those_that_rustc_prints(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.rs").touch()
    command = [need("rustc"), "--crate-type=staticlib", "--print=native-static-libs", "-o", tmp_path / "empty.a"]
    said = run(*command, tmp_path / "empty.rs")
    # A static program cannot link the shared libgcc; the compiler links the one that the program needs.
    assert said.split("native-static-libs: ")[1].split("\n")[0].split() == ["-lgcc_s", *SYSTEM_LIBRARIES]
    assert (
        f"Libs.private: -Wl,--eh-frame-hdr {' '.join(SYSTEM_LIBRARIES)}\n"
        in (installed / "lib/pkgconfig/roomcast.pc").read_text()
    )


def with_pkg_config(prefix: Path, to: Path, *, static: bool) -> None:
    env = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    output = run(need("pkg-config"), *(["--static"] if static else []), "--cflags", "--libs", "roomcast", env=env)
    # pkg-config escapes the space in the path for the shell.
    flags = output.strip().replace("-lroomcast", "-l:libroomcast.a") if static else output.strip()
    for source in EXAMPLE_FILES:
        compiler = "c++ -std=c++11" if source.suffix == ".cpp" else "cc -std=c99"
        run("sh", "-c", f'{compiler} {" ".join(FLAGS)} "$0" -o "$1" {flags}', source, to / source.stem)


def with_cmake(prefix: Path, to: Path, *, static: bool) -> None:
    cmake = need("cmake")
    run(
        *[cmake, "-S", EXAMPLES, "-B", to, f"-DCMAKE_PREFIX_PATH={prefix}"],
        *[f"-Droomcast_USE_STATIC_LIBS={'ON' if static else 'OFF'}"],
        *[f"-DCMAKE_C_FLAGS={' '.join(FLAGS)}", f"-DCMAKE_CXX_FLAGS={' '.join(FLAGS)}"],
    )
    run(cmake, "--build", to)


@pytest.mark.parametrize("static", [False, True], ids=["shared", "static"])
@pytest.mark.parametrize("build", [with_pkg_config, with_cmake], ids=["pkg-config", "cmake"])
def test_examples(build, static: bool, installed: Path, room: SandboxRoom, tmp_path: Path) -> None:
    build(installed, tmp_path, static=static)
    env = dict(room.env)
    if not static:
        env["LD_LIBRARY_PATH"] = str(installed / "lib")
    for source in EXAMPLE_FILES:
        needed = run(need("readelf"), "-d", tmp_path / source.stem)
        assert (f"[libroomcast.so.{ABI}]" in needed) != static
    run(tmp_path / "send_to_peer", room.room_id, room.peer_ids["bob"], "one", env=env)
    assert room.received() == {"bob": ["one"]}
    run(tmp_path / "broadcast", room.room_id, "two", env=env)
    assert room.received() == each(ALL, "two")
    run(tmp_path / "raii", room.room_id, "player", "three", env=env)
    assert room.received() == each(PLAYERS, "three")
    assert run(tmp_path / "eight_threads", room.room_id, "1", env=env) == "8 of 8 messages were accepted\n"
    assert run(tmp_path / "without_waiting", room.room_id, "8", env=env) == "8 of 8 messages were accepted\n"
    assert {len(seen) for seen in room.received().values()} == {16}


CHECK = """
cmake_minimum_required(VERSION 3.13)
project(check LANGUAGES NONE)
find_package(roomcast {wanted} REQUIRED)
foreach(target shared static)
    get_target_property(library roomcast::${{target}} IMPORTED_LOCATION)
    get_target_property(include roomcast::${{target}} INTERFACE_INCLUDE_DIRECTORIES)
    if(NOT EXISTS ${{library}} OR NOT EXISTS ${{include}}/roomcast.h)
        message(FATAL_ERROR "not there: ${{library}} ${{include}}")
    endif()
endforeach()
"""


def test_a_program_is_tested_with_ctest(installed: Path, tmp_path: Path) -> None:
    cmake = need("cmake")
    flags = f"-DCMAKE_C_FLAGS={' '.join(FLAGS)}"
    run(cmake, "-S", EXAMPLES / "testing", "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={installed}", flags)
    run(cmake, "--build", tmp_path)
    env = {"ROOMCAST_SANDBOX": str(paths.SANDBOX), "LD_LIBRARY_PATH": str(installed / "lib")}
    said = run(need("ctest"), "--output-on-failure", env=env, cwd=tmp_path)
    assert "100% tests passed, 0 tests failed out of 1" in said
    # A dealer that shows everyone the cards fails.
    careless = (EXAMPLES / "testing" / "dealer.c").read_text()
    careless = careless.replace("roomcast_send_to_peer(client, table, peer_id, cards, NULL, error)", BROADCAST)
    (tmp_path / "careless").mkdir()
    for file in (EXAMPLES / "testing").iterdir():
        (tmp_path / "careless" / file.name).write_text(careless if file.name == "dealer.c" else file.read_text())
    build = tmp_path / "careless" / "build"
    run(cmake, "-S", tmp_path / "careless", "-B", build, f"-DCMAKE_PREFIX_PATH={installed}", flags)
    run(cmake, "--build", build)
    said = run(need("ctest"), "--output-on-failure", env=env, cwd=build, code=8)
    assert "test_dealer.c" in said and "not so: " in said, said


def find_package(where: str, folder: Path, wanted: str, code: int) -> str:
    (folder / "CMakeLists.txt").write_text(CHECK.format(wanted=wanted))
    return run(need("cmake"), "-S", folder, "-B", folder / "build", where, code=code)


MAJOR, MINOR, PATCH = map(int, VERSION.split("."))


@pytest.mark.parametrize("wanted", ["", f"{MAJOR}.{MINOR}", VERSION, f"{VERSION} EXACT"])
def test_versions_that_cmake_accepts(wanted: str, installed: Path, tmp_path: Path) -> None:
    find_package(f"-DCMAKE_PREFIX_PATH={installed}", tmp_path, wanted, code=0)


@pytest.mark.parametrize("wanted", [f"{MAJOR}.{MINOR}.{PATCH + 1}", f"{MAJOR}.{MINOR + 1}", f"{MAJOR + 1}"])
def test_versions_that_cmake_refuses(wanted: str, installed: Path, tmp_path: Path) -> None:
    assert "compatible" in find_package(f"-DCMAKE_PREFIX_PATH={installed}", tmp_path, wanted, code=1)


def test_another_libdir(tmp_path: Path) -> None:
    moved = install(tmp_path, "/opt/roomcast", "LIBDIR=/opt/roomcast/lib/x86_64-linux-gnu")
    library = moved / "lib/x86_64-linux-gnu"
    env = {**os.environ, "PKG_CONFIG_PATH": str(library / "pkgconfig")}
    for variable, there in (("libdir", library), ("includedir", moved / "include")):
        said = run(need("pkg-config"), f"--variable={variable}", "roomcast", env=env).strip().replace("\\ ", " ")
        assert Path(said).resolve() == there.resolve()
    (tmp_path / "check").mkdir()
    find_package(f"-Droomcast_DIR={library}/cmake/roomcast", tmp_path / "check", "", code=0)


def test_uninstalling_leaves_what_others_installed(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    variables = ["PREFIX=/usr", f"DESTDIR={stage}", "LIBDIR=/usr/lib/x86_64-linux-gnu"]
    make("install-c", *variables)
    others = {
        stage / "usr/include/other.h",
        stage / "usr/lib/x86_64-linux-gnu/libother.so",
        stage / "usr/share/man/man3/other.3",
    }
    for other in others:
        other.touch()
    assert "no longer in" in make("uninstall-c", *variables)
    left = {path for path in stage.rglob("*") if path.is_symlink() or not path.is_dir()}
    assert left == others
    assert not (stage / "usr/lib/x86_64-linux-gnu/cmake/roomcast").exists()
    # There may be nothing to remove.
    make("uninstall-c", *variables)


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_one_of_the_libraries_alone(kind: str, tmp_path: Path) -> None:
    """Without saying which one: a program is linked with the one that is there."""
    stage = tmp_path / "stage"
    run(BINDING / "install.sh", LIB, "/usr", stage, env={"LIBRARIES": kind})
    names = {path.name for path in (stage / "usr/lib").iterdir() if not path.is_dir()}
    shared = {"libroomcast.so", f"libroomcast.so.{ABI}", f"libroomcast.so.{VERSION}"}
    assert names == (shared if kind == "shared" else {"libroomcast.a"})
    env = {"PKG_CONFIG_PATH": str(stage / "usr/lib/pkgconfig")}
    flags = run(need("pkg-config"), "--cflags", "--libs", "roomcast", env=env).split()
    source = tmp_path / "version.c"
    source.write_text(
        "#include <roomcast.h>\n#include <stdio.h>\nint main(void) { return puts(roomcast_version()) < 0; }\n"
    )
    libraries = {"LD_LIBRARY_PATH": str(stage / "usr/lib")}
    run("cc", *FLAGS, source, "-o", tmp_path / "version", *flags)
    assert run(tmp_path / "version", env=libraries) == f"{VERSION}\n"
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.13)\nproject(check LANGUAGES C)\nfind_package(roomcast REQUIRED)\n"
        "add_executable(version version.c)\ntarget_link_libraries(version PRIVATE roomcast::roomcast)\n"
    )
    cmake = need("cmake")
    run(cmake, "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={stage}/usr")
    run(cmake, "--build", tmp_path / "build")
    assert run(tmp_path / "build/version", env=libraries) == f"{VERSION}\n"
    if kind == "shared":
        where = [f"-DCMAKE_PREFIX_PATH={stage}/usr", "-Droomcast_USE_STATIC_LIBS=ON"]
        said = run(cmake, "-S", tmp_path, "-B", tmp_path / "none", *where, code=1)
        assert "is not below" in " ".join(said.split())


def test_a_private_umask_does_not_hide_what_is_installed(tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    run("sh", "-c", 'umask 077 && exec "$@"', "sh", BINDING / "install.sh", LIB, "/usr/local", stage)
    installed = stage / "usr/local"
    paths = [stage, stage / "usr", installed, *installed.rglob("*")]
    modes = {path: path.stat().st_mode & 0o777 for path in paths if not path.is_symlink()}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}, modes
    assert all(mode & 0o444 == 0o444 for mode in modes.values()), modes


def test_a_failed_installation_prints_why(tmp_path: Path) -> None:
    script = BINDING / "install.sh"
    assert "is not built" in run(script, tmp_path, "/usr", tmp_path / "stage", code=1)
    assert "must begin with /" in run(script, LIB, "relative", tmp_path / "stage", code=1)
    nothing = run(script, LIB, "/usr", tmp_path / "stage", env={"LIBRARIES": "neither"}, code=1)
    assert "must have shared or static" in nothing
    outside = run(script, LIB, "/usr", tmp_path / "stage", env={"LIBDIR": "/lib"}, code=1)
    assert "must be below the prefix" in outside
    assert not (tmp_path / "stage").exists()

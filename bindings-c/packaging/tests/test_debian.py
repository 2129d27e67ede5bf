"""The Debian packages: built by dpkg-buildpackage from a source tree, checked by lintian, installed, and used."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from conftest import build
from sandbox_room import ALL, SandboxRoom, each
from toolchain import BINDING, HEADER, need, run

ABI = (BINDING / "abi-version").read_text().strip()
VERSION = next(line.split('"')[1] for line in HEADER.read_text().splitlines() if "define ROOMCAST_VERSION" in line)
LIBRARY, DEVELOPMENT = f"libroomcast{ABI}", "libroomcast-dev"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for tool in ("dpkg-buildpackage", "dh", "fakeroot"):
        need(tool)
    out = tmp_path_factory.mktemp("debian")
    # What the release is built with, for lintian.
    build(BINDING / "packaging/debian/build.sh", out, env={"CARGO_PROFILE_RELEASE_LTO": "thin"})
    return out


def package(built: Path, name: str) -> Path:
    [file] = built.glob(f"{name}_{VERSION}-1_*.deb")
    return file


@pytest.fixture(scope="module")
def root(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which dpkg has installed both packages, as in an empty system; no package's script runs there."""
    root = tmp_path_factory.mktemp("root")
    (root / "var/lib/dpkg/updates").mkdir(parents=True)
    (root / "var/lib/dpkg/info").mkdir()
    (root / "var/lib/dpkg/status").touch()
    packages = [package(built, LIBRARY), package(built, DEVELOPMENT)]
    # The empty system has no libc to depend on.
    options = [
        f"--root={root}",
        "--force-depends",
        "--force-not-root",
        "--force-script-chrootless",
        f"--log={root}/log",
    ]
    run("dpkg", *options, "--install", *packages)
    return root


def files(deb: Path) -> set[str]:
    return {line.split(maxsplit=5)[5].split(" -> ")[0] for line in run("dpkg-deb", "--contents", deb).splitlines()}


def test_both_are_installed(root: Path) -> None:
    shown = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "--show", "--showformat", "${Package} ${Status}\n")
    assert sorted(shown.splitlines()) == sorted(f"{name} install ok installed" for name in (LIBRARY, DEVELOPMENT))


def test_what_is_in_which(built: Path) -> None:
    library, development = files(package(built, LIBRARY)), files(package(built, DEVELOPMENT))
    assert {name for name in library if "/lib/" in name and not name.endswith("/")} == {
        f"./usr/lib/{triplet()}/libroomcast.so.{ABI}",
        f"./usr/lib/{triplet()}/libroomcast.so.{VERSION}",
    }
    for name in ("libroomcast.so", "libroomcast.a", "pkgconfig/roomcast.pc", "cmake/roomcast/roomcast-config.cmake"):
        assert f"./usr/lib/{triplet()}/{name}" in development
    assert "./usr/include/roomcast.h" in development
    assert "./usr/share/man/man3/roomcast_send_message.3.gz" in development


def triplet() -> str:
    return run("dpkg-architecture", "--query", "DEB_HOST_MULTIARCH").strip()


def test_lintian_has_no_remarks(built: Path) -> None:
    """What is answered in debian/*.lintian-overrides is not shown; an override that nothing needs is."""
    [changes] = built.glob("*.changes")
    allow = ["--allow-root"] if os.geteuid() == 0 else []
    levels = [
        "--profile",
        "debian",
        "--display-info",
        "--pedantic",
        "--display-experimental",
        "--tag-display-limit",
        "0",
    ]
    said = run("sh", "-c", '"$@" || true', "sh", need("lintian"), *allow, *levels, changes)
    assert [line for line in said.splitlines() if not line.startswith("N:")] == []


def test_dependencies(built: Path) -> None:
    library = run("dpkg-deb", "--field", package(built, LIBRARY), "Depends")
    assert "libc6" in library
    assert f"{LIBRARY} (= {VERSION}-1)" in run("dpkg-deb", "--field", package(built, DEVELOPMENT), "Depends")
    shlibs = run("dpkg-deb", "--info", package(built, LIBRARY), "shlibs")
    assert f"libroomcast {ABI} {LIBRARY} (>= {VERSION})" in shlibs


def compiled(root: Path, to: Path, *flags: str) -> Path:
    """An example of the package, compiled with the installed header and roomcast.pc."""
    library = root / "usr/lib" / triplet()
    env = {"PKG_CONFIG_LIBDIR": str(library / "pkgconfig"), "PKG_CONFIG_PATH": ""}
    static = ["--static"] if "-static" in flags else []
    said = run(need("pkg-config"), *static, "--cflags", "--libs", "roomcast", env=env).split()
    example = root / "usr/share/doc" / DEVELOPMENT / "examples/broadcast.c"
    if not example.exists():
        run("gunzip", "--keep", f"{example}.gz")
    run("cc", "-std=c99", "-Wall", "-Werror", example, "-o", to, *flags, *said)
    return to


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_an_example_of_the_package_sends(kind: str, root: Path, room: SandboxRoom, tmp_path: Path) -> None:
    program = compiled(root, tmp_path / "broadcast", *(["-static"] if kind == "static" else []))
    env = {**room.env, "LD_LIBRARY_PATH": str(root / "usr/lib" / triplet())}
    run(program, room.room_id, f"from Debian, {kind}", env=env if kind == "shared" else room.env)
    assert room.received() == each(ALL, f"from Debian, {kind}")


def test_man_shows_a_page_of_the_package(root: Path) -> None:
    env = {"MANPATH": str(root / "usr/share/man"), "MANPAGER": "cat"}
    assert "Closes and frees a client" in run(need("man"), "3", "roomcast_client_free", env=env)


def test_the_test_of_the_package_passes(root: Path, tmp_path: Path) -> None:
    """debian/tests, which autopkgtest runs where the packages are installed."""
    script = (BINDING / "packaging/debian/tests/build-example").read_text()
    here = tmp_path / "build-example"
    here.write_text(script.replace("/usr/share/doc", f"{root}/usr/share/doc"))
    library = root / "usr/lib" / triplet()
    env = {
        "AUTOPKGTEST_TMP": str(tmp_path),
        "PKG_CONFIG_LIBDIR": str(library / "pkgconfig"),
        "LD_LIBRARY_PATH": str(library),
    }
    run("sh", here, env=env)


def test_the_source_package_builds_the_same_again(built: Path, tmp_path: Path) -> None:
    """Only that it unpacks to the tree that was built: building it once takes long enough."""
    [dsc] = built.glob("*.dsc")
    subprocess.run(
        ["dpkg-source", "--no-check", "--extract", dsc, tmp_path / "tree"], check=True, stdout=subprocess.DEVNULL
    )
    assert (tmp_path / "tree/debian/rules").stat().st_mode & 0o111
    assert (tmp_path / "tree/bindings-c/build.sh").stat().st_mode & 0o111

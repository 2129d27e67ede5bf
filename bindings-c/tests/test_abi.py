"""The ABI: names, numbers, offsets; and that no panic unwinds into C."""

from __future__ import annotations

import os
import re
from pathlib import Path

from toolchain import BINDING, HEADER, HERE, LIB, ROOT, compile, need, run

LIBRARY = LIB / "libroomcast.so"
SOURCES = {path: path.read_text() for path in sorted((BINDING / "src").glob("*.rs"))}


def versioned() -> dict[str, str]:
    """The version of each exported symbol: roomcast_version@@ROOMCAST_0. That of the version itself is not one."""
    lines = run(need("nm"), "-D", "--defined-only", LIBRARY).splitlines()
    symbols = dict((line.split()[-1] + "@@").split("@@")[:2] for line in lines)
    return {name: version for name, version in symbols.items() if not name.startswith("ROOMCAST_")}


def exported() -> set[str]:
    return set(versioned())


def declared() -> set[str]:
    code = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    return set(re.findall(r"\b(roomcast_\w+)\(", code))


def test_only_roomcast_names_are_exported() -> None:
    assert [name for name in exported() if not name.startswith("roomcast_")] == []


def test_every_declared_function_is_exported() -> None:
    assert exported() == declared()


def test_symbols_have_the_abi_version() -> None:
    """Not in what cargo builds by itself: bindings-c/build.sh has the linker for it."""
    assert set(versioned().values()) == {f"ROOMCAST_{(BINDING / 'abi-version').read_text().strip()}"}


def test_static_library_defines_what_is_declared() -> None:
    lines = run(need("nm"), "--defined-only", "--extern-only", LIB / "libroomcast.a").splitlines()
    defined = {parts[2] for line in lines if len(parts := line.split()) == 3}
    assert {name for name in defined if name.startswith("roomcast_")} == declared()


def test_soname_has_the_abi_version() -> None:
    dynamic = run(need("readelf"), "-d", LIBRARY)
    abi = (BINDING / "abi-version").read_text().strip()
    assert f"soname: [libroomcast.so.{abi}]" in dynamic
    assert "NODELETE" in dynamic


def test_numbers_and_offsets_have_not_changed(folder: Path) -> None:
    compile(HERE / "c" / "abi.c", folder / "abi.o", "-c")


def functions(source: str) -> dict[str, tuple[bool, str]]:
    """The free functions of a source file by name: whether each is exported, and its body."""
    found = re.findall(
        r"^(#\[unsafe\(no_mangle\)\]\n)?(?:pub(?:\(crate\))? )?(?:unsafe )?(?:extern \"C\" )?fn (\w+)"
        r"(.*?)^}$",
        source,
        re.MULTILINE | re.DOTALL,
    )
    return {name: (bool(attribute), rest) for attribute, name, rest in found}


def unguarded(sources: list[str]) -> tuple[set[str], set[str]]:
    """The exports, and those of them whose body does not catch panics, itself or in a helper that it calls."""
    exports: dict[str, str] = {}
    # Helpers of one name in several modules count as one: all of them must catch panics.
    helpers: dict[str, list[str]] = {}
    for name, (is_exported, body) in (found for source in sources for found in functions(source).items()):
        if is_exported:
            exports[name] = body
        else:
            helpers.setdefault(name, []).append(body)
    guards = {"catch_unwind"}
    while True:
        calls = re.compile(rf"(?<!\.)\b({'|'.join(guards)})\(")
        found = {name for name, bodies in helpers.items() if all(map(calls.search, bodies))}
        if found <= guards:
            return set(exports), {name for name, body in exports.items() if not calls.search(body)}
        guards |= found


def test_every_export_catches_panics() -> None:
    exports, bare = unguarded(list(SOURCES.values()))
    assert exports == declared()
    assert sum(source.count("no_mangle") for source in SOURCES.values()) == len(exports)
    assert bare == set()


def test_an_export_that_does_not_catch_panics_is_found() -> None:
    source = (
        '#[unsafe(no_mangle)]\npub extern "C" fn roomcast_bare(it: Option<&T>) -> u32 {\n    it.map_or(0, T::get)\n}\n'
    )
    assert unguarded([*SOURCES.values(), source])[1] == {"roomcast_bare"}


def test_guards_catch_panics() -> None:
    run(os.environ.get("CARGO", "cargo"), "test", "--quiet", "--locked", "--lib", "-p", "roomcast-c", cwd=ROOT)

"""What programs that are already compiled rely on: names, numbers, places; and that no panic reaches them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from toolchain import BINDING, HEADER, HERE, LIB, ROOT, compile, need, run

LIBRARY = LIB / "libroomcast.so"
SOURCES = {path: path.read_text() for path in sorted((BINDING / "src").glob("*.rs"))}


def exported() -> set[str]:
    lines = run(need("nm"), "-D", "--defined-only", LIBRARY).splitlines()
    return {line.split()[-1] for line in lines}


def declared() -> set[str]:
    code = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    return set(re.findall(r"\b(roomcast_\w+)\(", code))


def test_only_roomcast_names_are_exported() -> None:
    assert [name for name in exported() if not name.startswith("roomcast_")] == []


def test_what_is_declared_is_exported() -> None:
    assert exported() == declared()


def test_static_library_defines_what_is_declared() -> None:
    lines = run(need("nm"), "--defined-only", "--extern-only", LIB / "libroomcast.a").splitlines()
    defined = {parts[2] for line in lines if len(parts := line.split()) == 3}
    assert {name for name in defined if name.startswith("roomcast_")} == declared()


def test_soname_has_the_abi_version() -> None:
    dynamic = run(need("readelf"), "-d", LIBRARY)
    abi = (BINDING / "abi-version").read_text().strip()
    assert f"soname: [libroomcast.so.{abi}]" in dynamic
    assert "NODELETE" in dynamic


def test_numbers_and_places_are_what_they_were(folder: Path) -> None:
    compile(HERE / "c" / "abi.c", folder / "abi.o", "-c")


def functions(source: str) -> dict[str, tuple[bool, str]]:
    """Each function of a source file: whether it is exported, and its body."""
    found = re.findall(
        r"^(#\[unsafe\(no_mangle\)\]\n)?(?:pub(?:\(crate\))? )?(?:unsafe )?(?:extern \"C\" )?fn (\w+)"
        r"(.*?)^}$",
        source,
        re.MULTILINE | re.DOTALL,
    )
    return {name: (bool(attribute), rest) for attribute, name, rest in found}


def unguarded(sources: list[str]) -> tuple[set[str], set[str]]:
    """The exports, and those of them whose body does not go through a guard: one of guard.rs, or a helper that does."""
    all_functions = {name: found for source in sources for name, found in functions(source).items()}
    exports = {name for name, (is_exported, _) in all_functions.items() if is_exported}
    guards = {"guarded", "told"}
    guards |= {
        name
        for name, (is_exported, body) in all_functions.items()
        if not is_exported and re.search(r"\b(guarded|told)\(", body)
    }
    calls = re.compile(rf"\b({'|'.join(guards)})\(")
    return exports, {name for name in exports if not calls.search(all_functions[name][1])}


def test_every_export_is_guarded() -> None:
    exports, bare = unguarded(list(SOURCES.values()))
    assert exports == declared()
    assert sum(source.count("no_mangle") for source in SOURCES.values()) == len(exports)
    assert bare == set()


def test_an_export_without_a_guard_would_be_seen() -> None:
    source = (
        '#[unsafe(no_mangle)]\npub extern "C" fn roomcast_bare(it: Option<&T>) -> u32 {\n    it.map_or(0, T::ask)\n}\n'
    )
    assert unguarded([*SOURCES.values(), source])[1] == {"roomcast_bare"}


def test_guards_catch_panics() -> None:
    run(os.environ.get("CARGO", "cargo"), "test", "--quiet", "--locked", "--lib", "-p", "roomcast-c", cwd=ROOT)

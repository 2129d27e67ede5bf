"""The manual's pages, as they are installed: every name of the header has one, and formatters have no remarks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_abi import declared
from toolchain import BINDING, HEADER, LIB, need, run


@pytest.fixture(scope="module")
def man(tmp_path_factory: pytest.TempPathFactory) -> Path:
    stage = tmp_path_factory.mktemp("man")
    # 6 November 2026.
    run(BINDING / "install.sh", LIB, "/usr", stage, env={"LIBRARIES": "shared", "SOURCE_DATE_EPOCH": "1793923200"})
    return stage / "usr/share/man"


def pages(man: Path) -> list[Path]:
    """Without those that refer to another one."""
    return sorted(path for path in (man / "man3").iterdir() if not path.read_text().startswith(".so "))


def test_every_function_type_and_macro_has_a_page(man: Path) -> None:
    code = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    types = set(re.findall(r"^}? *(?:typedef struct \w+ )?(roomcast_\w+);$", code, re.MULTILINE))
    types |= set(re.findall(r"\(\*(roomcast_\w+)\)", code))
    macros = set(re.findall(r"^ *#define (ROOMCAST_\w+)(?!_H$)\b", code, re.MULTILINE)) - {"ROOMCAST_H"}
    assert len(types) > 20 and len(macros) > 10
    names = {path.stem for path in (man / "man3").iterdir()}
    assert names == declared() | types | macros | {"roomcast"}


def test_pages_that_refer_to_another_find_it(man: Path) -> None:
    for path in (man / "man3").iterdir():
        if found := re.match(r"\.so (man3/(\w+)\.3)\n$", path.read_text()):
            assert f".Nm {path.stem}" in (man / found[1]).read_text()


def test_references_find_their_page(man: Path) -> None:
    for path in pages(man):
        for name in re.findall(r"^\.Xr (\w+) 3", path.read_text(), re.MULTILINE):
            assert (man / "man3" / f"{name}.3").exists(), f"{path.name}: {name}"


def test_mandoc_has_no_remarks(man: Path) -> None:
    # Of a library that is in no system, mandoc says both.
    expected = re.compile("operating system explicitly specified|referenced manual not found: Xr (roomcast|ROOMCAST)")
    lint = [need("mandoc"), "-Tlint", "-W", "style", *pages(man)]
    # 0 and 1 are for messages that are no warnings.
    said = run("sh", "-c", '"$@"; test $? -le 1', "sh", *lint)
    assert [line for line in said.splitlines() if not expected.search(line)] == []


def test_groff_has_no_warnings(man: Path) -> None:
    for path in pages(man):
        assert run(need("groff"), "-ww", "-z", "-mandoc", "-Tutf8", path) == ""


def test_man_shows_a_function_by_its_name(man: Path) -> None:
    env = {"MANPATH": str(man), "MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    shown = run(need("man"), "3", "roomcast_client_free", env=env)
    assert "No other thread may be in a call with the client" in " ".join(shown.split())
    assert "November 6, 2026" in shown
    code = run(need("man"), "3", "roomcast", env=env)
    assert 'fprintf(stderr, "%s\\n", roomcast_error_message(error));' in code


def test_the_committed_pages_are_those_of_the_header() -> None:
    """`make lint` compares them; here, that a name that was removed or added would be noticed."""
    texts = [path.read_text() for path in (BINDING / "man").glob("*.3.in")]
    names = set(re.findall(r"^\.Nm (roomcast_\w+)", "\n".join(texts), re.MULTILINE))
    assert declared() <= names

"""The header: it compiles without warnings in every standard, every item has a comment, its sample program compiles."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from toolchain import BINDING, HEADER, HERE, ROOT, SHARED, Checker, compile, run

TEXT = HEADER.read_text()


@pytest.mark.parametrize("standard", ["c99", "c11", "c17", "c++11", "c++14", "c++17", "c++20"])
def test_header_alone(standard: str, folder: Path) -> None:
    source = folder / f"only-{standard}{'.cpp' if '++' in standard else '.c'}"
    source.write_text("#include <roomcast.h>\n")
    compile(source, source.with_suffix(".o"), "-c", standard=standard)


USES_THE_MACROS = """
#include <roomcast.h>
int uses(const roomcast_client *client);
int uses(const roomcast_client *client) {
    roomcast_client_options options = ROOMCAST_CLIENT_OPTIONS_INIT;
    roomcast_send_options send = ROOMCAST_SEND_OPTIONS_INIT;
    roomcast_list_options list = ROOMCAST_LIST_OPTIONS_INIT;
    roomcast_query_options query = ROOMCAST_QUERY_OPTIONS_INIT;
    roomcast_many_options many = ROOMCAST_MANY_OPTIONS_INIT;
    roomcast_stats stats = ROOMCAST_STATS_INIT;
    roomcast_client *other = NULL;
    roomcast_peers *peers = NULL;
    roomcast_room *room = NULL;
    send.format = ROOMCAST_FORMAT_CHAT;
    send.audience = ROOMCAST_AUDIENCE_EVERYONE;
    send.retry_unknown = ROOMCAST_SWITCH_OFF;
    return roomcast_client_new(&options, &other, NULL) == ROOMCAST_OK
        && roomcast_send_message(client, "r", "hi", &send, NULL) == ROOMCAST_OK
        && roomcast_list_peers(client, "r", &list, &peers, NULL) == ROOMCAST_OK
        && roomcast_get_room(client, "r", &query, &room, NULL) == ROOMCAST_OK
        && roomcast_client_stats(client, &stats, NULL) == ROOMCAST_OK && stats.failed[ROOMCAST_TIMEOUT] == 0
        && roomcast_send_many(client, NULL, NULL, NULL, &many, NULL) == ROOMCAST_OK && ROOMCAST_VERSION_NUMBER >= 0;
}
#if ROOMCAST_VERSION_NUMBER < 100 || ROOMCAST_VERSION_MAJOR < 0
#error "not a version"
#endif
"""
STRICT = ["-Wconversion", "-Wsign-conversion", "-Wundef"]
STRICT_C = [*STRICT, "-Wstrict-prototypes", "-Wc++-compat"]
STRICT_CPP = [*STRICT, "-Wold-style-cast"]


@pytest.mark.parametrize("standard", ["c89", "c99", "c17", "c++98", "c++11", "c++20"])
def test_strict_warnings(standard: str, folder: Path) -> None:
    """Without the options of other tests only: -Wpedantic is among WARNINGS."""
    is_cpp = "++" in standard
    source = folder / f"strict-{standard}{'.cpp' if is_cpp else '.c'}"
    source.write_text(USES_THE_MACROS)
    compile(source, source.with_suffix(".o"), "-c", *(STRICT_CPP if is_cpp else STRICT_C), standard=standard)


def test_every_declaration_has_c_linkage() -> None:
    """Also the type of callbacks, which is another type in C++ if it has not."""
    code = re.sub(r"/\*.*?\*/", "", TEXT, flags=re.DOTALL)
    begin, end = code.index('extern "C" {'), code.rindex("#ifdef __cplusplus")
    assert [found.start() for found in re.finditer(r"\btypedef\b|\broomcast_\w+\(", code[:begin] + code[end:])] == []


IGNORES = """
#include <roomcast.h>
void ignores(roomcast_client *client, roomcast_error *error);
void ignores(roomcast_client *client, roomcast_error *error) {
    (void)client;
    (void)error;
    %s;
}
"""
RETURNING_A_STATUS = re.findall(r"^enum roomcast_status (roomcast_\w+)\(", TEXT, re.MULTILINE)


def test_a_status_must_be_used(folder: Path) -> None:
    calls = {
        'roomcast_broadcast(client, "r", "hi", NULL, NULL)': True,
        'roomcast_broadcast_async(client, "r", "hi", NULL, NULL, NULL, NULL, NULL)': True,
        "roomcast_client_new(NULL, &client, NULL)": True,
        "roomcast_error_kind(error)": False,
        "roomcast_client_free(client)": False,
    }
    for number, (call, warns) in enumerate(calls.items()):
        source = folder / f"ignores{number}.c"
        source.write_text(IGNORES % call)
        if warns:
            with pytest.raises(AssertionError, match="unused-result"):
                compile(source, source.with_suffix(".o"), "-c")
        compile(source, source.with_suffix(".o"), "-c", *(["-DROOMCAST_MUST_USE="] if warns else []))
    marked = re.findall(r"^ROOMCAST_MUST_USE\nenum roomcast_status (roomcast_\w+)\(", TEXT, re.MULTILINE)
    # These read a property.
    properties = {"roomcast_error_kind", "roomcast_completion_status", "roomcast_log_record_kind"}
    assert set(marked) == set(RETURNING_A_STATUS) - properties
    assert len(marked) > 10


PLAIN = HEADER.with_name("roomcast-ffi.h")


def tokens(declarations: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", re.sub(r"/\*.*?\*/", "", declarations, flags=re.DOTALL))


def test_the_plain_header_has_the_same_declarations(folder: Path) -> None:
    """What a preprocessor makes of the header, without attributes; and the constants, as enumerators."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    for name in ("stdbool.h", "stddef.h", "stdint.h"):
        (empty / name).touch()
    command = [*shlex.split(os.environ.get("CC", "cc")), "-E", "-P", "-nostdinc", f"-I{empty}", "-DROOMCAST_MUST_USE="]
    expected = run(*command, HEADER)
    plain = PLAIN.read_text()
    constants = dict(re.findall(r"^enum \{ (\w+) = (\d+) \};$", plain, re.MULTILINE))
    # The preprocessor replaces them where they are used.
    declarations = re.sub(r"^enum \{ \w+ = \d+ \};$", "", plain, flags=re.MULTILINE)
    declarations = re.sub(r"\w+", lambda word: constants.get(word[0], word[0]), declarations)
    assert tokens(declarations) == tokens(expected)
    macros = dict(re.findall(r"^#define (ROOMCAST_\w+) (\d+)$", TEXT, re.MULTILINE))
    # These depend on the compiler, or roomcast_version says more than they.
    others = {name for name in macros if "VERSION" in name or "STANDARD" in name}
    assert constants == {name: value for name, value in macros.items() if name not in others}
    assert "ROOMCAST_STATS_MAGIC" in constants
    assert "#" not in plain


def test_the_plain_header_is_c(folder: Path) -> None:
    source = folder / "plain.c"
    source.write_text("#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <roomcast-ffi.h>\n")
    compile(source, source.with_suffix(".o"), "-c")


def test_sample_program_of_the_header(folder: Path) -> None:
    found = re.search(r"^ \*     #include <roomcast.h>\n.*?^ \*     }\n", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    source = folder / "sample.c"
    source.write_text("".join(line[7:] + "\n" for line in found[0].splitlines()))
    compile(source, folder / "sample", *SHARED)


DOCS = [BINDING / "README.md", *(ROOT / f"docs/{name}.md" for name in ("c-event-loops", "observability", "draining"))]


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.stem)
def test_samples_of_the_docs(page: Path, folder: Path) -> None:
    programs = re.findall(r"^```c\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    assert programs
    for number, text in enumerate(programs):
        source = folder / f"{page.stem}{number}.c"
        source.write_text(text)
        compile(source, source.with_suffix(""), *(SHARED if "int main(" in text else ["-c"]))


def test_in_cpp(memory_checker: Checker, tmp_path: Path) -> None:
    memory_checker.run(memory_checker.build(HERE / "c" / "header.cpp", tmp_path / "header"))


# The first line of an item: a macro, a type, a member of a struct or an enum, a function.
ITEM = re.compile(
    r"^(?:#define (?P<macro>ROOMCAST_\w+).*"
    r"|typedef .*?(?P<type>roomcast_\w+)(?: \{|\)\(.*|;)"
    r"|    (?:const |struct )*\w+ \**(?P<member>\w+)(?:\[\w+\])?;"
    r"|    (?P<number>ROOMCAST_\w+) = \d+,?"
    r"|(?:const |enum |struct )*\w+ \**(?P<function>roomcast_\w+)\(.*)$"
)


def items(header: str) -> dict[str, bool]:
    """Every item by name, and whether a comment ends right before it. A member's name has its struct's as a prefix."""
    found: dict[str, bool] = {}
    struct = ""
    # A macro that depends on the compiler is defined twice, with one comment before the #if; it counts once.
    skipped = ("#if ", "#ifndef ROOMCAST_MUST_USE", "ROOMCAST_MUST_USE")
    lines = [line for line in re.sub(r"\\\n", " ", header).splitlines() if not line.startswith(skipped)]
    for before, line in zip(["", *lines], lines):
        if item := ITEM.match(line):
            name = item[item.lastgroup]
            if item.lastgroup == "type":
                struct = name
            name = f"{struct}.{name}" if item.lastgroup == "member" else name
            found.setdefault(name, before.endswith("*/"))
    del found["ROOMCAST_H"]
    return found


def test_every_item_is_documented() -> None:
    assert [name for name, documented in items(TEXT).items() if not documented] == []


def test_every_item_is_found() -> None:
    code = re.sub(r"/\*.*?\*/", "", TEXT[TEXT.index("#ifndef ROOMCAST_H") :], flags=re.DOTALL)
    functions = re.findall(r"\b(roomcast_\w+)\(", code)
    numbers = re.findall(r"\b(ROOMCAST_\w+) = ", code)
    structs = re.findall(r"struct (\w+) \{\n(.*?)\n\}", code, re.DOTALL)
    members = [f"{struct}.{name}" for struct, body in structs for name in re.findall(r"(\w+)(?:\[\w+\])?;", body)]
    assert functions and numbers and members
    assert {*functions, *numbers, *members} <= set(items(TEXT))


def test_an_item_without_a_comment_is_found() -> None:
    comments = list(re.finditer(r" */\*\*(?:(?!\*/).)*\*/\n", TEXT, re.DOTALL))
    assert len(comments) == len(items(TEXT))
    for comment in comments:
        bare = items(TEXT[: comment.start()] + TEXT[comment.end() :])
        assert list(bare.values()).count(False) == 1, comment[0]

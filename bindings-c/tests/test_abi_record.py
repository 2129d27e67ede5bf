"""The ABI against the recorded one: programs that were compiled with an older header must run with this library.

`make abi` records the present one: for a new function, a new enumerator, a member at the end of an options struct.
Whatever else differs breaks programs, and needs a new number in abi-version.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from abi import VERSION, build, differences
from toolchain import HEADER, LIB, need, run

TEXT = HEADER.read_text()


def changed(old: str, new: str, folder: Path) -> str:
    """What is said of a header in which one text is another."""
    assert TEXT.count(old) == 1, old
    return differences(build(TEXT.replace(old, new), folder))


def test_the_header_is_as_recorded(tmp_path: Path) -> None:
    said = differences(build(TEXT, tmp_path))
    assert not said, f"{said}\nIf it only has more than before: make abi"


def test_the_library_has_the_recorded_symbols() -> None:
    assert differences(LIB / f"libroomcast.so.{VERSION}", types=False) == ""


def test_the_record_is_that_of_the_header(tmp_path: Path) -> None:
    """Of what was added, too, or its removal would not be noticed."""
    assert differences(build(TEXT, tmp_path), added=True) == "", "what was added is not recorded: make abi"


def test_a_removed_function_is_noticed(tmp_path: Path) -> None:
    said = changed("\nconst char *roomcast_version(void);\n", "\n", tmp_path)
    assert "1 Removed" in said and "roomcast_version" in said


def test_a_function_that_the_library_lost_is_noticed(tmp_path: Path) -> None:
    """Without debug information, as in what is installed."""
    library = build(TEXT.replace("\nconst char *roomcast_version(void);\n", "\n"), tmp_path)
    run(need("strip"), library)
    assert "1 Removed" in differences(library, types=False)


def test_another_version_of_the_symbols_is_noticed(tmp_path: Path) -> None:
    library = build(TEXT, tmp_path, version="1")
    run(need("strip"), library)
    assert "Removed" in differences(library, types=False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("const char *roomcast_status_name(int status);", "const char *roomcast_status_name(long status);"),
        ("size_t roomcast_error_detail_count(", "uint8_t roomcast_error_detail_count("),
        ("    const char *access_key;", "    uint64_t access_key;"),
        ("    uint32_t c_standard;", "    uint64_t c_standard;"),
        ("    ROOMCAST_QUEUE_FULL = 17", "    ROOMCAST_QUEUE_FULL = 18"),
        ("    ROOMCAST_AUDIENCE_EVERYONE = 1", "    ROOMCAST_AUDIENCE_EVERYONE = 2"),
        ("typedef int (*roomcast_next_item)(void *user_data,", "typedef void (*roomcast_next_item)(void *user_data,"),
    ],
    ids=["parameter", "result", "member's type", "offsets", "enumerator", "unreachable enumerator", "callback"],
)
def test_a_changed_type_is_noticed(old: str, new: str, tmp_path: Path) -> None:
    assert changed(old, new, tmp_path) != ""


def test_a_function_that_is_added_breaks_nothing(tmp_path: Path) -> None:
    old = "\nconst char *roomcast_version(void);\n"
    library = build(TEXT.replace(old, f"{old}\nvoid roomcast_added(void);\n"), tmp_path)
    assert differences(library) == ""
    assert "1 Added" in differences(library, added=True)

"""The checks find what they should in small fake crates, and nothing in a clean one. Run as programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# The fake core's layers, and what each of its files holds unless a test says otherwise.
LAYERS = ["lib", "client", "net", "error"]
CLEAN = {
    "lib.rs": "mod client;\nmod error;\nmod net;\n#[cfg(test)]\nmod property_tests;\npub use client::Client;\n",
    "client.rs": "use crate::error::Error;\nuse crate::net::{self, Pool};\npub struct Client;\n",
    "net/mod.rs": "mod pool;\nmod socket;\npub(crate) use pool::Pool;\npub(crate) use socket::Socket;\n",
    "net/pool.rs": "use super::Socket;\npub struct Pool;\n",
    "net/socket.rs": "use crate::error::Error;\npub struct Socket;\n",
    "error.rs": "pub struct Error;\n",
    "property_tests.rs": "use crate::client::Client;\nuse crate::net::Pool;\n",
}


def run(program, root, *arguments):
    command = [sys.executable, str(HERE / program), "--root", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def write(root, crate, files):
    (root / crate).mkdir(exist_ok=True)
    (root / crate / "Cargo.toml").touch()
    for name, text in files.items():
        file = root / crate / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def check(tmp_path):
    """Checks a project whose core is the clean one, but for these files; returns the violations."""

    def check(files=None, *, layers=LAYERS, test_only=("property_tests",), other=None):
        write(tmp_path, "core", {**CLEAN, **(files or {})})
        if other:
            write(tmp_path, "cli", other)
        rules = {"crate": "core", "layers_from_top_to_bottom": layers, "test_only": test_only}
        (tmp_path / "layers.json").write_text(json.dumps(rules, indent=2))
        code, lines = run("check.py", tmp_path, "--layers", str(tmp_path / "layers.json"))
        assert code == (1 if lines else 0)
        return lines

    return check


def test_a_clean_crate_passes(check):
    assert check() == []


# --- layers ---


@pytest.mark.parametrize(
    "text, line, path",
    [
        ("use crate::client::Client;\n", 1, "crate::client::Client"),
        ("use std::fmt;\npub(crate) use crate::client::Client as Other;\n", 2, "crate::client::Client"),
        (
            "use crate::{\n    error::{self, Error},\n    client::{\n        Client,\n    },\n};\n",
            4,
            "crate::client::Client",
        ),
        ("use super::super::client;\n", 1, "super::super::client"),
        ("fn f() {\n    crate::client::start();\n}\n", 2, "crate::client::start"),
        ("fn f() -> impl Iterator<Item = crate::client::Client> {}\n", 1, "crate::client::Client"),
        ("fn f() {\n    for _ in 0..crate::client::MAX {}\n}\n", 2, "crate::client::MAX"),
        ("mod inner {\n    use super::super::super::client::Client;\n}\n", 2, "super::super::super::client::Client"),
        ("use crate::client::*;\n", 1, "crate::client::*"),
        ("use r#crate as other;\nuse crate::r#client::Client;\n", 2, "crate::client::Client"),
        ("#[cfg(not(test))]\nuse crate::client::Client;\n", 2, "crate::client::Client"),
        ('#[cfg(any(test, feature = "x"))]\nuse crate::client::Client;\n', 2, "crate::client::Client"),
    ],
)
def test_an_upward_import_fails(check, text, line, path):
    found = check({"net/socket.rs": text, "client.rs": "pub struct Client;\n"})
    assert found == [f"core/src/net/socket.rs:{line}: layers: net imports {path} from client, which is above it"]


def test_each_upward_import_is_reported(check):
    found = check({"client.rs": "", "error.rs": "use crate::client::A;\nuse crate::net::B;\nuse crate::client::C;\n"})
    assert [line for line in found if ": layers: " in line] == [
        "core/src/error.rs:1: layers: error imports crate::client::A from client, which is above it",
        "core/src/error.rs:2: layers: error imports crate::net::B from net, which is above it",
        "core/src/error.rs:3: layers: error imports crate::client::C from client, which is above it",
    ]


def test_what_lib_defines_is_above_everything_but_what_it_reexports_is_not(check):
    lib = CLEAN["lib.rs"] + "pub use error::Error;\npub const VERSION: u32 = 1;\n"
    found = check({"lib.rs": lib, "client.rs": "use crate::Error;\nuse crate::VERSION;\n"})
    assert found == ["core/src/client.rs:2: layers: client imports crate::VERSION from lib, which is above it"]


def test_an_item_through_a_layer_above_fails_even_if_it_is_defined_below(check):
    found = check({"client.rs": "pub use crate::error::Error;\n", "net/pool.rs": "use crate::client::Error;\n"})
    assert found == [
        "core/src/net/pool.rs:1: layers: net imports crate::client::Error from client, which is above it",
    ]


def test_an_item_that_a_folder_reexports_is_reported_once(check):
    found = check({"error.rs": "use crate::net::Pool;\n", "client.rs": "", "net/socket.rs": "pub struct Socket;\n"})
    assert found == ["core/src/error.rs:1: layers: error imports crate::net::Pool from net, which is above it"]


def test_an_unlisted_module_fails(check):
    assert check({"lib.rs": CLEAN["lib.rs"] + "mod extra;\n", "extra/mod.rs": ""}) == [
        'core/src/lib.rs:7: layers: module extra is not listed under "layers_from_top_to_bottom" of layers.json'
    ]


def test_an_unlisted_module_for_tests_fails(check):
    assert check({"lib.rs": CLEAN["lib.rs"] + "#[cfg(test)]\nmod extra;\n", "extra.rs": ""}) == [
        'core/src/lib.rs:8: layers: module extra is not listed under "test_only" of layers.json'
    ]


def test_a_listed_module_that_does_not_exist_fails(check):
    assert check(layers=["lib", "client", "net", "gone", "error"]) == [
        "layers.json:7: layers: gone is listed, but core/src/lib.rs declares no such module"
    ]


def test_a_module_listed_for_tests_only_must_be_that(check):
    found = check({"lib.rs": CLEAN["lib.rs"].replace("#[cfg(test)]\n", "")})
    assert [line.split(" is ")[0] for line in found] == [
        "layers.json:10: layers: property_tests",
        "core/src/lib.rs:4: layers: module property_tests",
    ]


def test_a_core_that_is_not_there_fails(tmp_path):
    (tmp_path / "layers.json").write_text('{"crate": "core"}')
    code, lines = run("check.py", tmp_path, "--layers", str(tmp_path / "layers.json"))
    assert (code, lines) == (1, ["layers.json:1: layers: there is no core/src/lib.rs"])


def test_a_module_without_a_file_fails(check):
    found = check({"net/mod.rs": "mod gone;\n" + CLEAN["net/mod.rs"]})
    assert found == ["core/src/net/mod.rs:1: modules: mod gone has no file gone.rs or gone/mod.rs"]


# --- circles ---


def test_a_circle_of_two(check):
    other = {"main.rs": "mod a;\nmod b;\n", "a.rs": "use crate::b::B;\n", "b.rs": "\nuse crate::a::A;\n"}
    assert check(other=other) == [
        "cli/src/a.rs:1: circle: cli: a -> b -> a "
        "(cli/src/a.rs:1 imports crate::b::B; cli/src/b.rs:2 imports crate::a::A)"
    ]


def test_a_circle_of_three_by_inline_paths(check):
    other = {
        "lib.rs": "mod a;\nmod b;\nmod c;\n",
        "a.rs": "fn f() { crate::b::f() }\n",
        "b.rs": "fn f(x: &super::c::C) {}\n",
        "c/mod.rs": "mod deep;\n",
        "c/deep.rs": "// deep\nimpl super::super::a::A for C {}\n",
    }
    assert check(other=other) == [
        "cli/src/a.rs:1: circle: cli: a -> b -> c -> a (cli/src/a.rs:1 imports crate::b::f; "
        "cli/src/b.rs:1 imports super::c::C; cli/src/c/deep.rs:2 imports super::super::a::A)"
    ]


def test_a_circle_of_siblings_through_super_and_a_re_export(check):
    net = {
        "net/mod.rs": "mod pool;\nmod socket;\npub(crate) use {pool::Pool, socket::Socket as S};\n",
        "net/pool.rs": "use super::S;\npub struct Pool;\n",
        "net/socket.rs": "use super::{\n    Pool,\n};\npub struct Socket;\n",
    }
    assert check(net) == [
        "core/src/net/pool.rs:1: circle: core: net::pool -> net::socket -> net::pool "
        "(core/src/net/pool.rs:1 imports super::S; core/src/net/socket.rs:2 imports super::Pool)"
    ]


def test_a_circle_through_globs(check):
    net = {
        "net/mod.rs": "mod pool;\nmod socket;\npub use pool::*;\npub use socket::*;\n",
        "net/pool.rs": "use super::*;\npub struct Pool(Socket);\n",
        "net/socket.rs": "use super::pool::*;\npub struct Socket;\nfn f() { Pool::new() }\n",
    }
    assert check({**net, "client.rs": ""}) == [
        "core/src/net/pool.rs:1: circle: core: net::pool -> net::socket -> net::pool "
        "(core/src/net/pool.rs:1 imports super::Socket; core/src/net/socket.rs:1 imports super::pool::Pool)"
    ]


def test_a_parent_may_use_its_child_or_the_other_way_round_but_not_both(check):
    declares = "mod pool;\nmod socket;\npub(crate) use pool::Pool;\npub(crate) use socket::Socket;\n"
    defines = declares + "pub(crate) const LIMIT: u32 = 1;\n"
    child = {"net/socket.rs": "use super::LIMIT;\npub struct Socket;\n"}
    assert check({"net/mod.rs": defines, **child}) == []
    assert check({"net/mod.rs": declares + "fn f(socket: Socket) {}\n"}) == []
    assert check({"net/mod.rs": defines + "fn f(socket: Socket) {}\n", **child}) == [
        "core/src/net/mod.rs:4: circle: core: net -> net::socket -> net "
        "(core/src/net/mod.rs:4 imports socket::Socket; core/src/net/socket.rs:1 imports super::LIMIT)"
    ]
    assert len(check({"net/mod.rs": defines + "fn f() { socket::open() }\n", **child})) == 1


def test_the_folders_own_name_as_a_prefix_is_no_import_of_it(check):
    net = "use crate::net;\nfn f() { net::socket::open() }\npub struct Pool;\n"
    assert check({"net/pool.rs": net, "net/mod.rs": CLEAN["net/mod.rs"] + "fn f(pool: Pool) {}\n"}) == []


def test_every_import_that_is_part_of_a_circle_is_reported(check):
    other = {
        "main.rs": "mod a;\nmod b;\nmod c;\n",
        "a.rs": "use crate::b::B;\n",
        "b.rs": "use crate::{a::A, c::C};\n",
        "c.rs": "use crate::a::A;\n",
    }
    found = check(other=other)
    assert [line.split(": ")[3].split(" (")[0] for line in found] == ["a -> b -> a", "a -> b -> c -> a"]


# --- what is no import ---


@pytest.mark.parametrize(
    "text",
    [
        "#[cfg(test)]\nmod tests {\n    use crate::client::Client;\n    fn f() { if x { y() } }\n}\n",
        "#[cfg(test)]\npub(super) mod tests {\n    use crate::client::Client;\n}\n",
        "#[cfg(all(test, unix))]\n#[allow(unused)]\nuse crate::client::{Client, f};\n",
        "#[cfg(test)]\npub(crate) fn f<A, B>(a: A) -> B {\n    crate::client::f()\n}\n",
        "#[cfg(test)]\nconst X: [u8; 3] = { crate::client::X };\n",
        "struct S {\n    #[cfg(test)]\n    client: crate::client::Client,\n    other: u8,\n}\n",
        "#[test]\nfn f() { crate::client::f() }\n",
        "#![cfg(test)]\nuse crate::client::Client;\n",
        "#[cfg(test)]\nmod tests;\n",
        "//! crate::client::Client\n/// [`f`](crate::client::f)\n// use crate::client::Client;\n",
        "/* use crate::client::Client; /* nested */ use crate::client::Client; */\n",
        'const X: &str = "\\"; use crate::client::Client;";\n',
        'const X: &str = r#""; use crate::client::Client;"#;\nconst Y: &[u8] = br"crate::client::f";\n',
        "fn f<'a>(x: &'a str) { g('\"', '\\'', b'\"') } // crate::client::f()\n",
        "pub(in crate::client) fn f() {}\n",
        "use other::client::Client;\nuse ::client::Client;\nfn f() { client::f(); x.client::<u8>() }\n",
        "fn f() -> impl Sized + use<'a> { other::crate_::client() }\n",
    ],
)
def test_this_is_no_import(check, text):
    tests = {"net/socket/tests.rs": "use crate::client::Client;\n"}
    assert check({"net/socket.rs": text + "pub struct Socket;\n", **tests}) == []


@pytest.mark.parametrize(
    "before",
    [
        "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n",
        "#[cfg(test)]\nuse crate::client::{A, B};\n",
        '#[cfg(test)]\nconst unsafe extern "C" fn f() {}\n',
        "#[cfg(test)]\nstatic X: Y = Y { z: 1 };\n",
        "struct S {\n    #[cfg(test)]\n    client: u8,\n}\n",
        "mod tests {\n    #![cfg(test)]\n    use crate::client::Client;\n}\n",
        "fn f<'a, 'b>(c: char) -> bool { c == '\"' || c == '\\\\' }\n",
        'const X: &str = r"\\";\n',
        "/* /* */ */ /**/\n",
        'const X: &str = "//";\n',
    ],
)
def test_what_follows_still_counts(check, before):
    found = check({"net/socket.rs": before + "use crate::client::Client;\npub struct Socket;\n", "client.rs": ""})
    line = before.count("\n") + 1
    path = "crate::client::Client"
    assert found == [f"core/src/net/socket.rs:{line}: layers: net imports {path} from client, which is above it"]


# --- for people ---


def test_the_graph(check, tmp_path):
    check()
    code, lines = run("check.py", tmp_path, "--graph")
    assert code == 0
    assert lines == [
        "core/src/lib.rs",
        "  lib -> (none)",
        "  client -> error, net",
        "  error -> (none)",
        "  net -> error",
    ]


# --- sizes ---


@pytest.fixture
def sizes(tmp_path):
    def sizes(files):
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        for name, lines in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n" * lines)
        return run("sizes.py", tmp_path)

    return sizes


def test_sizes_at_the_limits_pass(sizes):
    code, lines = sizes({"a.py": 500, "b.rs": 150, "c.js": 10})
    assert (code, lines[0]) == (0, "3 source files, median 150 lines; the largest:")
    assert lines[1:] == ["   500 a.py", "   150 b.rs", "    10 c.js"]


def test_a_file_that_is_too_long_fails(sizes):
    code, lines = sizes({"a.py": 501, "b.rs": 1, "c.js": 1})
    assert (code, lines[-1]) == (1, "a.py:501: sizes: more than 500 lines")


def test_a_median_that_is_too_high_fails(sizes):
    code, lines = sizes({"a.py": 151})
    assert (code, lines[-1]) == (1, "sizes: the median is above 150 lines")


def test_tests_generated_files_and_data_have_any_size(sizes):
    others = ["tests/a.py", "x/test/b.mjs", "x/test_c.py", "x/d.test.mjs", "conftest.py"]
    others += ["bindings-c/include/roomcast.h", "bindings-c/include/roomcast-ffi.h", "Cargo.lock", "data.json"]
    code, lines = sizes({**dict.fromkeys(others, 600), "a.py": 2})
    assert (code, lines) == (0, ["1 source files, median 2 lines; the largest:", "     2 a.py"])


def test_files_for_tests_only_have_any_size(sizes, tmp_path):
    write(tmp_path, "core", {"lib.rs": "#[cfg(test)]\nmod checks;\n", "checks/mod.rs": "mod deep;\n" + "\n" * 600})
    write(tmp_path, "core", {"checks/deep.rs": "\n" * 600})
    assert sizes({"a.py": 3}) == (
        0,
        ["2 source files, median 2.5 lines; the largest:", "     3 a.py", "     2 core/src/lib.rs"],
    )


def test_no_sources_fail(sizes):
    assert sizes({"a.txt": 1})[0] == 1

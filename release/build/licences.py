"""The licences of the crates that are linked into each package: `make licences` writes them, `make deny` checks them.

Each package has a file THIRD-PARTY-LICENSES, for all of its targets. It is committed: a build from source has it, too.
"""

from __future__ import annotations

import html
import json
import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from . import cargo
from .targets import ROOT, Target, all_targets

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "THIRD-PARTY-LICENSES"
# The crate of each package, and the directory with its file.
PACKAGES = {
    "roomcast-python": ROOT / "bindings-python",
    "roomcast-node": ROOT / "bindings-node",
    "roomcast-c": ROOT / "bindings-c",
    "roomcast-sandbox": ROOT / "sandbox",
    "roomcast-cli": ROOT / "cli",
}
# Released as static programs, for the targets that say so.
PROGRAMS = ["roomcast-sandbox", "roomcast-cli"]
RULE = "=" * 80
# What the compilers link in beside crates.
RUST = "Rust's standard library"
UNWIND = "LLVM's libunwind (Linux)"
ZIG = "Zig's compiler-rt (Linux)"
MINGW = "mingw-w64 (Windows)"
MUSL = "musl (Linux, in the static program)"
# Crates of Rust's standard library for other platforms, and for its build and tests.
NOT_LINKED = re.compile(
    "dlmalloc|fortanix|hermit|moto|r-efi|vex|wasi|wit-|windows_aarch64|windows_i686|unwinding|cc$|shlex|getopts|rand"
)


def targets_of(crate: str) -> list[Target]:
    return [target for target in all_targets() if crate not in PROGRAMS or target.sandbox]


def policy() -> tuple[list[str], dict[str, list[str]]]:
    """The licences that deny.toml allows, in its order, and those that it allows for single crates."""
    licences = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]
    return licences["allow"], {one["crate"]: one["allow"] for one in licences.get("exceptions", [])}


def satisfied(expression: str, accepted: set[str]) -> bool:
    """Whether an SPDX expression is satisfied by these licences."""
    # The old way to write OR.
    expression = expression.replace("/", " OR ")
    while "(" in expression:
        expression = re.sub(r"\(([^()]*)\)", lambda inner: str(satisfied(inner[1], accepted)), expression)
    choices = [[word.strip() for word in choice.split(" AND ")] for choice in expression.split(" OR ")]
    return any(all(word == "True" or word in accepted for word in choice) for choice in choices)


def linked(crate: str, target: Target) -> dict[str, str]:
    """The third-party crates that are linked into a package for a target, and the licence that each declares."""
    command = ["cargo", "tree", "--locked", "-p", crate, "--target", target.triple, "--edges", "normal,no-proc-macro"]
    tree = cargo.run([*command, "--prefix", "none", "--format", "{p}\t{l}"])
    crates = {}
    for line in tree.splitlines():
        package, licence = line.replace(" (*)", "").split("\t")
        name, version, *source = package.split(" ")
        # The workspace's own crates have a path.
        if not source:
            crates[f"{name} {version.removeprefix('v')}"] = licence
    return crates


def runtimes(crate: str) -> list[str]:
    """What the compilers link into a package."""
    return [RUST, UNWIND, ZIG, MINGW, *([MUSL] if crate in PROGRAMS else [])]


def render(crate: str, parts: list[tuple[str, list[str], str]]) -> str:
    """A file: for each part the licence, the crates that are under it, and its text."""
    title = f"The licences of the third-party code in {crate}, on all platforms: crates, and what compilers link in.\n"
    return title + "".join(
        f"\n{RULE}\n{licence}\n\n" + "".join(f"  {name}\n" for name in crates) + f"\n{words.strip()}\n"
        for licence, crates, words in sorted(parts)
        if crates
    )


# --- check ---


def sections(text: str) -> list[tuple[str, list[str], str]]:
    """The sections of a file: the licence, the crates that are under it, and its text."""
    found = []
    for section in text.split(f"\n{RULE}\n")[1:]:
        head, crates, words = section.split("\n\n", 2)
        found.append((head.strip(), [crate.strip() for crate in crates.splitlines()], words))
    return found


def check(crate: str) -> list[str]:
    """What is wrong with a package's file."""
    file = PACKAGES[crate] / FILE
    shown = file.relative_to(ROOT)
    if not file.is_file():
        return [f"{shown} is missing"]
    allowed, exceptions = policy()
    licences = defaultdict(set)
    wrong = []
    for licence, crates, words in sections(file.read_text()):
        if len(words.split()) < 50:
            wrong.append(f"{shown}: the text of {licence} is missing")
        for name in crates:
            licences[name].add(licence)
    needed = {}
    for target in targets_of(crate):
        for name, expression in linked(crate, target).items():
            if name not in needed:
                needed[name] = expression
                if name not in licences:
                    wrong.append(f"{shown} lacks {name}, which is linked for {target.triple}")
                    continue
                permitted = set(allowed) | set(exceptions.get(name.split(" ")[0], []))
                if not licences[name] <= permitted:
                    forbidden = ", ".join(licences[name] - permitted)
                    wrong.append(f"{shown}: {name} is under {forbidden}, which deny.toml does not allow")
                if not satisfied(expression, licences[name]):
                    wrong.append(f"{shown} has {', '.join(licences[name])} for {name}, which declares {expression}")
    wrong += [f"{shown} lacks {name}" for name in runtimes(crate) if name not in licences]
    stale = [name for name in licences if name not in needed and re.fullmatch(r"\S+ \d+\.\S+", name)]
    return wrong + [f"{shown} has {name}, which is not linked any more" for name in stale]


# --- write ---


def write() -> None:
    found = [(part["id"], part["text"], part["used_by"]) for part in about()]
    for crate, directory in PACKAGES.items():
        wanted = {name for target in targets_of(crate) for name in linked(crate, target)}
        parts = []
        for licence, words, uses in found:
            crates = {f"{use['crate']['name']} {use['crate']['version']}" for use in uses} & wanted
            parts.append((licence, sorted(crates), words.replace("\r\n", "\n")))
        parts += [part for part in runtime_licences() if part[1][0] != MUSL or MUSL in runtimes(crate)]
        (directory / FILE).write_text(render(crate, parts))


def about() -> list[dict]:
    """What cargo-about finds in the files of all dependencies, on all platforms."""
    allowed, exceptions = policy()
    config = [f"accepted = {json.dumps(allowed)}", "ignore-build-dependencies = true", "ignore-dev-dependencies = true"]
    config += [f"[{name}]\naccepted = {json.dumps(accepted)}" for name, accepted in exceptions.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "about.toml")
        file.write_text("\n".join(config) + "\n")
        command = ["cargo-about", "generate", "--workspace", "--format", "json", "--locked", "--offline", "--fail"]
        for target in all_targets():
            command += ["--target", target.triple]
        return json.loads(cargo.run([*command, "--config", file, "--manifest-path", ROOT / "Cargo.toml"]))["licenses"]


def runtime_licences() -> list[tuple[str, list[str], str]]:
    """The licences of what the compilers link in, as they bring them."""
    import ziglang

    zig = Path(ziglang.__file__).parent
    rust = Path(cargo.run(["rustc", "--print", "sysroot"]).strip()) / "share" / "doc" / "rust"
    llvm = zig / "lib" / "libunwind" / "LICENSE.TXT"
    mit = (rust / "licenses" / "MIT.txt").read_text()
    parts = [
        ("MIT", [RUST], mit.replace("<year> <copyright holders>", "The Rust Project Developers")),
        ("Unicode-3.0", [f"{RUST}: tables of characters"], (rust / "licenses" / "Unicode-3.0.txt").read_text()),
        ("Apache-2.0 WITH LLVM-exception", [UNWIND, f"{RUST}: compiler-builtins"], llvm.read_text()),
        ("MIT", [ZIG], (zig / "LICENSE").read_text()),
        ("MIT", [MUSL], (zig / "lib" / "libc" / "musl" / "COPYRIGHT").read_text()),
        ("ZPL-2.1", [MINGW], (zig / "lib" / "libc" / "mingw" / "COPYING").read_text()),
    ]
    # The crates in it. Those under MIT OR Apache-2.0 have a file for each.
    texts = defaultdict(list)
    for part in (rust / "COPYRIGHT-library.html").read_text().split("<h3>📦 ")[1:]:
        name = re.match(r"(.+?)-\d", part)[1]
        if not NOT_LINKED.match(name):
            licence = re.search(r"License:</b> (.*?)</p>", part)[1]
            file = "LICENSE-MIT" if "MIT" in licence else "LICENSE"
            notice = re.search(rf"<code>{file}</code></summary>\s*<pre>(.*?)</pre>", part, re.DOTALL | re.IGNORECASE)
            texts["MIT" if "MIT" in licence else licence, html.unescape(notice[1])].append(f"{RUST}: {name}")
    return parts + [(licence, sorted(names), words) for (licence, words), names in texts.items()]


def main(arguments: list[str]) -> int:
    if arguments == ["write"]:
        write()
    wrong = [problem for crate in PACKAGES for problem in check(crate)]
    for problem in wrong:
        print(problem, file=sys.stderr)
    if wrong:
        print("Run make licences, review the changes and commit them.", file=sys.stderr)
        return 1
    print(f"{FILE}: the licences of all linked crates are in the {len(PACKAGES)} files that ship, and are allowed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

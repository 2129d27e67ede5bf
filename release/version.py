"""The version of everything in this repository: one number, in the workspace's Cargo.toml.

    version.py set 0.2.0    changes it there and in every file that must repeat it, and dates CHANGELOG's entries
    version.py check        fails if a file repeats another version; with --tag v0.2.0 also if that is not the tag
                            of this version, or CHANGELOG has no dated entries for it
    version.py show         prints it
    version.py notes        prints CHANGELOG's entries for this version, for the page of the release

`set` changes nothing unless every condition holds. It neither commits nor tags: RELEASING.md says what comes next.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, Optional

ROOT = Path(__file__).resolve().parent.parent
UNRELEASED = "## Unreleased\n"
Rewrite = Callable[[str, str], str]


class Refused(Exception):
    """A condition that does not hold, in one sentence."""


# --- the files that repeat the version ---
# A rewrite returns a file's text with another version. It is a check, too: with the right version it changes nothing.


def cargo_toml(text: str, version: str) -> str:
    text = re.sub(r'(?m)^(\[workspace\.package\]\nversion = )".*"$', rf'\1"{version}"', text)
    # Dependencies on our own crates have a version beside their path, which is what crates.io shows.
    return re.sub(r'(?m)^(roomcast[\w-]* = \{ path = "[^"]*", version = )"[^"]*"', rf'\1"{version}"', text)


def cargo_lock(text: str, version: str) -> str:
    # Our crates have no `source`. The bench's own crate is not released.
    package = r'(\[\[package\]\]\nname = "roomcast(?!-bench")[\w-]*"\nversion = )"[^"]*"(?!\nsource)'
    return re.sub(package, rf'\1"{version}"', text)


def c_header(text: str, version: str) -> str:
    text = re.sub(r'(#define ROOMCAST_VERSION) ".*"', rf'\1 "{version}"', text)
    for name, number in zip(("MAJOR", "MINOR", "PATCH"), version.split(".")):
        text = re.sub(rf"(#define ROOMCAST_VERSION_{name}) \d+", rf"\1 {number}", text)
    return text


def vcpkg_manifest(text: str, version: str) -> str:
    return re.sub(r'("version": )".*"', rf'\1"{version}"', text)


def npm_manifest(text: str, version: str) -> str:
    """package.json or package-lock.json. A lock file describes `roomcast` wherever it is linked from."""
    manifest = json.loads(text)
    for package in (manifest, *manifest.get("packages", {}).values()):
        if package.get("name") in ("roomcast", "roomcast-sandbox", "roomcast-cli"):
            package["version"] = version
            platforms = package.get("optionalDependencies", {})
            platforms.update({name: version for name in platforms if name.startswith("@roomcast/")})
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


REWRITES: dict[str, Rewrite] = {
    "Cargo.toml": cargo_toml,
    "Cargo.lock": cargo_lock,
    "roomcast.h": c_header,
    "vcpkg.json": vcpkg_manifest,
    "package.json": npm_manifest,
    "package-lock.json": npm_manifest,
}


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", root, *arguments], check=True, capture_output=True, text=True).stdout


def repeating(root: Path) -> Iterator[tuple[Path, Rewrite]]:
    """The committed files that repeat the version, by their names."""
    for name in git(root, "ls-files").splitlines():
        path = root / name
        rewrite = REWRITES.get(path.name)
        if rewrite and rewrite(path.read_text(), "0.0.0") != rewrite(path.read_text(), "1.1.1"):
            yield path, rewrite


def current(root: Path) -> str:
    found = re.search(r'(?m)^\[workspace\.package\]\nversion = "(.*)"$', (root / "Cargo.toml").read_text())
    if not found:
        raise Refused("Cargo.toml: [workspace.package] does not begin with the version")
    return found[1]


def disagreeing(root: Path) -> list[str]:
    version = current(root)
    wrong = [path for path, rewrite in repeating(root) if rewrite(path.read_text(), version) != path.read_text()]
    lines = [f"{path.relative_to(root)} repeats a version other than {version}" for path in wrong]
    # A crate with a version of its own would not be changed with the others.
    members = re.search(r"(?m)^members = \[([^]]*)\]", (root / "Cargo.toml").read_text())[1]
    for member in re.findall(r'"([^"]+)"', members):
        if "\nversion.workspace = true\n" not in (root / member / "Cargo.toml").read_text():
            lines.append(f"{member}/Cargo.toml does not take its version from the workspace")
    return lines


# --- CHANGELOG ---


def section(changelog: str, heading: str) -> str:
    """What is below a heading, up to the next one."""
    _, found, rest = changelog.partition(heading)
    if not found:
        raise Refused(f"CHANGELOG.md has no heading {heading.strip()!r}")
    return re.split(r"(?m)^## ", rest)[0].strip()


def dated(changelog: str, version: str) -> str:
    """The heading of a released version."""
    found = re.search(rf"(?m)^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)\n", changelog)
    if not found:
        raise Refused(f"CHANGELOG.md has no dated entries for {version}")
    return found[0]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


# --- commands ---


def set_version(root: Path, version: str) -> None:
    # Pre-releases are spelt differently on PyPI, npm and crates.io; there has been no need for one.
    if not re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version):
        raise Refused(f"{version!r} is not a version such as 0.2.0")
    if git(root, "status", "--porcelain"):
        raise Refused("the tree has changes that are not committed")
    if wrong := disagreeing(root):
        raise Refused("; ".join(wrong))
    changelog = (root / "CHANGELOG.md").read_text()
    released = max(re.findall(r"(?m)^## (\d+\.\d+\.\d+) \(\d", changelog), key=numbers, default=None)
    # A version that was set, but never released, may be released: as the first one.
    if released and numbers(version) <= numbers(released):
        raise Refused(f"{version} is not greater than {released}, which CHANGELOG.md has as released")
    if numbers(version) < numbers(current(root)):
        raise Refused(f"{version} is less than {current(root)}, the version in Cargo.toml")
    entries = section(changelog, UNRELEASED)
    if not re.search(r"(?m)^- ", entries):
        raise Refused("CHANGELOG.md has no entry under Unreleased")

    for path, rewrite in repeating(root):
        path.write_text(rewrite(path.read_text(), version))
        print(f"{path.relative_to(root)}: {version}")
    today = datetime.datetime.now(datetime.timezone.utc).date()
    heading = f"## {version} ({today})\n"
    (root / "CHANGELOG.md").write_text(changelog.replace(UNRELEASED, f"{UNRELEASED}\n{heading}", 1))
    print(f"CHANGELOG.md: {heading.strip()}")


def check(root: Path, tag: Optional[str]) -> None:
    version = current(root)
    if wrong := disagreeing(root):
        raise Refused("; ".join(wrong))
    if tag is not None:
        if tag != f"v{version}":
            raise Refused(f"the tag {tag} is not v{version}, the version in Cargo.toml")
        dated((root / "CHANGELOG.md").read_text(), version)
    print(f"{version}: every manifest agrees")


def notes(root: Path) -> None:
    """The entries of a version that is not dated yet are those of a dry run: the unreleased ones."""
    changelog = (root / "CHANGELOG.md").read_text()
    try:
        heading = dated(changelog, current(root))
    except Refused:
        heading = UNRELEASED
    print(section(changelog, heading))


def main(arguments: Optional[list[str]] = None, root: Path = ROOT) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("set").add_argument("version")
    commands.add_parser("check").add_argument("--tag")
    commands.add_parser("show")
    commands.add_parser("notes")
    options = parser.parse_args(arguments)
    try:
        if options.command == "set":
            set_version(root, options.version)
        elif options.command == "check":
            check(root, options.tag)
        elif options.command == "show":
            print(current(root))
        else:
            notes(root)
    except Refused as refused:
        sys.exit(f"version.py: {refused}")


if __name__ == "__main__":
    main()

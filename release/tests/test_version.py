"""version.py, on copies of this checkout."""

import datetime
import json
import re
import subprocess
from pathlib import Path

import pytest
from conftest import CHANGELOG, commit, git

import version


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def run(root, *arguments):
    """What it says when it refuses, having changed nothing; "" if it does not."""
    before = version.git(root, "diff")
    try:
        version.main(list(arguments), root)
    except SystemExit as refusal:
        assert version.git(root, "diff") == before
        return str(refusal)
    return ""


def test_this_checkout_agrees():
    assert run(version.ROOT, "check") == ""


def test_every_file_that_repeats_the_version_is_changed(checkout, capsys):
    old = version.current(checkout)
    assert run(checkout, "set", "987.6.54") == ""
    assert run(checkout, "check", "--tag", "v987.6.54") == ""
    printed = capsys.readouterr().out

    assert version.current(checkout) == "987.6.54"
    for name in ("bindings-node/package.json", "bindings-node/package-lock.json"):
        assert json.loads((checkout / name).read_text())["version"] == "987.6.54"
    assert (
        json.loads((checkout / "examples/package-lock.json").read_text())["packages"]["../bindings-node"]["version"]
        == "987.6.54"
    )
    header = (checkout / "bindings-c/include/roomcast.h").read_text()
    for line in ('VERSION "987.6.54"', "VERSION_MAJOR 987", "VERSION_MINOR 6", "VERSION_PATCH 54"):
        assert f"#define ROOMCAST_{line}\n" in header

    # Only lines with the version were changed, and each change was printed.
    diff = version.git(checkout, "diff", "--unified=0", "--", ".", ":!CHANGELOG.md")
    removed = re.findall(r"(?m)^-(?!-- )(.*)", diff)
    assert removed
    assert all(old in line or "define ROOMCAST_VERSION_" in line for line in removed), removed
    for name in version.git(checkout, "diff", "--name-only").splitlines():
        assert f"{name}: " in printed


def test_no_manifest_keeps_the_old_version_of_a_package_of_ours(checkout):
    """A second look, without version.py's own patterns: at what cargo and npm say the packages' versions are."""
    assert run(checkout, "set", "987.6.54") == ""
    metadata = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"],
        cwd=checkout,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    packages = json.loads(metadata)["packages"]
    assert {package["version"] for package in packages} == {"987.6.54"}
    ours = {package["name"] for package in packages}
    assert {"roomcast", "roomcast-process-local", "roomcast-c", "roomcast-node", "roomcast-python"} <= ours
    for package in packages:
        for dependency in package["dependencies"]:
            if dependency["name"] in ours and dependency["req"] != "*":
                assert dependency["req"] == "^987.6.54"
    for lock in checkout.glob("**/Cargo.lock"):
        for name, locked in re.findall(r'name = "(.*)"\nversion = "(.*)"\n(?!source)', lock.read_text()):
            assert locked == "987.6.54" or name not in ours, f"{lock}: {name} {locked}"
    for lock in checkout.glob("**/package-lock.json"):
        for package in json.loads(lock.read_text())["packages"].values():
            assert package.get("name") != "roomcast" or package["version"] == "987.6.54", lock


def test_platform_packages_have_the_same_version(checkout):
    path = checkout / "bindings-node/package.json"
    manifest = json.loads(path.read_text())
    manifest["optionalDependencies"] = {"@roomcast/linux-x64-gnu": manifest["version"], "other": "1.2.3"}
    path.write_text(json.dumps(manifest, indent=2) + "\n")
    assert json.loads(version.npm_manifest(path.read_text(), "2.3.4"))["optionalDependencies"] == {
        "@roomcast/linux-x64-gnu": "2.3.4",
        "other": "1.2.3",
    }


def test_the_entries_are_moved_under_the_version_and_the_date(checkout, capsys):
    assert run(checkout, "set", "1.2.3") == ""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    text = (checkout / "CHANGELOG.md").read_text()
    heading = re.search(r"## 1\.2\.3 \((.*)\)", text)
    # Midnight may have passed since.
    assert 0 <= (today - datetime.date.fromisoformat(heading[1])).days <= 1
    assert text == CHANGELOG.replace("## Unreleased\n", f"## Unreleased\n\n{heading[0]}\n")
    capsys.readouterr()
    assert run(checkout, "notes") == ""
    assert capsys.readouterr().out == "- Something new.\n"


def test_the_notes_of_a_dry_run_are_the_unreleased_entries(checkout, capsys):
    assert run(checkout, "notes") == ""
    assert capsys.readouterr().out == "- Something new.\n"


def test_no_entry_is_refused(checkout):
    replace(checkout / "CHANGELOG.md", "- Something new.\n\n", "")
    git(checkout, "commit", "--all", "--message", "No entry")
    try:
        assert "no entry under Unreleased" in run(checkout, "set", "1.2.3")
        replace(checkout / "CHANGELOG.md", "## Unreleased\n", "")
        git(checkout, "commit", "--all", "--message", "No heading")
        assert "no heading '## Unreleased'" in run(checkout, "set", "1.2.3")
        git(checkout, "reset", "--hard", "HEAD~1")
    finally:
        git(checkout, "reset", "--hard", "HEAD~1")


@pytest.mark.parametrize("path", ["README.md", "a-new-file"])
def test_a_dirty_tree_is_refused(checkout, path):
    with (checkout / path).open("a") as file:
        file.write("more\n")
    try:
        assert "not committed" in run(checkout, "set", "1.2.3")
    finally:
        git(checkout, "clean", "--force", "--quiet")


@pytest.mark.parametrize(
    "number, why",
    [
        ("0.0.9", "not greater than 0.0.9"),
        ("0.0.10", "less than"),
        ("0.0.8", "not greater than 0.0.9"),
        ("v1.2.3", "is not a version"),
        ("1.2", "is not a version"),
        ("1.02.3", "is not a version"),
        ("1.2.3-rc.1", "is not a version"),
        ("1.2.3\n", "is not a version"),
    ],
)
def test_a_version_that_is_not_greater_is_refused(checkout, number, why):
    assert why in run(checkout, "set", number)


def test_the_first_release_may_be_of_the_version_that_is_there(checkout):
    assert run(checkout, "set", version.current(checkout)) == ""
    assert run(checkout, "check", "--tag", f"v{version.current(checkout)}") == ""
    commit(checkout)
    try:
        assert "not greater" in run(checkout, "set", version.current(checkout))
    finally:
        git(checkout, "reset", "--hard", "HEAD~1")


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("Cargo.toml", 'path = "core", version = "{}"', 'path = "core", version = "0.0.1"'),
        ("Cargo.lock", 'name = "roomcast-sandbox"\nversion = "{}"', 'name = "roomcast-sandbox"\nversion = "0.0.1"'),
        ("bench/rust/Cargo.lock", 'name = "roomcast"\nversion = "{}"', 'name = "roomcast"\nversion = "0.0.1"'),
        ("bindings-node/package.json", '"version": "{}"', '"version": "0.0.1"'),
        ("bindings-node/package-lock.json", '"version": "{}"', '"version": "0.0.1"'),
        ("bindings-node/examples/package-lock.json", '"version": "{}"', '"version": "0.0.1"'),
        ("bindings-c/include/roomcast.h", 'ROOMCAST_VERSION "{}"', 'ROOMCAST_VERSION "0.0.1"'),
        ("core/Cargo.toml", "version.workspace = true", 'version = "{}"'),
    ],
)
def test_a_manifest_that_disagrees_is_named(checkout, name, old, new):
    current = version.current(checkout)
    replace(checkout / name, old.format(current), new.format(current))
    assert name in run(checkout, "check")


def test_the_tag_must_be_of_the_version_and_dated(checkout):
    current = version.current(checkout)
    assert f"no dated entries for {current}" in run(checkout, "check", "--tag", f"v{current}")
    assert run(checkout, "set", "1.2.3") == ""
    assert run(checkout, "check", "--tag", "v1.2.3") == ""
    assert "the tag v1.2.4 is not v1.2.3" in run(checkout, "check", "--tag", "v1.2.4")
    assert "the tag 1.2.3 is not v1.2.3" in run(checkout, "check", "--tag", "1.2.3")


def test_the_command_line():
    program = Path(version.__file__)
    done = subprocess.run(["python3", program, "check", "--tag", "v0.0.0"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("version.py: the tag v0.0.0 is not v")

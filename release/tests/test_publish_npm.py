"""publish-npm.sh, with an npm that only writes down what it is called with."""

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "publish-npm.sh"
NPM = """#!/bin/sh
if [ "$1" = view ]; then
    grep -qx "$2" "$PUBLISHED" && echo 1.2.3
    exit 0
fi
echo "$@" >>"$CALLS"
"""


def pack(directory, name):
    text = json.dumps({"name": name, "version": "1.2.3"}).encode()
    path = directory / f"{name.strip('@').replace('/', '-')}-1.2.3.tgz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return path


@pytest.fixture
def publish(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "npm").write_text(NPM)
    (programs / "npm").chmod(0o755)
    directory = tmp_path / "npm"
    directory.mkdir()

    def run(*options, packages, published=()):
        for package in packages:
            pack(directory, package)
        (tmp_path / "published").write_text("".join(f"{package}\n" for package in published))
        (tmp_path / "calls").touch()
        environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PUBLISHED": str(tmp_path / "published"),
            "CALLS": str(tmp_path / "calls"),
        }
        done = subprocess.run([SCRIPT, directory, *options], env=environment, capture_output=True, text=True)
        calls = [line.replace(f"{directory}/", "") for line in (tmp_path / "calls").read_text().splitlines()]
        return done, calls

    return run


PLATFORMS = ["@roomcast/cli-linux-x64", "@roomcast/linux-x64-gnu", "@roomcast/sandbox-linux-x64", "@roomcast/win32-x64"]
PACKAGES = ["roomcast", "roomcast-sandbox", "roomcast-cli", *PLATFORMS]


def test_roomcast_is_published_after_the_packages_that_it_depends_on(publish):
    done, calls = publish("--dry-run", packages=PACKAGES)
    assert done.returncode == 0, done.stderr
    assert calls == [
        "publish roomcast-cli-linux-x64-1.2.3.tgz --dry-run",
        "publish roomcast-linux-x64-gnu-1.2.3.tgz --dry-run",
        "publish roomcast-sandbox-linux-x64-1.2.3.tgz --dry-run",
        "publish roomcast-win32-x64-1.2.3.tgz --dry-run",
        "publish roomcast-1.2.3.tgz --dry-run",
        "publish roomcast-cli-1.2.3.tgz --dry-run",
        "publish roomcast-sandbox-1.2.3.tgz --dry-run",
    ]


def test_what_was_published_before_a_failure_is_left_as_it_is(publish):
    done, calls = publish(
        packages=PACKAGES,
        published=["@roomcast/linux-x64-gnu@1.2.3", "roomcast@1.2.3"],
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "@roomcast/linux-x64-gnu@1.2.3: published already\nroomcast@1.2.3: published already\n"
    assert calls == [
        "publish roomcast-cli-linux-x64-1.2.3.tgz",
        "publish roomcast-sandbox-linux-x64-1.2.3.tgz",
        "publish roomcast-win32-x64-1.2.3.tgz",
        "publish roomcast-cli-1.2.3.tgz",
        "publish roomcast-sandbox-1.2.3.tgz",
    ]


@pytest.mark.parametrize(
    "packages, why",
    [
        ([], "must have the packages roomcast"),
        (["roomcast", "roomcast-sandbox", "roomcast-cli"], "must have the packages roomcast"),
        (["@roomcast/linux-x64-gnu"], "must have the packages roomcast"),
        (["roomcast", "roomcast-sandbox", "@roomcast/linux-x64-gnu"], "must have the packages roomcast"),
        (["roomcast", "@roomcast/linux-x64-gnu", "other"], "is not one of our packages"),
    ],
)
def test_a_directory_that_is_not_whole_is_refused(publish, packages, why):
    done, calls = publish(packages=packages)
    assert done.returncode == 1
    assert calls == []
    # An empty directory has no .tgz at all, which tar says.
    assert why in done.stderr or not packages

"""A copy of this checkout, for tests that change it."""

import shutil
import subprocess

import pytest

import version

CHANGELOG = """# Changelog

## Unreleased

- Something new.

## 0.0.9 (2020-01-02)

- Something old.
"""


def git(root, *arguments):
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", root, *identity, *arguments], check=True, capture_output=True)


def commit(root):
    git(root, "add", "--all")
    git(root, "commit", "--message", "A change")


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The files of this checkout, in a repository of their own."""
    root = tmp_path_factory.mktemp("checkout")
    names = version.git(version.ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in names:
        if (version.ROOT / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(version.ROOT / name, root / name)
    git(root, "init", "--quiet")
    (root / "CHANGELOG.md").write_text(CHANGELOG)
    commit(root)
    return root


@pytest.fixture
def checkout(copied):
    yield copied
    git(copied, "reset", "--hard", "--quiet")

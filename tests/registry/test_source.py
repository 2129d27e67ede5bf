"""The source distribution, to which pip falls back where no wheel fits, on a machine without Rust."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import dist, paths
from harness.registries import Machine, pypi_index

BINDING = paths.ROOT / "bindings-python"


@pytest.fixture(scope="module")
def source_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an index that has no wheel of roomcast, but what its build requires."""
    required = tmp_path_factory.mktemp("required")
    (requirement,) = re.findall(r'^requires = \["(.+)"\]$', (BINDING / "pyproject.toml").read_text(), re.M)
    # From the index that this machine is configured with.
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(required), requirement]
    subprocess.run(download, check=True, timeout=300)
    files = [*dist.artifacts("sdist", "*.tar.gz"), *required.iterdir()]
    with pypi_index(tmp_path_factory.mktemp("index"), files) as server:
        yield f"{server.url}/simple"


def test_pip_without_rust(machine: Machine, source_index: str, folder: Path) -> None:
    machine.run("python3", "-m", "venv", "venv", directory=folder)
    install = ["venv/bin/pip", "install", "--index-url", source_index, "roomcast"]
    printed = machine.run(*install, directory=folder, exits=None)
    (sentence,) = re.findall(r"roomcast has to be built from source here \(.*", printed)
    assert "needs Rust" in sentence and "update pip" in sentence
    # Nothing else went wrong, and no Rust was fetched.
    assert "Traceback" not in printed and "puccinialin" not in printed


def test_the_sentence_is_right() -> None:
    source = (BINDING / "build_backend.py").read_text()
    assert sorted(re.findall(r'^    "(\w+)",$', source, re.M)) == sorted(target.wheel for target in dist.targets())
    (rust,) = re.findall(r'^rust-version = "(.+)"$', (paths.ROOT / "Cargo.toml").read_text(), re.M)
    assert f"Rust {rust} or newer" in source

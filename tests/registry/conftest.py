"""The registries, a machine without Rust, and the quick start's room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import dist
from harness.peers import Room
from harness.registries import Machine, Server, npm_registry, pypi_index
from harness.sandbox import Sandbox

from . import quick_start


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an index with every wheel, and the source distribution."""
    files = [*dist.artifacts("wheels", "*.whl"), *dist.artifacts("sdist", "*.tar.gz")]
    with pypi_index(tmp_path_factory.mktemp("index"), files) as server:
        yield f"{server.url}/simple"


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, machine: Machine) -> Iterator[Server]:
    with npm_registry(tmp_path_factory.mktemp("registry"), machine) as server:
        yield server


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def room(sandbox: Sandbox) -> Iterator[Room]:
    with Room(sandbox, cast=quick_start.CAST, room_id=quick_start.ROOM) as room:
        yield room


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, in which somebody starts."""
    folder = tmp_path / "app"
    folder.mkdir()
    return folder

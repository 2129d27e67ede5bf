"""A registry with the packages in dist/, and a room whose peer sees what a deployed program sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from harness import dist, tokens
from harness.peers import Room
from harness.registries import Machine, Server, npm_registry, pypi_index
from harness.sandbox import Sandbox


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="not the tests that take minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip("it takes minutes: `make test-deploy` runs it"))


class Receiver:
    """A room with one peer."""

    def __init__(self, sandbox: Sandbox, room: Room) -> None:
        self._room = room
        self.room_id = room.room_id
        self.environment = {
            "HMS_BASE_URL": sandbox.base_url,
            "HMS_ACCESS_KEY": tokens.ACCESS_KEY,
            "HMS_SECRET": tokens.SECRET,
        }

    def assert_received(self, text: str) -> None:
        assert [message["message"] for message in self._room.received()["ann"]] == [text]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory, machine: Machine) -> Iterator[Server]:
    with npm_registry(tmp_path_factory.mktemp("registry"), machine) as server:
        yield server


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pypi_index(tmp_path_factory.mktemp("index"), dist.artifacts("wheels", "*.whl")) as server:
        yield f"{server.url}/simple"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    with Room(sandbox, cast={"ann": "host"}) as room:
        yield Receiver(sandbox, room)


@pytest.fixture
def install(machine: Machine, registry: Server) -> Callable[..., None]:
    """Installs roomcast into a folder, as a user does."""

    def install(folder: Path, *options: str) -> None:
        command = ["npm", "install", "roomcast", "--registry", registry.url, "--no-audit", "--no-fund"]
        machine.run(*command, *options, directory=folder)

    return install

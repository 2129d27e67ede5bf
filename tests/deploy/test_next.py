"""A Next.js app: built with `output: 'standalone'`, moved elsewhere, started there, and its route handler sends."""

from __future__ import annotations

import os
import shutil
import urllib.request
from pathlib import Path
from typing import Callable

import pytest

from harness.registries import Machine, Server, free_port

from .conftest import Receiver

HERE = Path(__file__).parent
BUNDLERS = ["webpack", "turbopack"]
# Next.js builds on all cores; with other tests beside it that takes minutes.
pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]


def link(source: str, destination: str) -> None:
    """A hard link instead of a copy, if the file system can."""
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


@pytest.fixture
def app(tmp_path: Path, install: Callable[..., None]) -> Path:
    app = tmp_path / "app"
    shutil.copytree(HERE / "next", app)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, app)
    shutil.copytree(HERE / "node_modules", app / "node_modules", symlinks=True, copy_function=link)
    install(app)
    return app


def build(machine: Machine, app: Path, bundler: str, exits: int | None = 0, **environment: str) -> str:
    next_cli = app / "node_modules" / "next" / "dist" / "bin" / "next"
    command = ["node", next_cli, "build", f"--{bundler}"]
    return machine.run(*command, directory=app, exits=exits, NEXT_TELEMETRY_DISABLED="1", **environment)


def post(server: Server, room_id: str, text: str) -> str:
    request = urllib.request.Request(f"{server.url}/send?room={room_id}", data=text.encode())
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read().decode()


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_standalone(machine: Machine, app: Path, receiver: Receiver, bundler: str) -> None:
    build(machine, app, bundler)
    elsewhere = app.parent / "deployed"
    shutil.move(app / ".next" / "standalone", elsewhere)
    shutil.rmtree(app)
    assert len(list(elsewhere.glob("node_modules/@roomcast/*/*.node"))) == 1
    port = free_port()
    environment = {**machine.environment, **receiver.environment, "HOSTNAME": "127.0.0.1", "PORT": str(port)}
    with Server(["node", "server.js"], port, elsewhere, environment) as server:
        assert post(server, receiver.room_id, f"from {bundler}") == '{"message":"message sent"}'
        receiver.assert_received(f"from {bundler}")


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_bundling_it_fails_when_the_app_is_built(machine: Machine, app: Path, bundler: str) -> None:
    """Without serverExternalPackages. The error leads to the file that says what to do."""
    printed = build(machine, app, bundler, exits=None, BUNDLE_ROOMCAST="1")
    assert "node_modules/roomcast/lib/native.js" in printed and "@roomcast/linux-" in printed

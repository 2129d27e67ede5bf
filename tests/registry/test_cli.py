"""The command line of `pip install roomcast[cli]` and of npm sends to real peers, from an empty folder without Rust."""

from __future__ import annotations

from pathlib import Path

from harness.peers import Room
from harness.registries import Machine, Server
from harness.sandbox import Sandbox

from . import quick_start


def assert_it_sends(machine: Machine, folder: Path, sandbox: Sandbox, room: Room, *command: str) -> None:
    assert machine.run(*command, "--version", directory=folder).startswith("roomcast ")
    environment = quick_start.environment(sandbox)
    send = [*command, "send", room.room_id, "class is off today"]
    peer = room.peers["ann"].peer_id
    assert "accepted" in machine.run(*send, "--peer", peer, directory=folder, **environment)
    assert [message["message"] for message in room.received()["ann"]] == ["class is off today"]
    # Its exit codes are the program's: rejected, and wrong usage.
    machine.run(*send, "--peer", "nobody", directory=folder, exits=1, **environment)
    machine.run(*send, directory=folder, exits=2, **environment)
    assert room.received()["ann"] == []


def test_pip(machine: Machine, index: str, sandbox: Sandbox, room: Room, folder: Path) -> None:
    machine.run("python3", "-m", "venv", "venv", directory=folder)
    pip = ["venv/bin/pip", "install", "--only-binary", ":all:", "--index-url", index]
    machine.run(*pip, "roomcast[cli]", directory=folder)
    assert_it_sends(machine, folder, sandbox, room, "venv/bin/roomcast")
    assert_it_sends(machine, folder, sandbox, room, "venv/bin/python", "-m", "roomcast_cli")
    # The library's package has nothing of the program's, so both are there.
    machine.run("venv/bin/python", "-c", "import roomcast, roomcast_cli", directory=folder)


def test_npm(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path) -> None:
    machine.run("npm", "install", "roomcast", "roomcast-cli", "--registry", registry.url, directory=folder)
    assert_it_sends(machine, folder, sandbox, room, "npm", "exec", "--offline", "roomcast", "--")
    assert_it_sends(machine, folder, sandbox, room, "node_modules/.bin/roomcast-cli")


def test_npx(machine: Machine, registry: Server, sandbox: Sandbox, room: Room, folder: Path) -> None:
    """`npx roomcast-cli`, without an installation."""
    npx = ["npm", "exec", "--yes", "--registry", registry.url, "roomcast-cli", "--"]
    assert_it_sends(machine, folder, sandbox, room, *npx)

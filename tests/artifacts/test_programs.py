"""The programs and the static C library of the platform that ROOMCAST_PLATFORM names: a message reaches one peer."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from pathlib import Path

import pytest

from harness import platforms, tokens
from harness.drivers import DRIVERS, Driver, elsewhere
from harness.peers import Room
from harness.platforms import Programs
from harness.sandbox import Sandbox

TESTED = platforms.TESTED
pytestmark = pytest.mark.skipif(TESTED is None, reason="ROOMCAST_PLATFORM is not set")


def send(driver: Driver, sandbox: Sandbox) -> None:
    with Room(sandbox) as room:
        client = {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": sandbox.base_url}
        alice = room.peers["alice"].peer_id
        call = {"method": "send_to_peer", "room_id": room.room_id, "target": alice, "message": "hi", "options": {}}
        run = driver.run(client, [call], {})
        assert run.exit_code == 0, run
        received = {name: [one["message"] for one in messages] for name, messages in room.received().items()}
        assert received == {**{name: [] for name in room.peers}, "alice": ["hi"]}, run


@pytest.mark.skipif(TESTED is not None and TESTED.static_c is None, reason="it has no static C library")
def test_static_c_library() -> None:
    assert TESTED and TESTED.static_c
    programs = Programs(frozenset(), None, False, released=TESTED.static_c, faultpoints=TESTED.static_c)
    with Sandbox() as sandbox:
        send(elsewhere(DRIVERS["c"], programs), sandbox)


@pytest.mark.skipif(TESTED is not None and TESTED.sandbox is None, reason="it has no sandbox")
def test_sandbox() -> None:
    assert TESTED
    with Sandbox(program=TESTED.sandbox) as sandbox:
        send(DRIVERS["rust"], sandbox)


@pytest.mark.skipif(TESTED is not None and TESTED.sandbox is None, reason="it has no sandbox")
def test_sandbox_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    """As programs and images start it: without this machine's environment; and a client that is not roomcast's."""
    assert TESTED and TESTED.sandbox
    ca_file = tmp_path / "ca.pem"
    command = [*TESTED.sandbox.command, "--listen", "127.0.0.1:0", "--json", "--until-stdin-ends"]
    command += ["--tls", "--ca-file", str(ca_file)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=TESTED.sandbox.environment, text=True, **pipes) as program:
        assert program.stdin and program.stdout
        ready = json.loads(program.stdout.readline())
        context = ssl.create_default_context(cafile=ca_file)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        with urllib.request.urlopen(f"{ready['url']}/openapi.yaml", timeout=60, context=context) as response:
            assert response.status == 200
        program.stdin.close()
        assert program.wait(60) == 0
    assert not ca_file.exists()


@pytest.mark.skipif(TESTED is not None and TESTED.cli is None, reason="it has no command line")
def test_command_line() -> None:
    assert TESTED and TESTED.cli
    with Sandbox() as sandbox, Room(sandbox) as room:
        keys = {"HMS_BASE_URL": sandbox.base_url, "HMS_ACCESS_KEY": tokens.ACCESS_KEY, "HMS_SECRET": tokens.SECRET}
        send = [*TESTED.cli.command, "send", room.room_id, "hi", "--peer", room.peers["alice"].peer_id]
        done = subprocess.run(
            send, env={**os.environ, **TESTED.cli.environment, **keys}, stdout=subprocess.PIPE, text=True, timeout=120
        )
        assert (done.returncode, done.stdout.strip()) == (0, "accepted: message sent (1 attempt)")
        received = {name: [one["message"] for one in messages] for name, messages in room.received().items()}
        assert received == {**{name: [] for name in room.peers}, "alice": ["hi"]}

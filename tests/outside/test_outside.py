"""The sandbox with other clients: curl as in 100ms's documentation, and 100ms's own Node SDK, including its leak."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import tokens
from harness.peers import CAST, Room
from harness.sandbox import Sandbox

HERE = Path(__file__).parent


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def texts(received: dict[str, list[dict]]) -> dict[str, list[str]]:
    return {name: [message["message"] for message in messages] for name, messages in received.items()}


def test_curl_as_documented(sandbox: Sandbox) -> None:
    assert shutil.which("curl"), "curl is not installed"
    with Room(sandbox) as room:
        # The sample of 100ms's documentation: a peer id and an empty role.
        body = {"peer_id": room.peers["alice"].peer_id, "role": "", "message": "hi", "type": "chat"}
        command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}"]
        command += [
            "--location",
            "--request",
            "POST",
            f"{sandbox.base_url}/active-rooms/{room.room_id}/send-message",
        ]
        command += ["--header", f"Authorization: Bearer {tokens.management()}"]
        command += ["--header", "Content-Type: application/json", "--data-raw", json.dumps(body)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        response, status = done.stdout.rsplit("\n", 1)
        assert (status, json.loads(response)) == ("200", {"message": "message sent"})
        assert texts(room.received()) == {**{key: [] for key in CAST}, "alice": ["hi"]}


def sdk(sandbox: Sandbox, room: Room, options: dict[str, Any]) -> None:
    environment = {**os.environ, "HMS_ACCESS_KEY": tokens.ACCESS_KEY, "HMS_SECRET": tokens.SECRET}
    command = ["node", str(HERE / "sdk.cjs"), sandbox.base_url, room.room_id, json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    assert "sent" in done.stdout


def test_the_official_sdk_broadcasts(sandbox: Sandbox) -> None:
    with Room(sandbox) as room:
        sdk(sandbox, room, {"message": "hello", "type": "chat"})
        assert texts(room.received()) == {key: ["hello"] for key in CAST}


def test_the_official_sdk_sends_a_private_message_to_everyone(sandbox: Sandbox) -> None:
    """Its types declare `peerId`, which it posts unchanged; the API ignores it, since the field is `peer_id`."""
    types = (HERE / "node_modules/@100mslive/server-sdk/dist/types/types/api_types/activeRoom.d.ts").read_text()
    assert "peerId?: string" in types.split("RoomMessageParams", 1)[1].split("}", 1)[0]
    with Room(sandbox) as room:
        sdk(sandbox, room, {"message": "your cards: A♠ K♠", "peerId": room.peers["alice"].peer_id})
        assert texts(room.received()) == {key: ["your cards: A♠ K♠"] for key in CAST}

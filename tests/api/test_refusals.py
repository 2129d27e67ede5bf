"""Each error example of the OpenAPI document is exactly the sandbox's response."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from harness import tokens
from harness.peers import Room
from harness.sandbox import Sandbox

from . import documents

DOCUMENT = documents.api()
SEND = "/active-rooms/{room_id}/send-message"
ROOM = "/active-rooms/{room_id}"
PEERS = "/active-rooms/{room_id}/peers"
PEER = "/active-rooms/{room_id}/peers/{peer_id}"
HI = b'{"message": "hi"}'
DIRECT = b'{"message": "hi", "peer_id": "nobody"}'
LARGE = b'{"message": "' + b"x" * (16 << 20) + b'"}'

# The path; how the request differs from a successful one; the status; the name of the document's example, if there are
# several.
REFUSALS: list[tuple[str, dict[str, Any], str, str | None]] = [
    (SEND, {"body": b"{}"}, "400", None),
    (SEND, {"body": HI, "token": "expired"}, "401", None),
    (SEND, {"body": HI, "room_id": "empty"}, "404", "room"),
    (SEND, {"body": DIRECT}, "404", "peer"),
    (SEND, {"body": LARGE}, "413", None),
    (ROOM, {"room_id": "%ff"}, "400", None),
    (ROOM, {"token": "expired"}, "401", None),
    (ROOM, {"room_id": "empty"}, "404", None),
    (PEERS, {"query": "?role=player&role=dealer"}, "400", None),
    (PEERS, {"token": "expired"}, "401", None),
    (PEERS, {"room_id": "empty"}, "404", None),
    (PEER, {"peer_id": "%ff"}, "400", None),
    (PEER, {"token": "expired"}, "401", None),
    (PEER, {"room_id": "empty"}, "404", "room"),
    (PEER, {"peer_id": "nobody"}, "404", "peer"),
    (SEND, {"body": HI, "is_limited": True}, "429", None),
    *((path, {"is_limited": True}, "429", None) for path in (ROOM, PEERS, PEER)),
]
IDS = [f"{path} {status} {name or ''}".strip() for path, _, status, name in REFUSALS]


@pytest.fixture(scope="module")
def room() -> Iterator[tuple[Sandbox, Room]]:
    with Sandbox() as sandbox, Room(sandbox) as room:
        yield sandbox, room


@pytest.fixture(scope="module")
def limited_room() -> Iterator[tuple[Sandbox, Room]]:
    """Of a sandbox that accepts one request a second."""
    with Sandbox("--rate-limit", "1") as sandbox, Room(sandbox) as room:
        yield sandbox, room


def send(sandbox: Sandbox, room: Room, path: str, change: dict[str, Any]) -> tuple[int, Any]:
    ids = {"room_id": room.room_id, "peer_id": room.peers["alice"].peer_id, **change}
    token = tokens.NAMED[change.get("token", "management")]()
    request = urllib.request.Request(
        sandbox.base_url + path.format(**ids) + change.get("query", ""),
        data=change.get("body"),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def example(path: str, status: str, name: str | None) -> Any:
    [operation] = [operation for _, each, operation in documents.operations(DOCUMENT) if each == path]
    response = documents.resolve(DOCUMENT, operation["responses"][status])["content"]["application/json"]
    return response["examples"][name]["value"] if name else response["example"]


@pytest.mark.parametrize(("path", "change", "status", "name"), REFUSALS, ids=IDS)
def test_a_refusal(
    request: pytest.FixtureRequest, path: str, change: dict[str, Any], status: str, name: str | None
) -> None:
    sandbox, room = request.getfixturevalue("limited_room" if "is_limited" in change else "room")
    # The first ones are accepted; on a busy machine there may be a second between two.
    responses = [send(sandbox, room, path, change) for _ in range(5 if "is_limited" in change else 1)]
    assert (int(status), example(path, status, name)) in responses


def test_every_refusal_is_tested() -> None:
    described = {
        (path, status)
        for _, path, operation in documents.operations(DOCUMENT)
        for status, response in operation["responses"].items()
        if status != "200" and "never answers" not in documents.resolve(DOCUMENT, response)["description"]
    }
    assert {(path, status) for path, _, status, _ in REFUSALS} == described

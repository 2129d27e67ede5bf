"""schemathesis makes up requests, good and bad, from the OpenAPI document, and holds the sandbox's answers to it.

The room of the document's examples is active meanwhile, and the peer of its examples is in it: so what is made up
reaches real peers too.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from harness import tokens
from harness.peers import Room
from harness.sandbox import Sandbox

from . import documents
from .running import run

DOCUMENT = documents.openapi()
PEER = "/active-rooms/{room_id}/peers/{peer_id}"
SEED = "1"
# Made-up requests of each operation: the whole takes some ten seconds.
EXAMPLES = "60"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def room(sandbox: Sandbox) -> Iterator[Room]:
    room = Room(sandbox)
    room.room_id = DOCUMENT["components"]["parameters"]["RoomId"]["example"]
    parameters = DOCUMENT["paths"][PEER]["parameters"]
    room.peers["alice"].peer_id = next(each["example"] for each in parameters if each.get("name") == "peer_id")
    with room:
        yield room


def schemathesis(sandbox: Sandbox, document: dict[str, Any], folder: Path, *options: str) -> tuple[int, str, list[Any]]:
    """Its exit code, what it printed, and every request with its answer."""
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document))
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", sandbox.base_url]
    command += ["--header", f"Authorization: Bearer {tokens.management()}"]
    command += ["--mode", "all", "--checks", "all", "--seed", SEED]
    command += ["--report", "har", "--report-har-path", "requests.har", *options]
    done = run(command, folder)
    entries = json.loads((folder / "requests.har").read_text())["log"]["entries"]
    return done.returncode, done.stdout + done.stderr, entries


def answered(entries: list[Any]) -> set[tuple[str, str, int]]:
    """Which operations were tried, and with which statuses they were answered."""
    seen = set()
    for method, path, _ in documents.operations(DOCUMENT):
        pattern = re.compile("/v2" + re.sub(r"\{\w+\}", "[^/]+", path))
        for entry in entries:
            request = entry["request"]
            if request["method"] == method and pattern.fullmatch(urlsplit(request["url"]).path):
                seen.add((method, path, entry["response"]["status"]))
    return seen


def test_the_sandbox_does_what_its_document_says(sandbox: Sandbox, room: Room, tmp_path: Path) -> None:
    code, output, entries = schemathesis(sandbox, DOCUMENT, tmp_path, "--max-examples", EXAMPLES)
    assert code == 0, output
    operations = list(documents.operations(DOCUMENT))
    # Its own count, and then what really happened: each operation succeeded, and refused what is to be refused.
    assert re.search(rf"Tested: {len(operations)}$", output, re.MULTILINE), output
    expected = {(method, path, status) for method, path, _ in operations for status in (200, 401, 404)}
    expected |= {(method, path, 400) for method, path, operation in operations if "requestBody" in operation}
    assert expected - answered(entries) == set()
    # Whatever was sent, a private message was for alice alone.
    received = room.received()
    assert all(received.values())
    assert {name for name, messages in received.items() if any(each["private"] for each in messages)} == {"alice"}


def without_not_found(get: dict[str, Any]) -> None:
    del get["responses"]["404"]


def with_another_field(get: dict[str, Any]) -> None:
    get["responses"]["200"]["content"]["application/json"]["schema"]["required"] = ["session"]


@pytest.mark.parametrize(
    ("change", "finding"), [(without_not_found, "undocumented .*status code"), (with_another_field, "violates schema")]
)
@pytest.mark.usefixtures("room")
def test_an_answer_that_differs_is_found(sandbox: Sandbox, tmp_path: Path, change: Any, finding: str) -> None:
    document = documents.openapi()
    change(document["paths"][PEER]["get"])
    only = ["--include-operation-id", "getPeer", "--max-examples", "10", "--phases", "examples,coverage"]
    code, output, _ = schemathesis(sandbox, document, tmp_path, *only)
    assert code == 1 and re.search(finding, output, re.IGNORECASE), output

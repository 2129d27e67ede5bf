"""schemathesis generates valid and invalid requests from the OpenAPI document, and checks the sandbox's responses.

The room of the document's examples is active, and the peer of its examples is in it, so generated requests reach real
peers.
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

DOCUMENT = documents.api()
PEER = "/active-rooms/{room_id}/peers/{peer_id}"
SEED = "1"
# Generated requests per operation. The test takes about ten seconds.
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
    """Its exit code, its output, and every request with its response."""
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document))
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", sandbox.base_url]
    command += ["--header", f"Authorization: Bearer {tokens.management()}"]
    command += ["--mode", "all", "--checks", "all", "--seed", SEED]
    command += ["--report", "har", "--report-har-path", "requests.har", *options]
    done = run(command, folder)
    entries = json.loads((folder / "requests.har").read_text())["log"]["entries"]
    return done.returncode, done.stdout + done.stderr, entries


def seen_statuses(entries: list[Any]) -> set[tuple[str, str, int]]:
    """The operations that were requested, and the statuses of their responses."""
    seen = set()
    for method, path, _ in documents.operations(DOCUMENT):
        pattern = re.compile("/v2" + re.sub(r"\{\w+\}", "[^/]+", path))
        for entry in entries:
            request = entry["request"]
            if request["method"] == method and pattern.fullmatch(urlsplit(request["url"]).path):
                seen.add((method, path, entry["response"]["status"]))
    return seen


def test_the_sandbox_conforms_to_its_document(sandbox: Sandbox, room: Room, tmp_path: Path) -> None:
    code, output, entries = schemathesis(sandbox, DOCUMENT, tmp_path, "--max-examples", EXAMPLES)
    assert code == 0, output
    operations = list(documents.operations(DOCUMENT))
    # schemathesis's own count, and then the responses: each operation both succeeded and refused invalid requests.
    assert re.search(rf"Tested: {len(operations)}$", output, re.MULTILINE), output
    expected = {(method, path, status) for method, path, _ in operations for status in (200, 401, 404)}
    expected |= {(method, path, 400) for method, path, operation in operations if "requestBody" in operation}
    assert expected - seen_statuses(entries) == set()
    # Private messages reached only alice.
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
def test_a_nonconforming_response_is_found(sandbox: Sandbox, tmp_path: Path, change: Any, finding: str) -> None:
    document = documents.api()
    change(document["paths"][PEER]["get"])
    only = ["--include-operation-id", "getPeer", "--max-examples", "10", "--phases", "examples,coverage"]
    code, output, _ = schemathesis(sandbox, document, tmp_path, *only)
    assert code == 1 and re.search(finding, output, re.IGNORECASE), output

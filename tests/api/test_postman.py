"""Runs the Postman collection with newman against the sandbox, and checks what real peers received."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from harness import tokens
from harness.peers import CAST, Room
from harness.sandbox import Sandbox

from . import documents
from .running import run

NEWMAN = Path(__file__).parent / "node_modules" / ".bin" / "newman"
PLAYERS = {name for name, role in CAST.items() if role == "player"}
# The peers that each sending request must reach, with `user_id` alice and `role` player.
REACHES = {
    "Broadcast": set(CAST),
    "To one peer": {"alice"},
    "To a role": PLAYERS,
    "Reaction": set(CAST),
    "Custom event": set(CAST),
}


class Run:
    """One run of newman, and its results."""

    def __init__(self, room: Room, sandbox: Sandbox, folder: Path, only: str | None, changes: dict[str, str]) -> None:
        environment = documents.environment("sandbox")
        values = {
            **documents.variables("sandbox"),
            "base_url": sandbox.base_url,
            "access_key": tokens.ACCESS_KEY,
            "secret": tokens.SECRET,
            "room_id": room.room_id,
            "user_id": "alice",
            "role": "player",
            **changes,
        }
        environment["values"] = [{"key": key, "value": value} for key, value in values.items()]
        (folder / "environment.json").write_text(json.dumps(environment))
        command = [NEWMAN, "run", documents.COLLECTION, "--environment", "environment.json", "--color", "off"]
        command += ["--reporters", "cli,json", "--reporter-json-export", "report.json"]
        self.exports = [folder / f"{kind}.json" for kind in ("exported-environment", "globals", "collection")]
        for option, path in zip(("environment", "globals", "collection"), self.exports):
            command += [f"--export-{option}", path]
        if only:
            command += ["--folder", only]
        done = run(command, folder)
        self.code = done.returncode
        self.output = done.stdout + done.stderr
        self.report: dict[str, Any] = json.loads((folder / "report.json").read_text())["run"]
        self.received = room.received()

    @property
    def sent(self) -> list[str]:
        """The names of the requests that were sent."""
        return [execution["item"]["name"] for execution in self.report["executions"]]

    @property
    def failures(self) -> list[str]:
        return [failure["error"]["message"] for failure in self.report["failures"]]

    @property
    def tokens(self) -> list[str]:
        headers = [execution["request"]["header"] for execution in self.report["executions"]]
        values = [header["value"] for each in headers for header in each if header["key"] == "Authorization"]
        return [value.split(" ")[1] for value in values]


@pytest.fixture
def newman(tmp_path: Path) -> Iterator[Any]:
    assert NEWMAN.exists(), "newman is not installed; run `make test-api`"
    with Sandbox() as sandbox, Room(sandbox) as room:
        yield lambda only=None, **changes: Run(room, sandbox, tmp_path, only, changes)


def message(name: str) -> dict[str, Any]:
    """The message that a request of the collection must deliver."""
    body = json.loads(documents.requests()[name]["body"]["raw"])
    to_role = "role" in body and "peer_id" not in body
    return {
        "message": body["message"],
        "type": body["type"],
        "private": "peer_id" in body,
        "roles": ["player"] if to_role else None,
        "from": None,
    }


def test_every_request_does_what_it_says(newman: Any) -> None:
    sending = [name for name, request in documents.requests().items() if request["method"] == "POST"]
    assert sending == list(REACHES)
    done = newman()
    assert done.code == 0, done.output
    # Every request ran, and has a test.
    assert done.sent == list(documents.requests())
    for execution in done.report["executions"]:
        assert execution["assertions"], execution["item"]["name"]
    assert done.received == {peer: [message(name) for name in sending if peer in REACHES[name]] for peer in CAST}


def test_each_request_has_a_new_token_which_is_not_stored(newman: Any) -> None:
    done = newman()
    assert len(done.tokens) == len(documents.requests()) == len(set(done.tokens))
    claims = [tokens.verify_management(token) for token in done.tokens]
    assert len({each["jti"] for each in claims}) == len(claims)
    assert {each["exp"] - each["iat"] for each in claims} == {610}
    exported = [path.read_text() for path in done.exports]
    # The environment is unchanged, except for the peer that was found.
    changed = {value["key"] for value in json.loads(exported[0])["values"]}
    assert changed == documents.variables("sandbox").keys()
    for token in done.tokens:
        assert not any(token in text for text in (*exported, done.output))
    assert tokens.SECRET not in done.output


def test_a_secret_in_unicode_signs_as_bytes(newman: Any) -> None:
    """The sandbox has another secret, so it refuses the request; the signature is checked here."""
    secret = "schlüssel-🔑-long-enough-for-sha-256"
    done = newman("Room", secret=secret)
    assert done.code == 1
    assert jwt.decode(done.tokens[0], secret, algorithms=["HS256"])["type"] == "management"


@pytest.mark.parametrize(
    ("request_name", "changes", "why"),
    [
        ("To one peer", {"peer_id": ""}, "give the variable peer_id a value"),
        ("To one peer", {"peer_id": " "}, "give the variable peer_id a value"),
        ("To one peer", {"peer_id": 'x", "peer_id": "'}, "peer_id has a character that JSON would have to escape"),
        ("To a role", {"role": ""}, "give the variable role a value"),
        ("Find a peer by user id", {"user_id": ""}, "give the variable user_id a value"),
        ("Broadcast", {"secret": ""}, "give the variable secret a value"),
    ],
)
def test_blank_variables_are_refused(newman: Any, request_name: str, changes: dict[str, str], why: str) -> None:
    done = newman(request_name, **changes)
    assert (done.code, done.sent, done.failures) == (1, [], [why])
    assert done.received == {peer: [] for peer in CAST}


def test_a_user_who_is_not_in_the_room(newman: Any) -> None:
    """The peer id of an earlier search is cleared, and the message to one peer is not sent."""
    done = newman(user_id="nobody", peer_id="of-another-time")
    assert done.code == 1
    assert done.sent == [name for name in documents.requests() if name not in ("One peer", "To one peer")]
    assert message("To one peer") not in [each for messages in done.received.values() for each in messages]


def test_a_refusal_fails_the_run(newman: Any) -> None:
    done = newman("Broadcast", secret=tokens.WRONG_SECRET)
    assert (done.code, done.sent) == (1, ["Broadcast"])
    assert "401" in done.failures[0]
    assert done.received == {peer: [] for peer in CAST}

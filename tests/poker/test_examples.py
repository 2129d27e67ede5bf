"""The classroom and the reactions, in every language, run as their first lines say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness import paths, tokens
from harness.peers import CAST, Room
from harness.sandbox import Sandbox

EXAMPLES = paths.ROOT / "examples"
LANGUAGES = {
    "rust": lambda name: [str(paths.RELEASE / name)],
    "python": lambda name: [sys.executable, str(EXAMPLES / name / f"{name}.py")],
    "node": lambda name: ["node", str(EXAMPLES / name / f"{name}.js")],
    "c": lambda name: [str(paths.BUILD / name)],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def run(sandbox: Sandbox, language: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HMS_ACCESS_KEY": tokens.ACCESS_KEY, "HMS_SECRET": tokens.SECRET}
    environment["HMS_BASE_URL"] = sandbox.base_url
    command = [*LANGUAGES[language](name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_classroom_hears_it(sandbox: Sandbox, language: str) -> None:
    text = "The teacher cannot come today ☹"
    with Room(sandbox) as room:
        done = run(sandbox, language, "classroom", room.room_id, text)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "100ms accepted the message for everyone in the room\n"
        received = {name: [(one["message"], one["type"]) for one in got] for name, got in room.received().items()}
        assert received == {name: [(text, "chat")] for name in CAST}


@pytest.mark.parametrize("language", LANGUAGES)
def test_reactions_are_shown_to_everybody_in_their_order(sandbox: Sandbox, language: str) -> None:
    emojis = ["👏", "🎉", "👩‍🚀", "❤️"]
    with Room(sandbox) as room:
        done = run(sandbox, language, "reactions", room.room_id, *emojis)
        assert (done.returncode, done.stdout.split(), done.stderr) == (0, emojis, "")
        received = {name: [(one["message"], one["type"]) for one in got] for name, got in room.received().items()}
        assert received == {name: [(emoji, "emoji") for emoji in emojis] for name in CAST}


@pytest.mark.parametrize("name", ["classroom", "reactions"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_fails_is_said(sandbox: Sandbox, language: str, name: str) -> None:
    done = run(sandbox, language, name, "nobody-is-here", "hi")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("not_found"), done.stderr
    assert run(sandbox, language, name).returncode == 2

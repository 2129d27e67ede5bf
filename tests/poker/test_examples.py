"""The classroom and the reactions in every language, run as their comments describe, and peer.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import roomcast

from harness import paths, tokens
from harness.peers import CAST, Room
from harness.sandbox import Sandbox
from harness.scripted import closed_port

EXAMPLES = paths.ROOT / "examples"
LANGUAGES = {
    "rust": lambda name: [str(paths.RELEASE / name)],
    "python": lambda name: [sys.executable, str(EXAMPLES / name / f"{name}.py")],
    "node": lambda name: ["node", str(EXAMPLES / name / f"{name}.js")],
    "c": lambda name: [str(paths.BUILD / name)],
}
PEER = [sys.executable, str(EXAMPLES / "peer.py"), "demo", "ann", "host"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def environment(base_url: str, secret: str = tokens.SECRET) -> dict[str, str]:
    return {**os.environ, "HMS_ACCESS_KEY": tokens.ACCESS_KEY, "HMS_SECRET": secret, "HMS_BASE_URL": base_url}


def run(sandbox: Sandbox, language: str, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*LANGUAGES[language](name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment(sandbox.base_url))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_classroom_message_reaches_everyone(sandbox: Sandbox, language: str) -> None:
    text = "The teacher cannot come today ☹"
    with Room(sandbox) as room:
        done = run(sandbox, language, "classroom", room.room_id, text)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "100ms accepted the message for everyone in the room\n"
        received = {name: [(one["message"], one["type"]) for one in got] for name, got in room.received().items()}
        assert received == {name: [(text, "chat")] for name in CAST}


@pytest.mark.parametrize("language", LANGUAGES)
def test_reactions_reach_everyone_in_order(sandbox: Sandbox, language: str) -> None:
    emojis = ["clap", "tada", "+1", "heart"]
    with Room(sandbox) as room:
        done = run(sandbox, language, "reactions", room.room_id, *emojis)
        assert (done.returncode, done.stdout.split(), done.stderr) == (0, emojis, "")
        received = {name: [(one["message"], one["type"]) for one in got] for name, got in room.received().items()}
        reaction = '{"type":"EMOJI_REACTION","emojiId":"%s","senderId":"server"}'
        assert received == {name: [(reaction % emoji, "EMOJI_REACTION") for emoji in emojis] for name in CAST}


@pytest.mark.parametrize("name", ["classroom", "reactions"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_failures_are_reported(sandbox: Sandbox, language: str, name: str) -> None:
    done = run(sandbox, language, name, "nobody-is-here", "hi")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("not_found"), done.stderr
    assert run(sandbox, language, name).returncode == 2


def test_peer_prints_what_it_receives(sandbox: Sandbox) -> None:
    client = roomcast.Client(access_key=tokens.ACCESS_KEY, secret=tokens.SECRET, base_url=sandbox.base_url)
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # Background jobs of a shell ignore SIGINT, and so would the child.
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(PEER, env=environment(sandbox.base_url), **options) as peer:
        try:
            assert peer.stdout.readline() == "ann is in the room demo with the role host\n"
            [ann] = client.list_peers("demo", user_id="ann")
            client.broadcast("demo", "No class today ☹", type="chat")
            client.send_to_role("demo", "host", "for hosts")
            client.send_to_role("demo", "guest", "not for hosts")
            client.send_to_peer("demo", ann.peer_id, "for ann", type="custom_event")
            assert [peer.stdout.readline() for _ in range(3)] == [
                "received 'No class today ☹', type 'chat', to everyone\n",
                "received 'for hosts', type None, to the role host\n",
                "received 'for ann', type 'custom_event', to this peer\n",
            ]
            peer.send_signal(signal.SIGINT)
            assert (*peer.communicate(timeout=60), peer.returncode) == ("", "", 0)
            # The connection was closed normally, so the peer is gone from the room.
            with pytest.raises(roomcast.NotFoundError):
                client.list_peers("demo")
        finally:
            peer.kill()


def test_peer_reports_that_the_sandbox_stopped() -> None:
    with Sandbox() as sandbox:
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        peer = subprocess.Popen(PEER, env=environment(sandbox.base_url), **options)
        assert peer.stdout is not None
        assert peer.stdout.readline() == "ann is in the room demo with the role host\n"
    try:
        out, err = peer.communicate(timeout=60)
    finally:
        peer.kill()
    assert (out, peer.returncode) == ("", 1)
    assert err.startswith("the sandbox closed the connection: "), err


def failed_peer(base_url: str, secret: str = tokens.SECRET) -> str:
    """The error of a peer that cannot join, after its common parts."""
    done = subprocess.run(PEER, capture_output=True, text=True, timeout=60, env=environment(base_url, secret))
    assert (done.returncode, done.stdout) == (1, ""), done
    [line] = done.stderr.splitlines()
    host_and_port = base_url.split("/")[2]
    start, end = (
        f"cannot join at {host_and_port}: ",
        ". Run `make sandbox`, with the same HMS_ variables in both shells",
    )
    assert line.startswith(start) and line.endswith(end), line
    return line[len(start) : -len(end)]


def test_peer_without_a_sandbox() -> None:
    assert "refused" in failed_peer(f"http://127.0.0.1:{closed_port()}/v2")


def test_peer_with_the_wrong_secret(sandbox: Sandbox) -> None:
    reason = failed_peer(sandbox.base_url, tokens.WRONG_SECRET)
    assert "401" in reason and tokens.WRONG_SECRET not in reason, reason

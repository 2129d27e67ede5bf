"""The programs that the page shows: each is run unchanged, and the sent message is compared with the composed one."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from harness import paths, tokens
from harness.drivers import VARIABLES
from harness.peers import Room
from harness.sandbox import Sandbox

from .page import LANGUAGES, SandboxPage

FILES = {"curl": "send.sh", "python": "send.py", "node": "send.mjs", "c": "send.c", "rust": "src/main.rs"}
# A role whose name needs escapes in every language.
ODD_ROLE = 'o\'ne "two" \\three $HOME `id` ??/ %s'
CAST = {"alice": "player", "bob": "player", "odd": ODD_ROLE}
MESSAGES = (
    "plain",
    "it's \"quoted\" and 'quoted'",
    "back\\slash \\n \\u0041 \\101 \\",
    "two\nlines\n\n and a tab\t, \r\n and a return",
    "$HOME `id` $(id) !! ! ~ * [a] {b} # ; & | < > %s %% @/etc/passwd",
    "what??/ ??! ???= trigraphs",
    "emoji 🂡 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 é 中文 עברית",
    "octal \x01" + "1 and \x7f" + "7 and \u0085" + "f",
    "lines\u2028and\u2029paragraphs, a mark \ufeff, direction \u202eback\u202c",
    "*/ /* // -- ''' \"\"\" `${x}` <!-- </script>",
    '{"a": [1, "two", null]}',
    '{"type":"EMOJI_REACTION","emojiId":"+1\\"","senderId":"server"}',
)
# None, those that have a format, and one that needs escapes too.
TYPES = ("", "chat", ODD_ROLE, "EMOJI_REACTION")


@pytest.fixture
def room(sandbox: Sandbox) -> Iterator[Room]:
    with Room(sandbox, cast=CAST) as room:
        yield room


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A temporary directory with links to the parts of the checkout that the programs need."""
    for name in (".venv", "target", "bindings-c"):
        (tmp_path / name).symlink_to(paths.ROOT / name)
    # What `cargo init` makes, with the versions of the checkout: so nothing is fetched.
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "send"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n')
    shutil.copy(paths.ROOT / "Cargo.lock", tmp_path)
    return tmp_path


def run(checkout: Path, sandbox: Sandbox, shell: str, script: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {
        "HMS_BASE_URL": sandbox.base_url,
        "HMS_ACCESS_KEY": tokens.ACCESS_KEY,
        "HMS_SECRET": tokens.SECRET,
        "npm_config_cache": str(checkout / "npm"),
        "npm_config_offline": "true",
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TARGET_DIR": str(paths.ROOT / "target"),
    }
    return subprocess.run(
        [shell, "-c", script], cwd=checkout, env=environment, capture_output=True, text=True, timeout=600
    )


def send(page: SandboxPage, checkout: Path, sandbox: Sandbox, language: str, shell: str = "sh") -> None:
    """Writes the program to a file and runs it with the command that the page shows."""
    snippet, how = page.snippet(language), page.how(language)
    assert tokens.SECRET not in snippet + how and tokens.ACCESS_KEY not in snippet + how
    (checkout / FILES[language]).write_text(snippet, newline="")
    if language == "curl":
        how = f"{how}\n{snippet}"
    done = run(checkout, sandbox, shell, how.replace("/path/to/roomcast", str(paths.ROOT)))
    assert done.returncode == 0, f"{how}\n{snippet}\n{done.stdout}{done.stderr}"
    if language == "curl":
        assert '{"message":"message sent"}' in done.stdout, done.stdout


def strict(page: SandboxPage, checkout: Path) -> None:
    """The C program compiles without warnings."""
    source = checkout / "strict.c"
    source.write_text(page.snippet("c"), newline="")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-fsyntax-only"]
    subprocess.run(["cc", *flags, "-Ibindings-c/include", str(source)], cwd=checkout, check=True, timeout=60)


# The first Rust program is built with the whole core.
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_message(language: str, page: SandboxPage, sandbox: Sandbox, room: Room, checkout: Path) -> None:
    for number, message in enumerate(MESSAGES):
        to = ({}, {"role": ODD_ROLE}, {"peer_id": room.peers["alice"].peer_id})[number % 3]
        kind = TYPES[number % len(TYPES)]
        page.compose(room.room_id, message, type=kind, **to)
        # A text area normalises line ends to newlines.
        message = message.replace("\r\n", "\n")
        send(page, checkout, sandbox, language)
        if language == "c":
            strict(page, checkout)
        named = (set(CAST), {"odd"}, {"alice"})[number % 3]
        seen = room.received()
        assert {name: [(each["message"], each["type"]) for each in got] for name, got in seen.items() if got} == {
            name: [(message, kind or None)] for name in named
        }, page.snippet(language)


@pytest.mark.timeout(900)
def test_requests_of_the_log(page: SandboxPage, sandbox: Sandbox, room: Room, checkout: Path) -> None:
    """What the log shows of a request is the same request again: of a send, and of queries."""
    messages = [message.replace("\r\n", "\n") for message in MESSAGES]
    path = f"active-rooms/{room.room_id}"
    for number, message in enumerate(messages):
        sandbox.post_message(room.room_id, {"message": message, "role": ODD_ROLE, "type": ODD_ROLE, "number": number})
        page.filter(room=room.room_id, text=f'"number": {number}}}')
        entry = page.page.locator("#log > .card:visible")
        expect(entry).to_have_count(1)
        details = page.details(entry)
        room.received()
        snippet = code_of(details, "curl")
        done = run(checkout, sandbox, "sh", f"{page.how('curl')}\n{snippet}")
        assert '{"message":"message sent"}' in done.stdout, f"{snippet}\n{done.stdout}{done.stderr}"
        assert [(each["message"], each["type"]) for each in room.received()["odd"]] == [(message, ODD_ROLE)], snippet
    page.filter()
    for query, label in (
        (f"{path}/peers?role=player", "lists peers of role player"),
        (f"{path}/peers?{urlencode({'role': ODD_ROLE, 'user_id': 'odd'})}", "of user odd"),
        (path, "gets the room"),
    ):
        request = urllib.request.Request(
            f"{sandbox.base_url}/{query}", headers={"Authorization": f"Bearer {tokens.management()}"}
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        details = page.details(page.entry(room.room_id, label))
        for language in LANGUAGES:
            snippet = code_of(details, LANGUAGES[language])
            (checkout / FILES[language]).write_text(snippet, newline="")
            how = f"{page.how('curl')}\n{snippet}" if language == "curl" else page.how(language)
            done = run(checkout, sandbox, "sh", how.replace("/path/to/roomcast", str(paths.ROOT)))
            assert done.returncode == 0, f"{snippet}\n{done.stdout}{done.stderr}"
            for name in ("alice", "bob") if "player" in label else ("odd",):
                assert room.peers[name].peer_id in done.stdout, f"{snippet}\n{done.stdout}"


def code_of(details: Locator, language: str) -> str:
    details.get_by_label("Language of the program").select_option(label=language)
    return details.get_by_label("The same in code").text_content() or ""


def test_bash(page: SandboxPage, sandbox: Sandbox, room: Room, checkout: Path) -> None:
    for message in MESSAGES:
        page.compose(room.room_id, message)
        send(page, checkout, sandbox, "curl", "bash")
        assert room.received()["bob"][0]["message"] == message.replace("\r\n", "\n")


def test_a_room_id_that_needs_escapes_in_shell_and_url(page: SandboxPage, sandbox: Sandbox, checkout: Path) -> None:
    name = "a/b?c=d#e%20 'f' \"g\" $(id) !x (y) é"
    with Room(sandbox, cast={"alice": "player"}, room_id=name) as room:
        page.compose(name, "hi")
        send(page, checkout, sandbox, "curl")
        assert [each["message"] for each in room.received()["alice"]] == ["hi"]


def test_nul_in_c(page: SandboxPage, room: Room) -> None:
    """A C string ends at its first NUL, so no program is shown instead of one that sends another text."""
    page.compose(room.room_id, "before")
    page.page.get_by_label("Message", exact=True).evaluate(
        "(it) => { it.value = 'before\\0after'; it.dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    shown = page.snippet("c")
    assert "cannot be sent from C" in shown and "#include" not in shown
    assert "before\\u0000after" in page.snippet("python")


def test_copying(page: SandboxPage, room: Room) -> None:
    page.windows.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.compose(room.room_id, MESSAGES[3])
    snippet = page.snippet("python")
    page.page.get_by_role("button", name="Copy").click()
    page.page.get_by_text("Copied.").wait_for()
    assert page.page.evaluate("navigator.clipboard.readText()") == snippet

"""What people see: messages in the conditions of 100ms's Prebuilt, and in the real hook of its React SDK."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness import tokens
from harness.peers import MARKER
from harness.sandbox import Sandbox

from .chromium import WatchedContext
from .sending import LANGUAGES, Send
from .webclient import Site

ROLES = {"alice": "player", "dealer": "dealer"}
DEAL = {"cards": ["A♠", "K♠"], 'é "x"\n': [1, -0.5, True, None, {}, []]}


class ReactPeer:
    """A peer in a room: one page with 100ms's React SDK."""

    def __init__(self, windows: WatchedContext, site: Site, sandbox: Sandbox, room_id: str, name: str) -> None:
        # Its analytics requests fail, since no other host is reachable.
        windows.tolerate("ERR_NAME_NOT_RESOLVED")
        self.page: Page = windows.open(site.react_url)
        self.page.wait_for_function("window.peer")
        given = [sandbox.url, tokens.peer(room_id, ROLES[name], f"user-{name}"), name]
        self.peer_id: str = self.page.evaluate("([...given]) => peer.join(...given)", given)

    def until_marker(self) -> dict[str, Any]:
        """The lines of the chat before the marker, and what the hooks got by then."""
        lines = self.page.locator("#chat > li")
        expect(lines.get_by_text(MARKER, exact=True)).to_have_count(1)
        return {"chat": lines.all_text_contents()[:-1], **self.page.evaluate("peer.seen()")}


@pytest.fixture
def table(windows: WatchedContext, site: Site, sandbox: Sandbox, room_id: str) -> dict[str, ReactPeer]:
    return {name: ReactPeer(windows, site, sandbox, room_id, name) for name in ROLES}


def seen(sandbox: Sandbox, room_id: str, table: dict[str, ReactPeer]) -> dict[str, dict[str, Any]]:
    sandbox.post_message(room_id, {"message": MARKER, "type": "chat"})
    return {name: peer.until_marker() for name, peer in table.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_see_what_the_formats_say(
    language: str, sandbox: Sandbox, room_id: str, table: dict[str, ReactPeer], send: Send
) -> None:
    alice = table["alice"].peer_id
    send(
        language,
        {"method": "broadcast", "message": {"$chat": "class is off today ☹"}},
        {"method": "send_to_role", "target": "player", "message": {"$chat": "place your bets"}},
        {"method": "send_to_peer", "target": alice, "message": {"$event": {"name": "deal", "payload": DEAL}}},
        {"method": "broadcast", "message": {"$event": {"name": "deal", "payload": "A♠"}}},
        {"method": "broadcast", "message": {"$event": {"name": "deal"}}},
        {"method": "broadcast", "message": DEAL, "options": {"type": "deal"}},
        {"method": "broadcast", "message": {"$reaction": {"emoji_id": "+1"}}},
        {"method": "broadcast", "message": {"$reaction": {"emoji_id": "heart", "sender_id": alice}}},
    )
    for_all = ["A♠", "", DEAL]
    assert seen(sandbox, room_id, table) == {
        "alice": {
            "chat": ["class is off today ☹", "place your bets"],
            "events": {
                "deal": [DEAL, *for_all],
                "flying": [{"emojiId": "+1", "name": None}, {"emojiId": "heart", "name": "You"}],
            },
            "errors": {},
        },
        "dealer": {
            "chat": ["class is off today ☹"],
            "events": {
                "deal": for_all,
                "flying": [{"emojiId": "+1", "name": None}, {"emojiId": "heart", "name": "alice"}],
            },
            "errors": {},
        },
    }


def test_people_do_not_see_plain_text_of_another_type(
    sandbox: Sandbox, room_id: str, table: dict[str, ReactPeer], send: Send
) -> None:
    """The control: with a type but without its format, text is accepted, and nobody sees it."""
    send(
        "rust",
        {"method": "broadcast", "message": "your cards: A♠ K♠", "options": {"type": "custom_event"}},
        {"method": "broadcast", "message": "no type"},
        {"method": "broadcast", "message": "👏", "options": {"type": "emoji"}},
        {"method": "broadcast", "message": "👏", "options": {"type": "EMOJI_REACTION"}},
        {"method": "broadcast", "message": {"emojiId": "clap"}, "options": {"type": "EMOJI_REACTION"}},
    )
    # The hook's JSON.parse throws. A reaction without a sender is parsed, but does not fly.
    nothing = {"chat": [], "events": {}, "errors": {"custom_event": ["SyntaxError"], "flying": ["SyntaxError"]}}
    assert seen(sandbox, room_id, table) == {"alice": nothing, "dealer": nothing}

"""The 100ms web client as a receiver: what it shows when each language sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.relay import Relay
from harness.sandbox import Sandbox

from .chromium import HANG_MS, WatchedContext
from .sending import LANGUAGES, Send
from .webclient import Site, WebPeer, received

ROLES = {"dealer": "dealer", "alice": "player", "bob": "player"}


@pytest.fixture
def relay(sandbox: Sandbox) -> Iterator[Relay]:
    relay = Relay(sandbox.host_and_port)
    yield relay
    relay.close()


@pytest.fixture
def table(windows: WatchedContext, site: Site, relay: Relay, room_id: str) -> dict[str, WebPeer]:
    """Three pages in one room, each a peer, connected through the relay."""
    endpoint = f"http://127.0.0.1:{relay.port}"
    return {name: WebPeer(windows, site, endpoint, room_id, name, role) for name, role in ROLES.items()}


def shown(message: str, **fields: Any) -> dict[str, Any]:
    """A message from a backend as the client shows it: without a sender."""
    empty = ("type", "sender", "senderName", "senderUserId", "senderRole", "recipientPeer", "recipientRoles")
    return {"message": message, **dict.fromkeys(empty), **fields}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_shows_its_messages(
    language: str, sandbox: Sandbox, room_id: str, table: dict[str, WebPeer], send: Send
) -> None:
    alice = table["alice"].peer_id
    cards = "your cards: A♠ K♠ \"'\\\n🂡"
    send(
        language,
        {"method": "broadcast", "message": "class is off today", "options": {"type": "chat"}},
        {"method": "send_to_peer", "target": alice, "message": cards, "options": {"type": "custom_event"}},
        {"method": "send_to_role", "target": "player", "message": "place your bets"},
        {"method": "send_message", "message": "peer and role", "options": {"peer_id": alice, "role": "dealer"}},
        {"method": "broadcast", "message": "untyped"},
    )
    for_all = shown("class is off today", type="chat"), shown("untyped")
    to_players = shown("place your bets", recipientRoles=["player"])
    assert received(sandbox, room_id, list(table.values())) == {
        "dealer": [*for_all],
        "alice": [
            for_all[0],
            shown(cards, type="custom_event", recipientPeer=alice),
            to_players,
            shown("peer and role", recipientPeer=alice),
            for_all[1],
        ],
        "bob": [for_all[0], to_players, for_all[1]],
    }


def test_the_pages_know_each_other(table: dict[str, WebPeer]) -> None:
    for me in table.values():
        me.page.evaluate("([number, hang]) => client.untilPeers(number, hang)", [len(table), HANG_MS])
        known = {
            (peer["id"], peer["name"], peer["roleName"], peer["isLocal"]) for peer in me.page.evaluate("client.peers()")
        }
        assert known == {(peer.peer_id, peer.name, peer.role, peer is me) for peer in table.values()}


def test_a_dropped_connection(
    windows: WatchedContext, sandbox: Sandbox, room_id: str, table: dict[str, WebPeer], relay: Relay, send: Send
) -> None:
    """The client reconnects with the same peer id; later messages arrive, once each."""
    alice = table["alice"].peer_id
    send("python", {"method": "send_to_peer", "target": alice, "message": "before"})
    table["alice"].page.evaluate("([text, hang]) => client.until(text, hang)", ["before", HANG_MS])
    windows.tolerate("net::ERR_")
    relay.cut()
    for peer in table.values():
        peer.page.evaluate("(hang) => client.untilState('RECONNECTED', hang)", HANG_MS)
    send("node", {"method": "send_to_peer", "target": alice, "message": "after"})
    send("c", {"method": "broadcast", "message": "to all after"})
    to_all = shown("to all after")
    assert received(sandbox, room_id, list(table.values())) == {
        "dealer": [to_all],
        "alice": [shown("before", recipientPeer=alice), shown("after", recipientPeer=alice), to_all],
        "bob": [to_all],
    }

"""Invalid webhooks get a clear error response, and change nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.poker import Poker

from .events import WEBHOOK_SECRET, Room, post_webhook

MIB = 1 << 20


def good(room: Room, peer_id: str | None = "p", **more: Any) -> bytes:
    return room.event("peer.join.success", peer_id, "alice", 1, **more)


BAD: dict[str, Any] = {
    "wrong secret": (401, lambda room: (good(room), "another-secret"), "secret"),
    "no secret": (401, lambda room: (good(room), None), "secret"),
    "empty secret": (401, lambda room: (good(room), ""), "secret"),
    "no body": (400, lambda room: (b"", WEBHOOK_SECRET), "body"),
    "not JSON": (400, lambda room: (b"peer=alice", WEBHOOK_SECRET), "JSON"),
    "JSON that ends early": (400, lambda room: (good(room)[:-1], WEBHOOK_SECRET), "JSON"),
    "not an object": (400, lambda room: (b"[]", WEBHOOK_SECRET), "body"),
    "no UTF-8": (400, lambda room: (b'{"id": "\xff"}', WEBHOOK_SECRET), "body"),
    "no peer id": (400, lambda room: (good(room, peer_id=None), WEBHOOK_SECRET), "peer_id"),
    "a room id that is a path": (400, lambda room: (good(room, room_id="../../etc/x"), WEBHOOK_SECRET), "room"),
    "a room id that is too long": (400, lambda room: (good(room, room_id="x" * 65), WEBHOOK_SECRET), "room"),
    "10 MB": (413, lambda room: (good(room, user_data="x" * 10 * MIB), WEBHOOK_SECRET), ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_webhook_is_refused(poker: Poker, name: str) -> None:
    room = Room(poker)
    room.joins("known", "bob", 1)
    before = poker.stored_files()
    status, make, part = BAD[name]
    answer = post_webhook(poker, *make(room))
    assert answer[0] == status, answer
    assert part in answer[1]["error"] and answer[1]["error"], answer
    assert WEBHOOK_SECRET not in json.dumps(answer) + "".join(poker.server.output)
    assert poker.stored_files() == before
    assert room.seats() == {"bob": "known"}


def test_10_mb_with_the_wrong_secret(poker: Poker) -> None:
    room = Room(poker)
    before = poker.stored_files()
    # Express checks the size first.
    assert post_webhook(poker, good(room, user_data="x" * 10 * MIB), "another-secret")[0] in (401, 413)
    assert poker.stored_files() == before


def test_other_event_types_are_accepted_and_change_nothing(poker: Poker) -> None:
    room = Room(poker)
    before = poker.stored_files()
    for kind in ("session.open.success", "peer.join.failure", "recording.success", "something.new"):
        body = room.event(kind, "p", "alice", 1)
        assert post_webhook(poker, body) == (200, {"heard": kind})
    assert poker.stored_files() == before


@pytest.mark.parametrize("what", ["", "/hands", "/bets", "/showdown"])
def test_the_api_requires_the_owners_key(poker: Poker, what: str) -> None:
    room = Room(poker)
    room.joins("a", "alice", 1)
    room.joins("b", "bob", 1)
    before = poker.stored_files()
    method = "POST" if what else "GET"
    for headers in ({}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer "}, {"Authorization": "é"}):
        status, _ = poker.request(method, f"/rooms/{room.room_id}{what}", headers, b"{}")
        assert status == 401, headers
    assert poker.stored_files() == before


def test_invalid_bets(poker: Poker) -> None:
    room = Room(poker)
    room.joins("a", "alice", 1)
    room.joins("b", "bob", 1)
    assert poker.call("POST", f"/rooms/{room.room_id}/hands")[0] == 200
    for amount in (0, -1, 1.5, "ten", None, 1_000_001, [1]):
        assert poker.call("POST", f"/rooms/{room.room_id}/bets", {"user_id": "alice", "amount": amount})[0] == 422
    assert poker.call("POST", f"/rooms/{room.room_id}/bets", {"user_id": "alice", "amount": 5}) == (200, {"bet": 5})
    assert poker.call("POST", f"/rooms/{room.room_id}/bets", {"user_id": "carol", "amount": 5})[0] == 409

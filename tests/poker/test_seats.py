"""Who sits at the table, in whatever order 100ms tells it."""

from __future__ import annotations

import json
import random

from harness.poker import Poker

from .news import Room, at


def test_a_leave_of_the_old_peer_that_comes_late_leaves_the_new_one_seated(poker: Poker) -> None:
    room = Room(poker)
    room.joins("old", "alice", 1)
    room.joins("new", "alice", 2)
    room.leaves("old", "alice", 1)
    assert room.seats() == {"alice": "new"}


def test_a_join_that_is_told_after_its_leave_seats_nobody(poker: Poker) -> None:
    room = Room(poker)
    room.leaves("old", "alice", 1)
    room.joins("old", "alice", 1)
    assert room.seats() == {}


def test_every_order_of_the_same_news_ends_the_same(poker: Poker) -> None:
    news = [("joins", "a", "alice", 1), ("leaves", "a", "alice", 1), ("joins", "b", "alice", 2)]
    news += [("joins", "c", "bob", 1), ("joins", "d", "bob", 3), ("leaves", "d", "bob", 3)]
    chance = random.Random(7)
    for _ in range(20):
        room = Room(poker)
        for told, peer_id, user_id, joined in chance.sample(news, len(news)):
            getattr(room, told)(peer_id, user_id, joined)
        assert room.seats() == {"alice": "b", "bob": "c"}


def test_who_has_two_tabs_plays_in_the_one_opened_last(poker: Poker) -> None:
    room = Room(poker)
    room.joins("second", "alice", 2)
    room.joins("first", "alice", 1)
    assert room.seats() == {"alice": "second"}
    room.leaves("second", "alice", 2)
    assert room.seats() == {"alice": "first"}


def test_a_peer_id_that_somebody_else_took_over_is_theirs(poker: Poker) -> None:
    room = Room(poker)
    room.joins("peer", "alice", 1)
    room.joins("peer", "mallory", 2)
    room.joins("peer", "alice", 1)
    room.leaves("peer", "alice", 1)
    assert room.seats() == {"mallory": "peer"}


def test_only_players_with_a_user_id_sit(poker: Poker) -> None:
    room = Room(poker)
    room.joins("p1", "sam", 1, role="spectator")
    room.joins("p2", "", 1)
    assert room.seats() == {}


def test_news_of_a_session_that_is_over_changes_nothing(poker: Poker) -> None:
    room = Room(poker)
    room.joins("old", "alice", 1)
    room.joins("new", "alice", 62, session_id="session-2", session_started_at=at(61))
    room.joins("late", "bob", 2)
    room.leaves("new", "alice", 1)
    assert room.seats() == {"alice": "new"}


def test_what_is_told_again_changes_nothing(poker: Poker) -> None:
    room = Room(poker)
    bodies = [room.joins("a", "alice", 1), room.joins("b", "bob", 1), room.leaves("a", "alice", 1)]
    bodies += [room.joins("c", "alice", 2)]
    before = poker.kept()
    for body in bodies * 2:
        room.tell(body)
        room.tell(json.dumps({**json.loads(body), "is_replay": True}).encode())
    assert poker.kept() == before
    assert room.seats() == {"alice": "c", "bob": "b"}


def test_odd_names_are_only_names(poker: Poker) -> None:
    room = Room(poker)
    room.joins("__proto__", "constructor", 1)
    room.joins("toString", "__proto__", 2)
    assert room.seats() == {"constructor": "__proto__", "__proto__": "toString"}
    status, dealt = poker.call("POST", f"/rooms/{room.room_id}/hands")
    assert (status, dealt["players"]) == (200, ["__proto__", "constructor"])
    assert poker.call("POST", f"/rooms/{room.room_id}/bets", {"user_id": "valueOf", "amount": 1})[0] == 409
    status, show = poker.call("POST", f"/rooms/{room.room_id}/showdown")
    assert (status, sorted(show["players"])) == (200, ["__proto__", "constructor"])

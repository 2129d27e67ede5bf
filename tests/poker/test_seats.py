"""Which peer has a player's seat, in whatever order webhooks arrive."""

from __future__ import annotations

import json
import random

from harness.poker import Poker

from .events import Room, at


def test_a_late_leave_of_the_old_peer_keeps_the_new_one_seated(poker: Poker) -> None:
    room = Room(poker)
    room.joins("old", "alice", 1)
    room.joins("new", "alice", 2)
    room.leaves("old", "alice", 1)
    assert room.seats() == {"alice": "new"}


def test_a_join_that_arrives_after_its_leave_seats_nobody(poker: Poker) -> None:
    room = Room(poker)
    room.leaves("old", "alice", 1)
    room.joins("old", "alice", 1)
    assert room.seats() == {}


def test_the_order_of_events_does_not_matter(poker: Poker) -> None:
    events = [("joins", "a", "alice", 1), ("leaves", "a", "alice", 1), ("joins", "b", "alice", 2)]
    events += [("joins", "c", "bob", 1), ("joins", "d", "bob", 3), ("leaves", "d", "bob", 3)]
    rng = random.Random(7)
    for _ in range(20):
        room = Room(poker)
        for kind, peer_id, user_id, joined in rng.sample(events, len(events)):
            getattr(room, kind)(peer_id, user_id, joined)
        assert room.seats() == {"alice": "b", "bob": "c"}


def test_of_two_tabs_the_one_opened_last_has_the_seat(poker: Poker) -> None:
    room = Room(poker)
    room.joins("second", "alice", 2)
    room.joins("first", "alice", 1)
    assert room.seats() == {"alice": "second"}
    room.leaves("second", "alice", 2)
    assert room.seats() == {"alice": "first"}


def test_a_peer_id_that_another_user_reuses_is_theirs(poker: Poker) -> None:
    room = Room(poker)
    room.joins("peer", "alice", 1)
    room.joins("peer", "mallory", 2)
    room.joins("peer", "alice", 1)
    room.leaves("peer", "alice", 1)
    assert room.seats() == {"mallory": "peer"}


def test_only_players_with_a_user_id_are_seated(poker: Poker) -> None:
    room = Room(poker)
    room.joins("p1", "sam", 1, role="spectator")
    room.joins("p2", "", 1)
    assert room.seats() == {}


def test_events_of_an_ended_session_change_nothing(poker: Poker) -> None:
    room = Room(poker)
    room.joins("old", "alice", 1)
    room.joins("new", "alice", 62, session_id="session-2", session_started_at=at(61))
    room.joins("late", "bob", 2)
    room.leaves("new", "alice", 1)
    assert room.seats() == {"alice": "new"}


def test_repeated_events_change_nothing(poker: Poker) -> None:
    room = Room(poker)
    bodies = [room.joins("a", "alice", 1), room.joins("b", "bob", 1), room.leaves("a", "alice", 1)]
    bodies += [room.joins("c", "alice", 2)]
    before = poker.stored_files()
    for body in bodies * 2:
        room.post(body)
        room.post(json.dumps({**json.loads(body), "is_replay": True}).encode())
    assert poker.stored_files() == before
    assert room.seats() == {"alice": "c", "bob": "b"}


def test_names_of_object_properties_are_ordinary_names(poker: Poker) -> None:
    room = Room(poker)
    room.joins("__proto__", "constructor", 1)
    room.joins("toString", "__proto__", 2)
    assert room.seats() == {"constructor": "__proto__", "__proto__": "toString"}
    status, dealt = poker.call("POST", f"/rooms/{room.room_id}/hands")
    assert (status, dealt["players"]) == (200, ["__proto__", "constructor"])
    assert poker.call("POST", f"/rooms/{room.room_id}/bets", {"user_id": "valueOf", "amount": 1})[0] == 409
    status, show = poker.call("POST", f"/rooms/{room.room_id}/showdown")
    assert (status, sorted(show["players"])) == (200, ["__proto__", "constructor"])

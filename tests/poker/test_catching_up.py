"""A restart: what was known is known, and what was never told, since 100ms gives up after 14 s, is asked for."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from harness.peers import HANG
from harness.poker import Player, Poker


class Deaf(BaseHTTPRequestHandler):
    """Stands in for the server that is down: 100ms takes it for told."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.server.heard.release()  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        pass


async def seats(poker: Poker, room_id: str) -> dict[str, str]:
    return (await asyncio.to_thread(poker.call, "GET", f"/rooms/{room_id}"))[1]["seats"]


async def until_seated(poker: Poker, room_id: str, *players: Player) -> None:
    wanted = {player.name: player.peer_id for player in players}
    while await seats(poker, room_id) != wanted:
        await asyncio.sleep(0.02)


async def until_told(player: Player) -> None:
    while not player.received:
        await asyncio.sleep(0.02)


async def with_alice_and_bob(poker: Poker, room_id: str) -> tuple[Player, Player]:
    """They sit at a table, and have cards."""
    alice, bob = [await Player(name).sit(poker.sandbox, room_id) for name in ("alice", "bob")]
    await asyncio.wait_for(until_seated(poker, room_id, alice, bob), HANG)
    dealt = await asyncio.to_thread(poker.call, "POST", f"/rooms/{room_id}/hands")
    assert dealt == (200, {"hand": 1, "players": ["alice", "bob"]})
    return alice, bob


def test_a_restart_forgets_nothing(poker: Poker) -> None:
    asyncio.run(forgets_nothing(poker, "known"))


async def forgets_nothing(poker: Poker, room_id: str) -> None:
    alice, bob = await with_alice_and_bob(poker, room_id)
    path = f"/rooms/{room_id}"
    before = await asyncio.to_thread(poker.call, "GET", path)
    poker.server.stop()
    poker.server.start()
    assert await asyncio.to_thread(poker.call, "GET", path) == before
    assert (await asyncio.to_thread(poker.call, "POST", f"{path}/hands"))[0] == 409
    show = (await asyncio.to_thread(poker.call, "POST", f"{path}/showdown"))[1]
    for player in (alice, bob):
        await asyncio.wait_for(until_told(player), HANG)
        private, text = player.received[0]
        assert private and json.loads(text)["cards"] == show["players"][player.name]["cards"]
        await player.leave()


def test_what_was_never_told_is_asked_for(poker: Poker) -> None:
    asyncio.run(is_asked_for(poker, "missed"))


async def is_asked_for(poker: Poker, room_id: str) -> None:
    alice, bob = await with_alice_and_bob(poker, room_id)

    with HTTPServer(("127.0.0.1", 0), Deaf) as deaf:
        deaf.heard = threading.Semaphore(0)  # type: ignore[attr-defined]
        thread = threading.Thread(target=deaf.serve_forever, args=(0.01,))
        thread.start()
        poker.server.stop()
        poker.front.target = f"127.0.0.1:{deaf.server_port}"
        await alice.leave()
        again = await Player("alice").sit(poker.sandbox, room_id)
        await bob.leave()
        carol = await Player("carol").sit(poker.sandbox, room_id)
        sam = await Player("sam", "spectator").sit(poker.sandbox, room_id)
        for _ in range(5):
            assert await asyncio.to_thread(deaf.heard.acquire, timeout=HANG)  # type: ignore[attr-defined]
        deaf.shutdown()
        thread.join()
    poker.server.start()
    assert await seats(poker, room_id) == {"alice": again.peer_id, "carol": carol.peer_id}

    # Who came back has the cards of the hand that is on, and nobody else has.
    await asyncio.wait_for(until_told(again), HANG)
    assert alice.received == again.received and all(private for private, _ in again.received)
    status, show = await asyncio.to_thread(poker.call, "POST", f"/rooms/{room_id}/showdown")
    assert (status, list(show["players"])) == (200, ["alice"])
    for player in (again, carol, sam):
        await player.leave()
    assert not [text for private, text in carol.received + sam.received if private]

    # Nobody is there any more, and the server missed that, too.
    poker.server.stop()
    poker.server.start()
    assert await seats(poker, room_id) == {}

"""After a restart the server has its state, and queries 100ms for missed events: webhooks are retried for 14 s only."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from harness.peers import HANG
from harness.poker import Player, Poker


class Discard(BaseHTTPRequestHandler):
    """Accepts webhooks in place of the stopped server, and discards them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.server.received.release()  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        pass


async def seats(poker: Poker, room_id: str) -> dict[str, str]:
    return (await asyncio.to_thread(poker.call, "GET", f"/rooms/{room_id}"))[1]["seats"]


async def until_seated(poker: Poker, room_id: str, *players: Player) -> None:
    wanted = {player.name: player.peer_id for player in players}
    while await seats(poker, room_id) != wanted:
        await asyncio.sleep(0.02)


async def until_dealt(player: Player) -> None:
    while not player.received:
        await asyncio.sleep(0.02)


async def with_alice_and_bob(poker: Poker, room_id: str) -> tuple[Player, Player]:
    """Two players at a table, who have been dealt cards."""
    alice, bob = [await Player(name).sit(poker.sandbox, room_id) for name in ("alice", "bob")]
    await asyncio.wait_for(until_seated(poker, room_id, alice, bob), HANG)
    dealt = await asyncio.to_thread(poker.call, "POST", f"/rooms/{room_id}/hands")
    assert dealt == (200, {"hand": 1, "players": ["alice", "bob"]})
    return alice, bob


def test_a_restart_keeps_the_state(poker: Poker) -> None:
    asyncio.run(keeps_the_state(poker, "known"))


async def keeps_the_state(poker: Poker, room_id: str) -> None:
    alice, bob = await with_alice_and_bob(poker, room_id)
    path = f"/rooms/{room_id}"
    before = await asyncio.to_thread(poker.call, "GET", path)
    poker.server.stop()
    poker.server.start()
    assert await asyncio.to_thread(poker.call, "GET", path) == before
    assert (await asyncio.to_thread(poker.call, "POST", f"{path}/hands"))[0] == 409
    show = (await asyncio.to_thread(poker.call, "POST", f"{path}/showdown"))[1]
    for player in (alice, bob):
        await asyncio.wait_for(until_dealt(player), HANG)
        private, text = player.received[0]
        assert private and json.loads(text)["cards"] == show["players"][player.name]["cards"]
        await player.leave()


def test_missed_events_are_queried(poker: Poker) -> None:
    asyncio.run(queries_missed_events(poker, "missed"))


async def queries_missed_events(poker: Poker, room_id: str) -> None:
    alice, bob = await with_alice_and_bob(poker, room_id)

    with HTTPServer(("127.0.0.1", 0), Discard) as substitute:
        substitute.received = threading.Semaphore(0)  # type: ignore[attr-defined]
        thread = threading.Thread(target=substitute.serve_forever, args=(0.01,))
        thread.start()
        poker.server.stop()
        poker.proxy.target = f"127.0.0.1:{substitute.server_port}"
        await alice.leave()
        again = await Player("alice").sit(poker.sandbox, room_id)
        await bob.leave()
        carol = await Player("carol").sit(poker.sandbox, room_id)
        sam = await Player("sam", "spectator").sit(poker.sandbox, room_id)
        for _ in range(5):
            assert await asyncio.to_thread(substitute.received.acquire, timeout=HANG)  # type: ignore[attr-defined]
        substitute.shutdown()
        thread.join()
    poker.server.start()
    assert await seats(poker, room_id) == {"alice": again.peer_id, "carol": carol.peer_id}

    # The player who rejoined has the cards of the current hand, and nobody else has.
    await asyncio.wait_for(until_dealt(again), HANG)
    assert alice.received == again.received and all(private for private, _ in again.received)
    status, show = await asyncio.to_thread(poker.call, "POST", f"/rooms/{room_id}/showdown")
    assert (status, list(show["players"])) == (200, ["alice"])
    for player in (again, carol, sam):
        await player.leave()
    assert not [text for private, text in carol.received + sam.received if private]

    # The room is empty now, and the server missed that too.
    poker.server.stop()
    poker.server.start()
    assert await seats(poker, room_id) == {}

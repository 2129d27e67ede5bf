"""No player receives another's cards: 1,000 hands at many tables, while players come and go and the server is killed.

`POKER_SEED` is the seed of all random choices, `POKER_HANDS` the number of hands.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from harness.peers import HANG, MARKER
from harness.poker import COMMANDS, Player, Poker

from .privacy import violations

SEED = int(os.environ.get("POKER_SEED") or random.SystemRandom().randrange(1 << 32))
HANDS = int(os.environ.get("POKER_HANDS") or 1000)
TABLES = 20
RESTARTS = 6


class Simulation:
    """All the tables of one server."""

    def __init__(self, poker: Poker) -> None:
        self.poker = poker
        self.rng = random.Random(SEED)
        self.played = 0
        self.replayed = 0
        self.restarts = 0
        self.tables = [Table(self, number) for number in range(TABLES)]

    def violations(self) -> list[str]:
        return [f"{table.room_id}, {one}" for table in self.tables for one in violations(table.peers)]

    async def run(self) -> None:
        # Each table may wait for a response and a joining peer at the same time.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * TABLES))
        at_hands = sorted(self.rng.randrange(HANDS) for _ in range(RESTARTS))
        restarting = asyncio.create_task(self.restart_server(at_hands))
        await asyncio.gather(*(table.play() for table in self.tables))
        await restarting
        await asyncio.gather(*(table.close() for table in self.tables))

    async def restart_server(self, at_hands: list[int]) -> None:
        """After each number of hands, stops the server, mostly with SIGKILL, restarts it, and replays webhooks."""
        for hands in at_hands:
            await until(lambda hands=hands: self.played >= hands, f"{hands} hands are played")
            number = self.rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
            await asyncio.to_thread(self.poker.server.stop, number)
            self.restarts += 1
            await asyncio.to_thread(self.poker.server.start)
            await asyncio.to_thread(self.replay)

    def replay(self) -> None:
        webhooks = [request for request in self.poker.webhooks.requests() if request.line.startswith("POST /webhooks")]
        for request in self.rng.sample(webhooks, min(50, len(webhooks))):
            status, _ = self.poker.request("POST", "/webhooks/100ms", request.headers, request.body)
            assert status == 200
            self.replayed += 1


class Table:
    """One room, its players, and every peer that has been in it."""

    def __init__(self, simulation: Simulation, number: int) -> None:
        self.simulation = simulation
        self.poker = simulation.poker
        self.room_id = f"table-{number}"
        self.rng = random.Random(f"{SEED}-{number}")
        self.users = [f"{name}-{number}" for name in ("alice", "bob", "carol", "dave")]
        self.open_tabs: dict[str, list[Player]] = {user: [] for user in self.users}
        """The open tabs of each user, newest last."""
        self.peers: list[Player] = []
        self.gone: list[Player] = []

    async def play(self) -> None:
        for user in self.users:
            await self.join(user)
        while self.simulation.played < HANDS:
            await self.come_and_go()
            await self.hand()
            self.simulation.played += 1

    async def hand(self) -> None:
        """Plays one hand, sometimes without waiting until the server has got all webhooks."""
        while sum(bool(tabs) for tabs in self.open_tabs.values()) < 2:
            await self.join(self.rng.choice(self.users))
        if self.rng.random() < 0.7:
            await self.settled()
        while (await self.call("/hands"))[0] != 200:
            # Too few players are known to the server, or the response was lost and the hand has begun.
            if (await self.seen())["players"]:
                break
            await self.settled()
        await self.come_and_go()
        for user in self.rng.sample(self.users, 2):
            await self.call("/bets", {"user_id": user, "amount": self.rng.randint(1, 100)})
        if self.rng.random() < 0.5:
            await self.settled()
            await self.dealt()
        await self.call("/showdown")

    async def dealt(self) -> None:
        """Every seated player of the hand has received their cards in the tab opened last."""
        seen = await self.seen()
        if not seen["players"]:
            return

        def all_have() -> bool:
            return all(
                any(private and f'"hand": {seen["hand"]},' in spaced(text) for private, text in tabs[-1].received)
                for user, tabs in self.open_tabs.items()
                if tabs and user in seen["players"]
            )

        await until(all_have, f"players of {self.room_id} get their cards")

    # --- coming and going ---

    async def come_and_go(self) -> None:
        for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
            user = self.rng.choice(self.users)
            tabs = self.open_tabs[user]
            if not tabs:
                await self.join(user)
                continue
            what = self.rng.choice(["leaves", "drops", "rejoins", "rejoins before the drop", "second tab", "spectates"])
            if what == "leaves":
                await self.leave(tabs.pop(self.rng.randrange(len(tabs))))
            elif what == "drops":
                await self.drop(tabs.pop(self.rng.randrange(len(tabs))))
            elif what == "rejoins":
                await self.drop(tabs.pop())
                await self.join(user)
            elif what == "rejoins before the drop":
                # The webhook of the old peer's leaving arrives after that of the new one's joining.
                old = tabs.pop()
                await self.join(user)
                await self.drop(old)
            elif what == "second tab":
                await self.join(user)
            else:
                self.peers.append(await Player(user, "spectator").sit(self.poker.sandbox, self.room_id))
                await self.leave(self.peers[-1])

    async def join(self, user: str) -> None:
        player = await Player(user).sit(self.poker.sandbox, self.room_id)
        self.peers.append(player)
        self.open_tabs[user].append(player)

    async def leave(self, player: Player) -> None:
        await player.leave()
        self.gone.append(player)

    async def drop(self, player: Player) -> None:
        player.drop()
        self.gone.append(player)

    # --- the server ---

    async def call(self, what: str, body: Any = None) -> tuple[int, Any]:
        return await self.request("POST", what, body)

    async def seen(self) -> dict[str, Any]:
        status, answer = await self.request("GET", "")
        assert status == 200, answer
        return answer

    async def request(self, method: str, what: str, body: Any = None) -> tuple[int, Any]:
        """Retries until there is a response, since the server may be down. So a call may be made twice."""
        deadline = time.monotonic() + HANG
        while True:
            try:
                answer = await asyncio.to_thread(self.poker.call, method, f"/rooms/{self.room_id}{what}", body)
                assert answer[0] in (200, 409), answer
                return answer
            except (OSError, HTTPException):
                assert time.monotonic() < deadline, "the server was not restarted"
                await asyncio.sleep(0.05)

    async def settled(self) -> None:
        """Waits until the server has got all webhooks, including retried ones."""
        wanted = {user: tabs[-1].peer_id for user, tabs in self.open_tabs.items() if tabs}
        deadline = time.monotonic() + 2 * HANG
        while (seats := (await self.seen())["seats"]) != wanted:
            assert time.monotonic() < deadline, f"{self.room_id}: {seats} instead of {wanted}"
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Waits until every peer has read all messages that were sent to it, and leaves."""
        here = [tab for tabs in self.open_tabs.values() for tab in tabs]
        if here:
            await asyncio.to_thread(self.poker.sandbox.post_message, self.room_id, {"message": MARKER})
        await asyncio.gather(*(player.wait_for_marker() for player in here))
        await asyncio.gather(*(player.wait_until_closed() for player in self.gone))
        await asyncio.gather(*(player.leave() for player in here))


def spaced(text: str) -> str:
    """JSON with a space after each colon, which Python writes and Node does not."""
    return text.replace('": ', '":').replace('":', '": ')


async def until(holds: Any, what: str) -> None:
    deadline = time.monotonic() + 2 * HANG
    while not holds():
        assert time.monotonic() < deadline, f"timed out waiting until {what}"
        await asyncio.sleep(0.02)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", list(COMMANDS))
def test_no_player_receives_anothers_cards(language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def show(line: str) -> None:
        with capsys.disabled():
            print(line)

    show(f"\nPOKER_SEED={SEED} POKER_HANDS={HANDS} ({language})")

    with Poker(language, tmp_path) as poker:
        simulation = Simulation(poker)
        try:
            asyncio.run(simulation.run())
        finally:
            # Checked first, even if the run failed.
            found = simulation.violations()
            assert not found, f"{len(found)} violations, such as:\n" + "\n".join(found[:10])
    peers = [peer for table in simulation.tables for peer in table.peers]
    private = sum(is_private for peer in peers for is_private, _ in peer.received)
    show(
        f"{simulation.played} hands, {len(peers)} peers, {private} private messages; "
        f"{simulation.restarts} restarts of the server, {simulation.replayed} replayed webhooks"
    )
    # The run was long enough to be meaningful.
    assert simulation.played >= HANDS and private > 2 * HANDS
    assert simulation.restarts == RESTARTS and simulation.replayed

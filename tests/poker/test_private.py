"""Nobody ever received another's cards: 1,000 hands at many tables, while players come and go and the server dies.

`POKER_SEED` and `POKER_HANDS` say which evening it is, and how long.
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

from .privacy import wrongs

SEED = int(os.environ.get("POKER_SEED") or random.SystemRandom().randrange(1 << 32))
HANDS = int(os.environ.get("POKER_HANDS") or 1000)
TABLES = 20
DEATHS = 6


class Evening:
    """All the tables of one server."""

    def __init__(self, poker: Poker) -> None:
        self.poker = poker
        self.chance = random.Random(SEED)
        self.played = 0
        self.replayed = 0
        self.died = 0
        self.tables = [Table(self, number) for number in range(TABLES)]

    def wrongs(self) -> list[str]:
        return [f"{table.room_id}, {wrong}" for table in self.tables for wrong in wrongs(table.peers)]

    async def pass_by(self) -> None:
        # Every table may be waiting for an answer, and a peer may be joining besides.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2 * TABLES))
        deaths = sorted(self.chance.randrange(HANDS) for _ in range(DEATHS))
        dying = asyncio.create_task(self.die(deaths))
        await asyncio.gather(*(table.play() for table in self.tables))
        await dying
        await asyncio.gather(*(table.close() for table in self.tables))

    async def die(self, deaths: list[int]) -> None:
        """The server ends, mostly without warning, and starts again; then it hears old news once more."""
        for death in deaths:
            await until(lambda death=death: self.played >= death, "the tables play on")
            how = self.chance.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM])
            await asyncio.to_thread(self.poker.server.stop, how)
            self.died += 1
            await asyncio.to_thread(self.poker.server.start)
            await asyncio.to_thread(self.replay)

    def replay(self) -> None:
        webhooks = [request for request in self.poker.webhooks.requests() if request.line.startswith("POST /webhooks")]
        for request in self.chance.sample(webhooks, min(50, len(webhooks))):
            status, _ = self.poker.request("POST", "/webhooks/100ms", request.headers, request.body)
            assert status == 200
            self.replayed += 1


class Table:
    """One room, its players, and every peer that was ever in it."""

    def __init__(self, evening: Evening, number: int) -> None:
        self.evening = evening
        self.poker = evening.poker
        self.room_id = f"table-{number}"
        self.chance = random.Random(f"{SEED}-{number}")
        self.users = [f"{name}-{number}" for name in ("alice", "bob", "carol", "dave")]
        self.here: dict[str, list[Player]] = {user: [] for user in self.users}
        """The tabs that each user has open, the newest last."""
        self.peers: list[Player] = []
        self.gone: list[Player] = []

    async def play(self) -> None:
        for user in self.users:
            await self.join(user)
        while self.evening.played < HANDS:
            await self.come_and_go()
            await self.hand()
            self.evening.played += 1

    async def hand(self) -> None:
        """One hand. Sometimes nobody waits for the server to have heard who is there."""
        while sum(bool(tabs) for tabs in self.here.values()) < 2:
            await self.join(self.chance.choice(self.users))
        if self.chance.random() < 0.7:
            await self.settled()
        while (await self.call("/hands"))[0] != 200:
            # Too few have been heard of, or the answer was lost with the server and the hand is under way.
            if (await self.seen())["players"]:
                break
            await self.settled()
        await self.come_and_go()
        for user in self.chance.sample(self.users, 2):
            await self.call("/bets", {"user_id": user, "amount": self.chance.randint(1, 100)})
        if self.chance.random() < 0.5:
            await self.settled()
            await self.dealt()
        await self.call("/showdown")

    async def dealt(self) -> None:
        """Whoever sits here and has cards has them in the tab opened last, whatever happened meanwhile."""
        seen = await self.seen()
        if not seen["players"]:
            return

        def all_have() -> bool:
            return all(
                any(private and f'"hand": {seen["hand"]},' in spaced(text) for private, text in tabs[-1].received)
                for user, tabs in self.here.items()
                if tabs and user in seen["players"]
            )

        await until(all_have, f"players of {self.room_id} get their cards")

    # --- coming and going ---

    async def come_and_go(self) -> None:
        for _ in range(self.chance.choice([0, 0, 1, 1, 2])):
            user = self.chance.choice(self.users)
            tabs = self.here[user]
            if not tabs:
                await self.join(user)
                continue
            what = self.chance.choice(["leaves", "drops", "comes back", "is back before", "second tab", "looks on"])
            if what == "leaves":
                await self.leave(tabs.pop(self.chance.randrange(len(tabs))))
            elif what == "drops":
                await self.drop(tabs.pop(self.chance.randrange(len(tabs))))
            elif what == "comes back":
                await self.drop(tabs.pop())
                await self.join(user)
            elif what == "is back before":
                # Its old peer's leaving is told after the new one's joining.
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
        self.here[user].append(player)

    async def leave(self, player: Player) -> None:
        await player.leave()
        self.gone.append(player)

    async def drop(self, player: Player) -> None:
        player.drop()
        self.gone.append(player)

    # --- the server ---

    async def call(self, what: str, body: Any = None) -> tuple[int, Any]:
        return await self.ask("POST", what, body)

    async def seen(self) -> dict[str, Any]:
        status, answer = await self.ask("GET", "")
        assert status == 200, answer
        return answer

    async def ask(self, method: str, what: str, body: Any = None) -> tuple[int, Any]:
        """Asks until there is an answer, since the server may be down. So a call may be made twice."""
        deadline = time.monotonic() + HANG
        while True:
            try:
                answer = await asyncio.to_thread(self.poker.call, method, f"/rooms/{self.room_id}{what}", body)
                assert answer[0] in (200, 409), answer
                return answer
            except (OSError, HTTPException):
                assert time.monotonic() < deadline, "the server does not come back"
                await asyncio.sleep(0.05)

    async def settled(self) -> None:
        """The server has heard who is here, though some webhooks had to come again."""
        wanted = {user: tabs[-1].peer_id for user, tabs in self.here.items() if tabs}
        deadline = time.monotonic() + 2 * HANG
        while (seats := (await self.seen())["seats"]) != wanted:
            assert time.monotonic() < deadline, f"{self.room_id}: {seats} instead of {wanted}"
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """Until everybody has read all that was sent to them."""
        here = [tab for tabs in self.here.values() for tab in tabs]
        if here:
            await asyncio.to_thread(self.poker.sandbox.post_message, self.room_id, {"message": MARKER})
        await asyncio.gather(*(player.marked() for player in here), *(player.ended() for player in self.gone))
        await asyncio.gather(*(player.leave() for player in here))


def spaced(text: str) -> str:
    """Python writes a space behind a colon, and Node does not."""
    return text.replace('": ', '":').replace('":', '": ')


async def until(holds: Any, what: str) -> None:
    deadline = time.monotonic() + 2 * HANG
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.02)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", list(COMMANDS))
def test_nobody_receives_anothers_cards(language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line)

    say(f"\nPOKER_SEED={SEED} POKER_HANDS={HANDS} ({language})")

    with Poker(language, tmp_path) as poker:
        evening = Evening(poker)
        try:
            asyncio.run(evening.pass_by())
        finally:
            # First of all, whatever else went wrong.
            found = evening.wrongs()
            assert not found, f"{len(found)} wrongs, such as:\n" + "\n".join(found[:10])
    peers = [peer for table in evening.tables for peer in table.peers]
    private = sum(is_private for peer in peers for is_private, _ in peer.received)
    say(
        f"{evening.played} hands, {len(peers)} peers, {private} private messages; "
        f"the server died {evening.died} times, and heard {evening.replayed} webhooks once more"
    )
    # Nothing could have leaked if nothing had happened.
    assert evening.played >= HANDS and private > 2 * HANDS and evening.died == DEATHS and evening.replayed

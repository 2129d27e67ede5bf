"""Plays three hands of poker: the example's server, webhooks from the sandbox, and four real peers.

Prints what each player received. Exits with 0 only if no player received another's cards. `LANGUAGE=node` selects the
Node server.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from harness.poker import COMMANDS, HANG, MARKER, Player, Poker
from poker.privacy import missing_cards, violations

ROOM = "poker-night"


class Game:
    """The peers of one room, and the calls to the server."""

    def __init__(self, poker: Poker) -> None:
        self.poker = poker
        self.tabs: dict[str, list[Player]] = {}

    async def sit(self, user_id: str, role: str = "player") -> Player:
        player = await Player(user_id, role).sit(self.poker.sandbox, ROOM)
        self.tabs.setdefault(user_id, []).append(player)
        return player

    async def call(self, method: str, what: str = "", body: object = None) -> dict:
        status, answer = await asyncio.to_thread(self.poker.call, method, f"/rooms/{ROOM}{what}", body)
        assert status == 200, answer
        return answer

    async def seated(self, **peers: Player) -> None:
        """Waits until the server has got the webhooks of these peers."""
        wanted = {user_id: player.peer_id for user_id, player in peers.items()}
        until = time.monotonic() + HANG
        while (await self.call("GET"))["seats"] != wanted:
            assert time.monotonic() < until, "the server did not get the webhooks"
            await asyncio.sleep(0.02)

    async def play(self) -> None:
        alice, bob, carol, dave = [await self.sit(name) for name in ("alice", "bob", "carol", "dave")]
        await self.sit("sam", "spectator")
        await self.seated(alice=alice, bob=bob, carol=carol, dave=dave)

        print("Hand 1: alice, bob, carol and dave play, sam watches. alice bets 20, bob 30.")
        await self.call("POST", "/hands")
        await self.call("POST", "/bets", {"user_id": "alice", "amount": 20})
        await self.call("POST", "/bets", {"user_id": "bob", "amount": 30})
        await self.call("POST", "/showdown")

        print("Hand 2: bob's connection breaks, and he rejoins with another peer id. carol leaves: she has folded.")
        await self.call("POST", "/hands")
        bob.drop()
        bob = await self.sit("bob")
        await carol.leave()
        await self.seated(alice=alice, bob=bob, dave=dave)
        await self.call("POST", "/bets", {"user_id": "bob", "amount": 10})
        await self.call("POST", "/showdown")

        print("Hand 3: the server is killed after the cards were dealt. dave opens a second tab meanwhile.")
        await self.call("POST", "/hands")
        await asyncio.to_thread(self.poker.server.stop, signal.SIGKILL)
        tab = await self.sit("dave")
        await asyncio.to_thread(self.poker.server.start)
        await self.seated(alice=alice, bob=bob, dave=tab)
        await self.call("POST", "/bets", {"user_id": "dave", "amount": 50})
        await self.call("POST", "/showdown")
        # A peer that has read the marker has read all earlier messages.
        await asyncio.to_thread(self.poker.sandbox.post_message, ROOM, {"message": MARKER})
        here = [alice, bob, dave, tab, *self.tabs["sam"]]
        await asyncio.gather(*(player.wait_for_marker() for player in here))

    def show(self) -> None:
        for user_id, tabs in self.tabs.items():
            for number, player in enumerate(tabs, 1):
                title = f"{user_id} ({player.role})" + (f", as peer {number} of {len(tabs)}" if len(tabs) > 1 else "")
                print(f"\n{title}, {player.peer_id}")
                for private, text in player.received:
                    print(f"  {'private' if private else 'all    '}  {summary(json.loads(text))}")


def summary(message: dict) -> str:
    if "players" not in message:
        return f"hand {message['hand']}: {message['player']} has {' '.join(message['cards'])}, bet {message['bet']}"
    players = ", ".join(
        f"{name} {' '.join(player['cards'])} ({player['is']})" for name, player in message["players"].items()
    )
    verb = "wins" if len(message["winners"]) == 1 else "share"
    return f"hand {message['hand']}: {' and '.join(message['winners'])} {verb} {message['pot']}: {players}"


async def main() -> int:
    language = os.environ.get("LANGUAGE") or "python"
    if language not in COMMANDS:
        print(f"LANGUAGE is {language!r}; there is a server in {' and in '.join(COMMANDS)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, Poker(language, Path(folder)) as poker:
        print(f"A table on the sandbox at {poker.sandbox.url}, its server ({language}) at {poker.url}\n")
        game = Game(poker)
        await game.play()
        game.show()
        everyone = [player for tabs in game.tabs.values() for player in tabs]
        found = violations(everyone) + missing_cards(everyone)
        for player in everyone:
            await player.leave()
        await game.seated()
    fine = "Every player received their own cards, and no other player's before the showdown."
    print("\n" + "\n".join(found or [fine]))
    return 1 if found else 0


if __name__ == "__main__":
    # On SIGTERM, the context managers stop the processes that were started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(asyncio.run(main()))

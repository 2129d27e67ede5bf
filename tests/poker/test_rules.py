"""The rules, the same in both languages: the ranks of hands, and dealing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.poker import EXAMPLE

PROGRAMS = {
    "python": [
        sys.executable,
        "-c",
        "import game, json, sys\n"
        "hands = json.load(sys.stdin)\n"
        "print(json.dumps([[game.name(cards) for cards in table] for table in hands]))\n"
        "print(json.dumps([game.winners(dict(zip('abc', table))) for table in hands]))\n"
        "print(json.dumps([game.deal([str(n) for n in range(game.MOST_PLAYERS)]) for _ in range(50)]))\n",
    ],
    "node": [
        "node",
        "--input-type=module",
        "-e",
        "import * as game from './game.js'\n"
        "import { readFileSync } from 'node:fs'\n"
        "const hands = JSON.parse(readFileSync(0, 'utf8'))\n"
        "console.log(JSON.stringify(hands.map((table) => table.map(game.name))))\n"
        "const named = (table) => Object.fromEntries(table.map((cards, at) => ['abc'[at], cards]))\n"
        "console.log(JSON.stringify(hands.map((table) => game.winners(named(table)))))\n"
        "const players = Array.from({ length: game.MOST_PLAYERS }, (_, at) => String(at))\n"
        "console.log(JSON.stringify(Array.from({ length: 50 }, () => game.deal(players))))\n",
    ],
}
# The hands of a, b, c; their ranks; the winners.
CASES = [
    ("2♠ 3♠ 4♠ 5♠ 7♥ | 2♥ 3♥ 4♥ 5♣ 8♥", ["high card", "high card"], "b"),
    ("A♠ Q♠ 4♠ 5♠ 7♥ | K♥ Q♥ J♥ T♣ 8♥", ["high card", "high card"], "a"),
    ("2♠ 2♥ 4♠ 5♠ 7♥ | A♥ K♥ Q♥ J♣ 9♥", ["pair", "high card"], "a"),
    ("9♠ 9♥ 4♠ 5♠ 7♥ | 9♦ 9♣ 8♥ 3♣ 2♥", ["pair", "pair"], "b"),
    ("9♠ 9♥ 4♠ 5♠ 7♥ | 9♦ 9♣ 4♥ 5♣ 7♦", ["pair", "pair"], "ab"),
    ("3♠ 3♥ 2♠ 2♦ 7♥ | A♦ A♣ K♥ Q♣ J♦", ["two pairs", "pair"], "a"),
    ("T♠ T♥ 9♠ 9♦ 2♥ | T♦ T♣ 3♥ 3♣ A♦", ["two pairs", "two pairs"], "a"),
    ("2♠ 2♥ 2♦ 9♦ 7♥ | A♦ A♣ K♥ K♣ J♦", ["three of a kind", "two pairs"], "a"),
    ("A♠ 2♥ 3♦ 4♦ 5♥ | 2♦ 2♣ 2♥ K♣ J♦", ["straight", "three of a kind"], "a"),
    ("A♠ 2♥ 3♦ 4♦ 5♥ | 2♦ 3♣ 4♥ 5♣ 6♦", ["straight", "straight"], "b"),
    ("A♠ K♥ Q♦ J♦ T♥ | 9♦ K♣ Q♥ J♣ T♦", ["straight", "straight"], "a"),
    ("K♠ A♥ 2♦ 3♦ 4♥ | 2♣ 2♥ 5♦ 6♦ 8♥", ["high card", "pair"], "b"),
    ("2♠ 4♠ 6♠ 8♠ T♠ | A♠ K♥ Q♦ J♦ T♥", ["flush", "straight"], "a"),
    ("2♠ 2♥ 2♦ 3♦ 3♥ | A♠ K♠ Q♠ J♠ 9♠", ["full house", "flush"], "a"),
    ("2♠ 2♥ 2♦ A♦ A♥ | 3♠ 3♥ 3♦ 4♠ 4♥", ["full house", "full house"], "b"),
    ("2♠ 2♥ 2♦ 2♣ 3♥ | A♠ A♥ A♦ K♠ K♥", ["four of a kind", "full house"], "a"),
    ("A♠ 2♠ 3♠ 4♠ 5♠ | K♠ K♥ K♦ K♣ Q♥", ["straight flush", "four of a kind"], "a"),
    ("T♠ J♠ Q♠ K♠ A♠ | A♥ 2♥ 3♥ 4♥ 5♥ | T♦ J♦ Q♦ K♦ A♦", ["straight flush"] * 3, "ac"),
]


def evaluate(language: str, hands: list[list[list[str]]]) -> list:
    options = {"cwd": EXAMPLE / language, "input": json.dumps(hands), "timeout": 60}
    done = subprocess.run(PROGRAMS[language], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("language", list(PROGRAMS))
def test_the_rules(language: str) -> None:
    names, winners, deals = evaluate(language, [[cards.split() for cards in table.split("|")] for table, _, _ in CASES])
    assert [(is_, sorted(wins)) for is_, wins in zip(names, winners)] == [(is_, list(wins)) for _, is_, wins in CASES]
    for dealt in deals:
        cards = [card for hand in dealt.values() for card in hand]
        assert len(cards) == len(set(cards)) == 50 and all(len(hand) == 5 for hand in dealt.values())
    # Random: deals differ, and every card is dealt at some time.
    assert len({json.dumps(dealt) for dealt in deals}) == len(deals)
    assert len({card for dealt in deals for hand in dealt.values() for card in hand}) == 52


@pytest.mark.parametrize("language", list(PROGRAMS))
def test_no_players_no_winners(language: str) -> None:
    names, winners, _ = evaluate(language, [[]])
    assert (names, winners) == ([[]], [[]])

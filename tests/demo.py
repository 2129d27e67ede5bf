"""Sends from every language to a room of real peers on the sandbox, and shows which peers received each message.

Exits with 0 only if every message reached exactly the peers that it was addressed to.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any

from harness import tokens
from harness.drivers import DRIVERS, Driver
from harness.peers import CAST, Room
from harness.sandbox import Sandbox

LANGUAGES = {"rust": "Rust", "python": "Python", "node": "Node", "c": "C"}
COLOURS = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


@dataclass(frozen=True)
class Send:
    """One send, and the peers that it is addressed to."""

    to: str
    # As in the cases: text, or an object that says the format.
    message: Any
    options: dict[str, str]
    audience: tuple[str, ...]
    # The text and the type that the peers receive.
    text: str
    type: str | None


def event(name: str, payload: Any) -> dict[str, Any]:
    return {"$event": {"name": name, "payload": payload}}


REACTION = '{"type":"EMOJI_REACTION","emojiId":"tada","senderId":"server"}'
SENDS = (
    Send("one peer: alice", event("deal", ["A♠", "K♠"]), {"peer_id": "alice"}, ("alice",), '["A♠","K♠"]', "deal"),
    Send(
        "role: player",
        {"$chat": "place your bets"},
        {"role": "player"},
        ("alice", "bob", "carol"),
        "place your bets",
        "chat",
    ),
    Send(
        "both: bob, role dealer",
        event("deal", ["7♦", "2♣"]),
        {"peer_id": "bob", "role": "dealer"},
        ("bob",),
        '["7♦","2♣"]',
        "deal",
    ),
    Send("everyone", "showdown: alice wins", {}, tuple(CAST), "showdown: alice wins", None),
    Send("everyone", {"$reaction": {"emoji_id": "tada"}}, {}, tuple(CAST), REACTION, "EMOJI_REACTION"),
)


def perform(driver: Driver, room: Room, send: Send, base_url: str) -> tuple[list[str], str]:
    """Sends from one language. Returns the peers that received a message, and any other problem."""
    options = dict(send.options)
    if "peer_id" in options:
        options["peer_id"] = room.peers[options["peer_id"]].peer_id
    client: dict[str, Any] = {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": base_url}
    call = {"method": "send_message", "room_id": room.room_id, "message": send.message, "options": options}
    run = driver.run(client, [call], {})
    if run.exit_code != 0:
        return [], f"the driver failed: {run.err.strip()[-300:]}"
    line = run.lines()[-1]
    if "send_result" not in line:
        return [], line["error"]["text"]
    received = room.received()
    heard = {name: [(one["message"], one["type"]) for one in seen] for name, seen in received.items() if seen}
    wrong = [name for name, seen in heard.items() if seen != [(send.text, send.type)]]
    return list(heard), f"another text or type reached {wrong}" if wrong else ""


def main() -> int:
    names = list(CAST)
    failures = 0
    with Sandbox() as sandbox, Room(sandbox) as room:
        print(f"\nSandbox at {sandbox.url}, room {room.room_id}. Peers, over WebSocket:")
        print("  " + ", ".join(f"{name} ({role})" for name, role in CAST.items()) + "\n")
        head = f"{'from':8}{'sent to':24}{'type':16}{'message':22}" + "".join(f"{name:^11}" for name in names)
        print(paint("1", head))
        print("─" * len(head))
        for language, title in LANGUAGES.items():
            for number, send in enumerate(SENDS):
                received, problem = perform(DRIVERS[language], room, send, sandbox.base_url)
                cells = ""
                for name in names:
                    got, wanted = name in received, name in send.audience
                    mark = {(True, True): "●", (False, False): "·"}.get((got, wanted), "LEAK" if got else "MISSING")
                    colour = {"●": "32", "·": "2"}.get(mark, "31;1")
                    cells += paint(colour, f"{mark:^11}")
                right = sorted(received) == sorted(send.audience) and not problem
                failures += not right
                text = "tada" if send.text == REACTION else send.text
                verdict = paint("32", "✓") if right else paint("31;1", "✗")
                print(f"{title if number == 0 else '':8}{send.to:24}{send.type or '':16}{text:22}{cells} {verdict}")
                if problem:
                    print(paint("31", f"        {problem}"))
            print("─" * len(head))
    total = len(LANGUAGES) * len(SENDS)
    print("● received   · not received, and not addressed\n")
    if failures:
        print(paint("31;1", f"{failures} of {total} messages did not reach exactly their addressees."))
        return 1
    print(paint("32;1", f"All {total} messages reached exactly their addressees."))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The clients and the tables that are measured, as data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
BUILT = ROOT / "target" / "bench"
RELEASE = ROOT / "target" / "release"
RUST = str(BUILT / "release" / "roomcast-bench")


@dataclass(frozen=True)
class Client:
    key: str
    name: str
    language: str
    command: tuple[str, ...]
    # How it keeps many sends in flight; empty if it is only measured one after another.
    many: str = ""

    @property
    def ours(self) -> bool:
        return self.name.startswith("roomcast")


def rust(client: str) -> tuple[str, ...]:
    return (RUST, "send", "--client", client)


def python(client: str) -> tuple[str, ...]:
    return (sys.executable, str(BENCH / "python" / "send.py"), "--client", client)


def node(client: str) -> tuple[str, ...]:
    return ("node", str(BENCH / "node" / "send.mjs"), "--client", client)


THREADS = "one thread per send"
TASKS = "one task per send"
PROMISES = "one promise per send"
SEND_MANY = "one call for all, which takes one after another"

FLOOR = Client("floor", "the floor: a raw socket", "Rust", rust("floor"))
CLIENTS = (
    FLOOR,
    Client("rust", "roomcast", "Rust", rust("roomcast"), "`start_message`, each callback starts the next"),
    Client("c", "roomcast", "C", (str(BUILT / "bench-c"),), "`_async`, each callback starts the next"),
    Client("python", "roomcast `Client`", "Python", python("roomcast"), THREADS),
    Client("python-async", "roomcast `AsyncClient`", "Python", python("roomcast-async"), TASKS),
    Client("node", "roomcast", "Node", node("roomcast"), PROMISES),
    Client("rust-many", "roomcast `send_many`", "Rust", rust("roomcast-many"), SEND_MANY),
    Client("c-many", "roomcast `roomcast_send_many`", "C", (str(BUILT / "bench-c"), "--many"), SEND_MANY),
    Client("python-many", "roomcast `Client.send_many`", "Python", python("roomcast-many"), SEND_MANY),
    Client("node-many", "roomcast `sendMany`", "Node", node("roomcast-many"), SEND_MANY),
    Client("python-async-many", "roomcast `AsyncClient.send_many`", "Python", python("roomcast-async-many"), SEND_MANY),
    Client("rust-observed", "roomcast with an observer", "Rust", rust("roomcast-observed"), "as without"),
    Client("python-observed", "roomcast `Client` with `hooks`", "Python", python("roomcast-observed"), THREADS),
    Client("node-observed", "roomcast with a subscriber", "Node", node("roomcast-observed"), PROMISES),
    # Called from Rust, with negligible overhead.
    Client("libcurl", "libcurl", "C", rust("libcurl"), "a multi handle"),
    Client("reqwest", "reqwest", "Rust", rust("reqwest"), "its asynchronous client, one task per send"),
    Client("ureq", "ureq", "Rust", rust("ureq"), THREADS),
    Client("requests", "requests", "Python", python("requests"), THREADS),
    Client("httpx", "httpx `Client`", "Python", python("httpx"), THREADS),
    Client("httpx-async", "httpx `AsyncClient`", "Python", python("httpx-async"), TASKS),
    Client("aiohttp", "aiohttp", "Python", python("aiohttp"), TASKS),
    Client("pycurl", "pycurl", "Python", python("pycurl"), "one thread and handle per send"),
    Client("fetch", "fetch", "Node", node("fetch"), PROMISES),
    Client("undici", "undici `Pool`", "Node", node("undici"), PROMISES),
    Client("axios", "axios", "Node", node("axios"), PROMISES),
    Client("official", "@100mslive/server-sdk", "Node", node("official"), PROMISES),
)
BY_KEY = {client.key: client for client in CLIENTS}
# Those that send many messages in one call; each with the one that sends them singly.
BATCHES = {
    "rust-many": "rust",
    "c-many": "c",
    "python-many": "python",
    "python-async-many": "python-async",
    "node-many": "node",
}
# Those that somebody watches; each with the same one that nobody does.
OBSERVED = {"rust-observed": "rust", "python-observed": "python", "node-observed": "node"}
OURS = tuple(client.key for client in CLIENTS if client.ours and client.key not in {*BATCHES, *OBSERVED})
PEERS = tuple(client.key for client in CLIENTS if not client.ours and client is not FLOOR)

# The alternatives that each of roomcast's clients is compared with.
ALTERNATIVES = {
    "rust": ("libcurl", "reqwest", "ureq"),
    "c": ("libcurl",),
    "python": ("requests", "httpx", "pycurl"),
    "python-async": ("httpx-async", "aiohttp"),
    "node": ("fetch", "undici", "axios", "official"),
}

DELAY_MS = 50


@dataclass(frozen=True)
class Table:
    key: str
    clients: tuple[str, ...]
    in_flight: int
    # The limits of a run: the number of messages, and the duration in seconds.
    messages: int
    seconds: float
    rounds: int
    server: str = "plain"


def delayed(in_flight: int, seconds: float, rounds: int) -> Table:
    """A table with a delayed server. Runs consist of whole waves, so that the number in flight is constant."""
    messages = in_flight * round(seconds * 1000 / DELAY_MS)
    # Without the other clients that need one thread per send; the table `many` shows their cost.
    clients = (*OURS, "libcurl", "reqwest", "httpx-async", "aiohttp", "fetch", "undici", "axios", "official")
    return Table(f"delay-{in_flight}", clients, in_flight, messages, seconds + 1, rounds, "delayed")


# About 13 minutes in all.
TABLES = (
    Table("one", (*OURS, *PEERS), 1, 20_000, 0.5, 7),
    Table("many", (*OURS, *BATCHES, *OBSERVED, *PEERS), 64, 40_000, 0.6, 5),
    Table("million", tuple(BATCHES), 64, 1_000_000, 100, 1),
    delayed(1, 0.5, 1),
    delayed(64, 1.0, 3),
    delayed(256, 1.0, 3),
    delayed(1000, 1.5, 3),
    Table("tls", (*OURS, *PEERS), 1, 20_000, 0.5, 3, "tls"),
)

"""Real peers: they join over WebSocket with 100ms's signalling protocol and record the messages they receive."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import uuid
from collections.abc import Coroutine
from typing import Any, TypeVar
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect

from . import tokens
from .sandbox import Sandbox

# The peers of every case that has a room: name -> role.
CAST = {
    "dealer": "dealer",
    "alice": "player",
    "bob": "player",
    "carol": "player",
    "spectator": "spectator",
}
MARKER = "marker-of-the-runner"
# Seconds after which a wait fails.
HANG = 30
T = TypeVar("T")


def as_message(frame: dict) -> dict | None:
    """The message in a frame; None for other frames."""
    if frame.get("method") != "on-broadcast":
        return None
    params = frame["params"]
    return {
        "message": params["info"].get("message"),
        "type": params["info"].get("type"),
        "private": params.get("private"),
        "roles": params.get("roles"),
        "from": params.get("peer"),
    }


class Peer:
    """One peer in a room. Its user has the peer's name, unless it is named."""

    def __init__(self, name: str, role: str, user_id: str = "") -> None:
        self.name = name
        self.role = role
        self.user_id = user_id or name
        self.peer_id = str(uuid.uuid4())
        self._socket: ClientConnection | None = None

    async def join(self, sandbox: Sandbox, room_id: str, tls: ssl.SSLContext | None) -> None:
        token = tokens.peer(room_id, self.role, self.user_id)
        endpoint = await asyncio.to_thread(sandbox.init, self.peer_id, token, tls)
        address = f"{endpoint}?peer={self.peer_id}&token={quote(token)}&protocol_version=2.5"
        self._socket = await connect(address, open_timeout=HANG, proxy=None, ssl=tls, max_size=16 * 1024 * 1024)
        await self._until("on-policy-change")
        call = {"jsonrpc": "2.0", "id": "1", "method": "join", "params": {"name": self.name, "data": ""}}
        await self._socket.send(json.dumps(call))
        await self._until("peer-list")

    async def _next(self) -> dict:
        assert self._socket
        return json.loads(await asyncio.wait_for(self._socket.recv(), HANG))

    async def _until(self, method: str) -> None:
        while (await self._next()).get("method") != method:
            pass

    async def until_marker(self) -> list[dict]:
        """The messages that came before the marker."""
        received: list[dict] = []
        while True:
            message = as_message(await self._next())
            if message and message["message"] == MARKER:
                return received
            if message:
                received.append(message)

    async def leave(self) -> None:
        if self._socket:
            await self._socket.close()

    def drop(self) -> None:
        """Breaks the connection without a close frame."""
        assert self._socket
        self._socket.transport.abort()


class Room:
    """A new room with the peers of `cast`, a mapping from name to role, and those of `more`. A context manager."""

    def __init__(
        self,
        sandbox: Sandbox,
        tls: ssl.SSLContext | None = None,
        cast: dict[str, str] = CAST,
        room_id: str = "",
        more: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self._sandbox = sandbox
        self._tls = tls
        # The peers have an event loop on another thread, so that the caller's code can be synchronous.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.room_id = room_id or uuid.uuid4().hex[:24]
        self.peers = {name: Peer(name, role) for name, role in cast.items()}
        self.peers.update({name: Peer(name, one["role"], one["user_id"]) for name, one in (more or {}).items()})

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _each(self, works: list[Coroutine[Any, Any, T]]) -> list[T]:
        return await asyncio.gather(*works)

    def __enter__(self) -> Room:
        self._thread.start()
        self._run(self._each([peer.join(self._sandbox, self.room_id, self._tls) for peer in self.peers.values()]))
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._each([peer.leave() for peer in self.peers.values()]))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def received(self) -> dict[str, list[dict]]:
        """The messages that each peer received since the last call.

        Broadcasts a marker first. The sandbox delivers in order, so a peer that has the marker has all earlier
        messages. No fixed waiting time is needed.
        """
        self._sandbox.post_message(self.room_id, {"message": MARKER}, self._tls)
        received = self._run(self._each([peer.until_marker() for peer in self.peers.values()]))
        return dict(zip(self.peers, received))

"""Real peers: they join over WebSocket in 100ms's own signalling protocol and keep what they receive."""

from __future__ import annotations

import contextlib
import json
import ssl
import urllib.request
import uuid
from urllib.parse import quote

from websockets.sync.client import connect

from . import tokens
from .sandbox import Sandbox

# Who sits at the table in every case that has peers: name -> role.
CAST = {
    "dealer": "dealer",
    "alice": "player",
    "bob": "player",
    "carol": "player",
    "spectator": "spectator",
}
MARKER = "marker-of-the-runner"
HANG = 30


class Peer:
    """One peer in a room."""

    def __init__(self, sandbox: Sandbox, room_id: str, name: str, role: str, tls: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.role = role
        self.peer_id = str(uuid.uuid4())
        token = tokens.peer(room_id, role, name)
        request = urllib.request.Request(
            f"{sandbox.url}/init?peer_id={self.peer_id}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=HANG, context=tls) as answer:
            endpoint = json.load(answer)["endpoint"]
        address = f"{endpoint}?peer={self.peer_id}&token={quote(token)}&protocol_version=2.5"
        self._stack = contextlib.ExitStack()
        self._socket = self._stack.enter_context(
            connect(address, open_timeout=HANG, proxy=None, ssl=tls, max_size=16 * 1024 * 1024)
        )
        self._await("on-policy-change")
        call = {"jsonrpc": "2.0", "id": "1", "method": "join", "params": {"name": name, "data": ""}}
        self._socket.send(json.dumps(call))
        self._await("peer-list")

    def _next(self) -> dict:
        return json.loads(self._socket.recv(timeout=HANG))

    def _await(self, method: str) -> None:
        while self._next().get("method") != method:
            pass

    def until_marker(self) -> list[dict]:
        """The messages that came before the marker."""
        received: list[dict] = []
        while True:
            frame = self._next()
            if frame.get("method") != "on-broadcast":
                continue
            params = frame["params"]
            if params["info"].get("message") == MARKER:
                return received
            received.append(
                {
                    "message": params["info"].get("message"),
                    "type": params["info"].get("type"),
                    "private": params.get("private"),
                    "roles": params.get("roles"),
                    "from": params.get("peer"),
                }
            )

    def leave(self) -> None:
        self._stack.close()


class Room:
    """A room of its own with the whole cast in it. Use it with `with`."""

    def __init__(self, sandbox: Sandbox, tls: ssl.SSLContext | None = None) -> None:
        self._sandbox = sandbox
        self._tls = tls
        self.room_id = uuid.uuid4().hex[:24]
        self.peers: dict[str, Peer] = {}

    def __enter__(self) -> Room:
        for name, role in CAST.items():
            self.peers[name] = Peer(self._sandbox, self.room_id, name, role, self._tls)
        return self

    def __exit__(self, *_: object) -> None:
        for peer in self.peers.values():
            peer.leave()

    def received(self) -> dict[str, list[dict]]:
        """What each peer received since the last time.

        A broadcast of our own goes out last. The sandbox queues in order, so whoever has it has had everything
        before it: no waiting, and no guessing how long.
        """
        self._sandbox.post_message(self.room_id, {"message": MARKER}, self._tls)
        return {name: peer.until_marker() for name, peer in self.peers.items()}

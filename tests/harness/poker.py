"""The poker example as it is deployed: its server, webhooks from the sandbox, and real peers as players."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from websockets.exceptions import ConnectionClosed

from . import paths, tokens
from .peers import HANG, MARKER, Peer, as_message
from .relay import Relay
from .sandbox import Sandbox

EXAMPLE = paths.ROOT / "examples" / "poker"
COMMANDS = {"python": [sys.executable, "app.py"], "node": ["node", "app.js"]}
WEBHOOK_SECRET = "the-webhook-secret-5d1f0c"
OWNER_KEY = "the-owners-key-92b7aa"


class Server:
    """The example's server. It can be killed and restarted; its address stays the same."""

    def __init__(self, language: str, base_url: str, state: Path, proxy: Relay) -> None:
        self._language = language
        self._proxy = proxy
        self._environment = {
            **os.environ,
            "HMS_BASE_URL": base_url,
            "HMS_ACCESS_KEY": tokens.ACCESS_KEY,
            "HMS_SECRET": tokens.SECRET,
            "POKER_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "POKER_KEY": OWNER_KEY,
            "POKER_STATE": str(state),
            "PORT": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._process: subprocess.Popen[str] | None = None
        self.output: list[str] = []

    def start(self) -> None:
        self._process = subprocess.Popen(
            COMMANDS[self._language],
            cwd=EXAMPLE / self._language,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout
        for line in self._process.stdout:
            self.output.append(line)
            if found := re.search(r"http://(127\.0\.0\.1:\d+)", line):
                self._proxy.target = found[1]
                threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()
                return
        raise RuntimeError(f"the server did not start: {''.join(self.output)}")

    def _listen(self, stdout: IO[str]) -> None:
        with stdout:
            self.output.extend(stdout)

    def stop(self, signal_number: signal.Signals = signal.SIGTERM) -> None:
        self._proxy.target = None
        if self._process:
            self._process.send_signal(signal_number)
            try:
                self._process.wait(timeout=HANG)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise


class Poker:
    """A sandbox, the example's server, and a proxy between them. A context manager."""

    def __init__(self, language: str, state: Path) -> None:
        self._state = state
        self.proxy = Relay()
        self.webhooks = self.proxy.record()
        self.url = f"http://127.0.0.1:{self.proxy.port}"
        self.sandbox = Sandbox(
            *("--webhook-url", f"{self.url}/webhooks/100ms"),
            *("--webhook-header", f"X-Webhook-Secret: {WEBHOOK_SECRET}"),
            *("--drop-after-seconds", "0"),
        )
        self.server = Server(language, self.sandbox.base_url, state, self.proxy)

    def __enter__(self) -> Poker:
        try:
            self.server.start()
        except BaseException:
            self.sandbox.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(self.proxy.close)
            stack.callback(self.server.stop)
            stack.callback(self.sandbox.stop)

    def stored_files(self) -> dict[str, bytes]:
        """The contents of the server's state files."""
        return {path.name: path.read_bytes() for path in self._state.iterdir()}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A request with the owner's key."""
        headers = {"Authorization": f"Bearer {OWNER_KEY}", "Content-Type": "application/json"}
        return self.request(method, path, headers, b"" if body is None else json.dumps(body).encode())

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        data = None if method == "GET" else body
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers, method=method)
        try:
            with opener.open(request, timeout=HANG) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)


# Without proxies of the environment: one would answer for a server that is down.
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Player(Peer):
    """A peer that records all messages since it joined: (whether it is private, its text)."""

    def __init__(self, user_id: str, role: str = "player") -> None:
        super().__init__(user_id, role)
        self.received: list[tuple[bool, str]] = []
        self._marker_seen = asyncio.Event()

    async def sit(self, sandbox: Sandbox, room_id: str) -> Player:
        await self.join(sandbox, room_id, None)
        self._reading = asyncio.create_task(self._read())
        return self

    async def _read(self) -> None:
        assert self._socket
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._socket:
                message = as_message(json.loads(frame))
                if message and message["message"] == MARKER:
                    self._marker_seen.set()
                elif message:
                    self.received.append((message["private"], message["message"]))

    async def wait_for_marker(self) -> None:
        """Waits until all messages before the marker have been read."""
        await asyncio.wait_for(self._marker_seen.wait(), HANG)

    async def wait_until_closed(self) -> None:
        await asyncio.wait_for(self._reading, HANG)

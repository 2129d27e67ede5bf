"""A server that answers as a case tells it to, and keeps each request that it read whole."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any

from .relay import Request, parse


class ScriptedServer:
    """Takes one step of the script for each request (or for each connection, where the step concerns that).

    Steps:
      {"status": 503, "headers": {...}, "body": "..."}   an answer; Content-Length is added
      {"raw": "..."}                                     these bytes as the answer, then the connection is closed
      {"silence": true}                                  reads the request and says nothing
      {"fin": true} / {"reset": true}                    reads the request and closes, or resets
      {"refuse": true}                                   resets the connection before it reads anything
      {"say": "..."}                                     says this before it reads anything, then reads to the end
    The last step serves for all that follows.
    """

    def __init__(self, script: list[dict[str, Any]]) -> None:
        self._script = script
        self._taken = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"{self.url}/v2"

    def _step(self, *, at_connect: bool) -> dict[str, Any] | None:
        """The next step, if it is one for this moment."""
        with self._lock:
            step = self._script[min(self._taken, len(self._script) - 1)]
            if at_connect != ("refuse" in step or "say" in step):
                return None
            self._taken += 1
            return step

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if step := self._step(at_connect=True):
                if "say" in step:
                    connection.sendall(step["say"].encode("latin-1"))
                    while connection.recv(65536):
                        pass
                    connection.close()
                else:
                    reset(connection)
                return
            while (request := read_request(connection)) is not None:
                self.requests.append(request)
                step = self._step(at_connect=False) or {}
                if not self._answer(connection, step):
                    return
        except OSError:
            pass

    def _answer(self, connection: socket.socket, step: dict[str, Any]) -> bool:
        """Does a step; says whether the connection goes on."""
        if "silence" in step:
            return True
        if "fin" in step:
            connection.close()
            return False
        if "reset" in step:
            reset(connection)
            return False
        if "raw" in step:
            connection.sendall(step["raw"].encode("latin-1"))
            connection.close()
            return False
        body = step.get("body", "").encode()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **step.get("headers", {}),
        }
        head = [f"HTTP/1.1 {step['status']} Whatever"] + [f"{name}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return True

    def close(self) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_request(connection: socket.socket) -> Request | None:
    """One whole request, or None if the client went before it was whole."""
    stream = b""
    while not (requests := parse(stream)):
        chunk = connection.recv(65536)
        if not chunk:
            return None
        stream += chunk
    return requests[0]


def reset(connection: socket.socket) -> None:
    """Closes with a RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

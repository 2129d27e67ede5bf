"""A small server whose behaviour is selected by the room id. It numbers its responses and records them, so that each
response that a program received can be compared with its request."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

import trustme

# Longer than any test runs.
HANG = 120

ERRORS = {
    "400": (400, {"code": 400, "message": "bad thing", "details": ["one", "two"]}, {}),
    "401": (401, {"code": 401, "message": "who are you"}, {}),
    "403": (403, {"code": 403, "message": "you may not"}, {}),
    "404": (404, {"code": 404, "message": "active session not found"}, {}),
    "429": (429, {"code": 429, "message": "slow down"}, {"Retry-After": "600"}),
    "500": (500, {"code": -7, "message": "oh"}, {}),
}


@dataclass(frozen=True)
class Answered:
    """A request that got a response, and its connection."""

    connection: int
    room: str
    body: dict
    answer: str


class Server:
    """Responds "answer N" in every room except these:

    400 401 403 404 429 500   that error
    hang                no response until the test ends
    while-hanging       responds once a request to `hang` was read
    held                responds once `let-go` received a message; likewise held-2 and let-go-2, held-3 and let-go-3
    let-go              responds immediately
    no-reading          reads only the head of a request, until `over` received a message
    while-not-reading   responds once a request to `no-reading` arrived
    garbage             a response that is not HTTP
    hang-up             closes the connection without a response
    reset               resets the connection without a response
    closing             responds, then resets the connection
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._listener = socket.socket()
        # A small buffer, so that a large message does not fit into it while the server does not read.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        scheme = "https" if tls else "http"
        self.base_url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v2"
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.answered: list[Answered] = []
        # How many messages to `held` have arrived.
        self.waiting = 0
        # The size of what arrived of each message to `no-reading`.
        self.unread: list[int] = []
        names = ("hanging", "let-go", "let-go-2", "let-go-3", "not-reading", "over", "closed")
        self.events = {name: threading.Event() for name in names}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        for connection in itertools.count():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted, connection), daemon=True).start()

    def _serve(self, accepted: socket.socket, connection: int) -> None:
        accepted.settimeout(HANG)
        with contextlib.suppress(OSError), accepted:
            stream = self._tls.wrap_socket(accepted, server_side=True) if self._tls else accepted
            with stream:
                while self._handle(stream, connection):
                    pass

    def _handle(self, stream: socket.socket, connection: int) -> bool:
        """Handles one request; returns whether the connection stays open."""
        buffered = b""
        while b"\r\n\r\n" not in buffered:
            chunk = stream.recv(4096)
            if not chunk:
                return False
            buffered += chunk
        head, _, body = buffered.partition(b"\r\n\r\n")
        room = head.split(b" ")[1].split(b"/")[-2].decode()
        length = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))[15:])
        if room == "no-reading":
            return self._do_not_read(stream, len(body))
        while len(body) < length:
            body += stream.recv(65536)
        return self._answer(stream, connection, room, json.loads(body))

    def _do_not_read(self, stream: socket.socket, size: int) -> bool:
        self.events["not-reading"].set()
        self.events["over"].wait(HANG)
        with contextlib.suppress(OSError):
            while chunk := stream.recv(65536):
                size += len(chunk)
        self.unread.append(size)
        return False

    def _answer(self, stream: socket.socket, connection: int, room: str, body: dict) -> bool:
        if room == "hang":
            self.events["hanging"].set()
            self.events["closed"].wait(HANG)
            return False
        if room == "while-hanging":
            assert self.events["hanging"].wait(HANG)
        elif room.startswith("held"):
            with self._lock:
                self.waiting += 1
            assert self.events[f"let-go{room[4:]}"].wait(HANG)
        elif room == "while-not-reading":
            assert self.events["not-reading"].wait(HANG)
        elif room in self.events:
            self.events[room].set()
        elif room == "hang-up":
            return False
        elif room == "reset":
            return self._reset(stream)
        elif room == "garbage":
            stream.sendall(b"SSH-2.0-garbage\r\n\r\n")
            return False
        status, content, headers = ERRORS.get(room, (200, None, {}))
        if content is None:
            with self._lock:
                text = f"answer {next(self._numbers)}"
                self.answered.append(Answered(connection, room, body, text))
            content = {"message": text}
        encoded = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(encoded)), **headers}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + encoded)
        return self._reset(stream) if room == "closing" else True

    def _reset(self, stream: socket.socket) -> bool:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def close(self) -> None:
        for event in self.events.values():
            event.set()
        # Wakes the thread in accept(), which close() alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Authority:
    """A temporary certificate authority, and a certificate for loopback."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(self.context)

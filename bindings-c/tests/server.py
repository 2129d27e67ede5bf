"""A small server whose rooms are its ways to behave. It numbers its answers and keeps what it answered, so that each
answer that a program got can be compared with what was asked."""

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

# What no test waits for.
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
    """One request that was answered, and on which connection."""

    connection: int
    room: str
    body: dict
    answer: str


class Server:
    """Answers "answer N" in every room but these:

    400 401 403 404 429 500   that error
    hang          no answer, until the test is over
    while-hanging answers once a request hangs
    held          answers once the room `let-go` had a message
    let-go        answers at once
    no-reading    reads a request's head and no more, until the room `over` has had a message
    while-not-reading   answers once a request is not read
    garbage       an answer that is not HTTP
    hang-up       closes the connection
    reset         resets it
    closing       answers, then resets the connection without a word
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._listener = socket.socket()
        # So that a large message does not fit into what the system holds for a reader that does not read.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        scheme = "https" if tls else "http"
        self.base_url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v2"
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.answered: list[Answered] = []
        # How much arrived of each message that was not read.
        self.unread: list[int] = []
        self.events = {name: threading.Event() for name in ("hanging", "let-go", "not-reading", "over", "closed")}
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
                while self._one(stream, connection):
                    pass

    def _one(self, stream: socket.socket, connection: int) -> bool:
        """One request; says whether another may follow."""
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

    def _do_not_read(self, stream: socket.socket, got: int) -> bool:
        self.events["not-reading"].set()
        self.events["over"].wait(HANG)
        with contextlib.suppress(OSError):
            while chunk := stream.recv(65536):
                got += len(chunk)
        self.unread.append(got)
        return False

    def _answer(self, stream: socket.socket, connection: int, room: str, body: dict) -> bool:
        if room == "hang":
            self.events["hanging"].set()
            self.events["closed"].wait(HANG)
            return False
        if room == "while-hanging":
            assert self.events["hanging"].wait(HANG)
        elif room == "held":
            assert self.events["let-go"].wait(HANG)
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
        status, said, headers = ERRORS.get(room, (200, None, {}))
        if said is None:
            with self._lock:
                words = f"answer {next(self._numbers)}"
                self.answered.append(Answered(connection, room, body, words))
            said = {"message": words}
        content = json.dumps(said).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
        lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
        stream.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        return self._reset(stream) if room == "closing" else True

    def _reset(self, stream: socket.socket) -> bool:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def close(self) -> None:
        for event in self.events.values():
            event.set()
        # Wakes the thread that accepts, which closing alone does not.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Authority:
    """A throw-away authority, and a certificate for this machine."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(self.context)

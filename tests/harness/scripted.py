"""A server that follows a script, valid HTTP or not, and records each request that it read whole."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from typing import Any

from .relay import Request, parse

# Seconds after which any action ends.
HANG = 60


class Disconnected(Exception):
    """The client has closed the connection."""


class Channel:
    """A connection, plain or TLS. TLS is separate from the socket, so that its records can be sent byte by byte."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        raw.settimeout(HANG)
        self._tls: ssl.SSLObject | None = None
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()

    def _receive(self) -> bytes:
        try:
            chunk = self.raw.recv(65536)
        except OSError as error:
            raise Disconnected from error
        if not chunk:
            raise Disconnected
        return chunk

    def _send(self, data: bytes, every: float | None) -> None:
        try:
            if every is None:
                self.raw.sendall(data)
                return
            for byte in data:
                self.raw.sendall(bytes([byte]))
                time.sleep(every)
        except OSError as error:
            raise Disconnected from error

    def handshake(self, context: ssl.SSLContext, every: float | None) -> None:
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._send(self._outgoing.read(), every)
                self._incoming.write(self._receive())
            except ssl.SSLError as error:
                # Such as an alert of a client that does not trust the certificate; or one of this server's, to be sent.
                self._send(self._outgoing.read(), every)
                raise Disconnected from error
        self._send(self._outgoing.read(), every)
        self._tls = tls

    def read(self) -> bytes:
        if self._tls is None:
            return self._receive()
        while True:
            try:
                chunk = self._tls.read(65536)
            except ssl.SSLWantReadError:
                self._incoming.write(self._receive())
                continue
            except ssl.SSLError as error:
                raise Disconnected from error
            if not chunk:
                raise Disconnected
            return chunk

    def write(self, data: bytes, every: float | None = None) -> None:
        """Writes; with `every`, one byte per `every` seconds. With TLS, a short text is one record."""
        if self._tls is not None:
            self._tls.write(data)
            data = self._outgoing.read()
        self._send(data, every)

    def fin(self) -> None:
        with contextlib.suppress(OSError):
            self.raw.shutdown(socket.SHUT_RDWR)
        self.raw.close()

    def rst(self) -> None:
        with contextlib.suppress(OSError):
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()


class ScriptedServer:
    """Executes the steps of the script in order; the last one is repeated.

    A step is a response to one request:
      {"status": 503, "headers": {...}, "body": "..."}   Content-Length is added
      {"raw": "..."}                                     these bytes, then the connection is closed
      {"silence": true}                                  nothing
      {"fin": true}, {"reset": true}                     closes, resets
    or a list of actions on a new connection, which is closed after the last:
      {"connection": [action, …]}
    with actions
      ["tls"], ["tls", every]       TLS handshake; one byte per `every` seconds
      ["read"]                      reads a whole request, and records it
      ["read-head"]                 reads at least the head of a request
      ["write", text]               writes a text
      ["drip", text, every]         writes a text, one byte per `every` seconds
      ["repeat", text, times]       writes a text several times
      ["endless", text]             writes a text until the client disconnects
      ["pause", seconds]
      ["fin"], ["reset"]
      ["refuse"]                    the last request counts as not accepted: a refusal follows
      ["until-closed"]              reads until the client disconnects
      ["answer", step]              responds with a step
      ["serve"]                     continues with the script's steps for requests, on this connection
    """

    def __init__(
        self,
        script: list[dict[str, Any]],
        tls: ssl.SSLContext | None = None,
        *,
        late: float | None = None,
        cycle: bool = False,
        segment: int | None = None,
    ) -> None:
        self._script = script
        self._tls = tls
        # With `cycle`, the script restarts after its last step.
        self._cycle = cycle
        # With `late`, connections are refused until so many seconds after `client_is_ready`.
        self._late = late
        self._client_is_ready = threading.Event()
        self._steps_taken = 0
        self._lock = threading.Lock()
        self._listener = socket.socket()
        if segment is not None:
            # As on a real network: over loopback's segments of 64 KiB, a client's buffer takes the longest message.
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if late is None:
            self._listener.listen(128)
        # Every request that was read whole.
        self.requests: list[Request] = []
        # The messages of those that were not refused; for a query, its request line.
        self.accepted: list[str] = []
        self.connections = 0
        self._open: list[Channel] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v2"

    @property
    def https_base_url(self) -> str:
        return f"https://localhost:{self.port}/v2"

    def client_is_ready(self) -> None:
        """Called when the client has been created and is about to send."""
        self._client_is_ready.set()

    def _step(self, *, at_connect: bool) -> dict[str, Any] | None:
        """The next step, if it applies now: a connection's step at connect, a request's step after a request."""
        with self._lock:
            last = len(self._script) - 1
            step = self._script[self._steps_taken % len(self._script) if self._cycle else min(self._steps_taken, last)]
            if at_connect != ("connection" in step):
                return None
            self._steps_taken += 1
            return step

    def _accept(self) -> None:
        if self._late is not None:
            self._client_is_ready.wait(HANG)
            time.sleep(self._late)
            self._listener.listen(128)
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            channel = Channel(raw)
            self._open.append(channel)
            threading.Thread(target=self._serve, args=(channel,), daemon=True).start()

    def _serve(self, channel: Channel) -> None:
        with contextlib.suppress(Disconnected, OSError):
            if self._tls and not any("connection" in step for step in self._script):
                channel.handshake(self._tls, None)
            if step := self._step(at_connect=True):
                for name, *details in step["connection"]:
                    self._act(channel, name, *details)
                channel.fin()
            else:
                self._requests(channel)

    def _requests(self, channel: Channel) -> None:
        while True:
            self._read(channel)
            step = self._step(at_connect=False)
            # The next step is for a new connection, so this one is closed.
            if step is None or not self._answer(channel, step):
                channel.fin()
                return

    def _read(self, channel: Channel) -> None:
        stream = b""
        while not (requests := parse(stream)):
            stream += channel.read()
        self.requests.append(requests[0])
        self.accepted.append(json.loads(requests[0].body)["message"] if requests[0].body else requests[0].line)

    def _answer(self, channel: Channel, step: dict[str, Any]) -> bool:
        """Responds to the last request; a refusal means that its message does not count as accepted."""
        status = step.get("status", 200)
        if 300 <= status < 500 and status != 408:
            self.accepted.pop()
        return answer(channel, step)

    def _act(self, channel: Channel, name: str, *details: Any) -> None:
        if name == "tls":
            assert self._tls, "a case with TLS needs the server `scripted-tls`"
            channel.handshake(self._tls, details[0] if details else None)
        elif name == "read":
            self._read(channel)
        elif name == "read-head":
            stream = b""
            while b"\r\n\r\n" not in stream:
                stream += channel.read()
        elif name == "write":
            channel.write(details[0].encode("latin-1"))
        elif name == "drip":
            channel.write(details[0].encode("latin-1"), details[1])
        elif name == "repeat":
            channel.write(details[0].encode("latin-1") * details[1])
        elif name == "endless":
            chunk = details[0].encode("latin-1") * max(1, 65536 // len(details[0]))
            end = time.monotonic() + HANG
            while time.monotonic() < end:
                channel.write(chunk)
        elif name == "refuse":
            self.accepted.pop()
        elif name == "pause":
            time.sleep(details[0])
        elif name == "fin":
            channel.fin()
        elif name == "reset":
            channel.rst()
        elif name == "until-closed":
            while True:
                channel.read()
        elif name == "answer":
            self._answer(channel, details[0])
        elif name == "serve":
            self._requests(channel)
        else:
            raise AssertionError(f"unknown action {name}")

    def close(self) -> None:
        self._listener.close()
        for channel in self._open:
            channel.fin()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def answer(channel: Channel, step: dict[str, Any]) -> bool:
    """Responds to one request; returns whether the connection stays open."""
    if "silence" in step:
        return True
    if "fin" in step:
        return False
    if "reset" in step:
        channel.rst()
        return False
    if "raw" in step:
        channel.write(step["raw"].encode("latin-1"))
        return False
    body = step.get("body", "").encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **step.get("headers", {})}
    head = [f"HTTP/1.1 {step['status']} Whatever"] + [f"{name}: {value}" for name, value in headers.items()]
    channel.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return True


def closed_port() -> int:
    """A port on which no server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

"""A TCP proxy between a client and the sandbox, which records the client's bytes."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request as it was sent."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recording:
    """The bytes that clients wrote, by connection."""

    connections: list[bytearray] = field(default_factory=list)

    def requests(self) -> list[Request]:
        return [request for connection in self.connections for request in parse(bytes(connection))]


def parse(stream: bytes) -> list[Request]:
    """The complete requests in the bytes of one connection. Every body has a Content-Length."""
    requests = []
    while stream:
        head, separator, rest = stream.partition(b"\r\n\r\n")
        if not separator:
            break
        line, *fields = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for text in fields:
            name, _, value = text.partition(":")
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            break
        requests.append(Request(line, headers, rest[:length]))
        stream = rest[length:]
    return requests


class Relay:
    """Listens on a free port and forwards connections to `target`; without a target, it closes them."""

    def __init__(self, target: str | None = None) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._recording = Recording()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def record(self) -> Recording:
        """Starts a recording of the connections that are accepted from now on."""
        self._recording = Recording()
        return self._recording

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            recorded = bytearray()
            self._recording.connections.append(recorded)
            server = self._connect()
            if server is None:
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client, server, recorded), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket, recorded: bytearray) -> None:
        """Forwards both directions of one connection until both have ended."""
        with client, server:
            self._open |= {client, server}
            back = threading.Thread(target=self._pipe, args=(server, client, None), daemon=True)
            back.start()
            self._pipe(client, server, recorded)
            back.join()
            self._open -= {client, server}

    def _connect(self) -> socket.socket | None:
        if self.target is None:
            return None
        host, port = self.target.rsplit(":", 1)
        try:
            return socket.create_connection((host, int(port)))
        except OSError:
            return None

    def cut(self) -> None:
        """Resets every open connection."""
        for end in list(self._open):
            try:
                # With a linger time of 0, the close that follows sends RST.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def _pipe(source: socket.socket, sink: socket.socket, recorded: bytearray | None) -> None:
        try:
            while chunk := source.recv(65536):
                if recorded is not None:
                    recorded += chunk
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One side has closed; close the other too.
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self) -> None:
        self._listener.close()

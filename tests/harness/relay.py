"""Stands between a client and the sandbox, passes every byte on, and keeps the client's."""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass, field


@dataclass
class Request:
    """One request as it was on the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recording:
    """What a client wrote, connection by connection."""

    connections: list[bytearray] = field(default_factory=list)

    def requests(self) -> list[Request]:
        return [request for connection in self.connections for request in parse(bytes(connection))]


def parse(stream: bytes) -> list[Request]:
    """The whole requests in what one connection carried; the client sends no body without its length."""
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
    """Listens on a free port and passes everything on to one address; while there is none, it hangs up."""

    def __init__(self, target: str | None = None) -> None:
        self.target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._recording = Recording()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def record(self) -> Recording:
        """Begins a recording; connections made from now on go into it."""
        self._recording = Recording()
        return self._recording

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            kept = bytearray()
            self._recording.connections.append(kept)
            server = self._connect()
            if server is None:
                client.close()
                continue
            threading.Thread(target=self._serve, args=(client, server, kept), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket, kept: bytearray) -> None:
        """Both directions of one connection, until both have ended."""
        with client, server:
            self._open |= {client, server}
            back = threading.Thread(target=self._pipe, args=(server, client, None), daemon=True)
            back.start()
            self._pipe(client, server, kept)
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
        """Breaks every connection that is open, without a word to either side."""
        for end in list(self._open):
            try:
                # Nothing lingers: once both directions have ended and it is closed, the other side is reset.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def _pipe(source: socket.socket, sink: socket.socket, kept: bytearray | None) -> None:
        try:
            while chunk := source.recv(65536):
                if kept is not None:
                    kept += chunk
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            # One side went away; the other learns it.
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self) -> None:
        self._listener.close()

"""What a case talks to, and what can be seen there."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import trustme

from harness import tokens
from harness.peers import Room
from harness.relay import Relay, Request
from harness.sandbox import Sandbox
from harness.scripted import ScriptedServer, closed_port


@dataclass
class Server:
    """What a case sees of its server."""

    client: dict[str, Any]
    places: dict[str, Any] = field(default_factory=dict)
    # None where the wire cannot be read, since it is encrypted.
    requests: Callable[[], list[Request] | None] = lambda: None
    received: Callable[[], dict[str, list[dict]]] = dict


class Servers:
    """The servers of a test session: one sandbox in the clear, one with TLS; scripted ones as needed."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        cert, key = folder / "cert.pem", folder / "key.pem"
        certificate.private_key_pem.write_to_path(str(key))
        cert.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
        self.not_pem = folder / "not.pem"
        self.not_pem.write_text("This is not PEM.\n")
        self._plain = Sandbox()
        self._tls = Sandbox(tls_cert=cert, tls_key=key)
        self._relay = Relay(self._plain.host_and_port)
        # The peers of the encrypted sandbox trust its authority too.
        context = ssl.create_default_context()
        authority.configure_trust(context)
        self._tls_context = context

    def close(self) -> None:
        self._relay.close()
        self._plain.stop()
        self._tls.stop()

    @contextlib.contextmanager
    def open(self, wanted: Any) -> Iterator[Server]:
        """The server that a case asks for."""
        credentials = {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET}
        if wanted == "sandbox":
            with Room(self._plain) as room:
                recording = self._relay.record()
                base_url = f"http://127.0.0.1:{self._relay.port}/v2"
                yield Server(
                    {**credentials, "base_url": base_url},
                    room_places(room),
                    recording.requests,
                    room.received,
                )
        elif wanted == "sandbox-tls":
            with Room(self._tls, self._tls_context) as room:
                yield Server({**credentials, "base_url": self._tls.base_url}, room_places(room), received=room.received)
        elif wanted == "closed-port":
            base_url = f"http://127.0.0.1:{closed_port()}/v2"
            yield Server({**credentials, "base_url": base_url}, {"$room": "nobody"})
        else:
            with ScriptedServer(wanted["script"]) as server:
                yield Server(
                    {**credentials, "base_url": server.base_url},
                    {"$room": "r", "$https_base_url": server.https_base_url},
                    lambda: server.requests,
                )


def room_places(room: Room) -> dict[str, Any]:
    return {"$room": room.room_id, **{f"${name}": peer.peer_id for name, peer in room.peers.items()}}

"""The servers that cases run against, and what can be observed there."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import trustme

from harness import tokens
from harness.drivers import Driver
from harness.peers import Room
from harness.relay import Relay, Request
from harness.sandbox import Sandbox
from harness.scripted import ScriptedServer, closed_port

from .cases import fill

# The server's name behind a proxy. Not a loopback name, since no proxy is used for these.
PROXIED = "api.100ms.example"


@dataclass
class Server:
    """A running server, as a case uses it."""

    client: dict[str, Any]
    places: dict[str, Any] = field(default_factory=dict)
    # None if the connection is encrypted, so that requests cannot be recorded.
    requests: Callable[[], list[Request] | None] = lambda: None
    received: Callable[[], dict[str, list[dict]]] = dict
    # The messages that the server read whole and did not refuse; None if it does not record them.
    accepted: Callable[[], list[str] | None] = lambda: None
    # The number of connections to the host that a redirect named.
    redirected: Callable[[], int] = lambda: 0
    # To be called when the driver has created its client.
    client_is_ready: Callable[[], None] = lambda: None


class Certificates:
    """A certificate authority for `ca_file`, and server certificates, valid and invalid."""

    def __init__(self, folder: Path) -> None:
        authority, other = trustme.CA(), trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        # A directory with that authority alone, and a file with one that has signed no valid server's certificate.
        self.ca_dir = folder / "authorities"
        self.ca_dir.mkdir()
        authority.cert_pem.write_to_path(str(self.ca_dir / "authority.pem"))
        self.other_ca_file = folder / "other.pem"
        other.cert_pem.write_to_path(str(self.other_ca_file))
        good = authority.issue_cert("127.0.0.1", "localhost")
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        good.private_key_pem.write_to_path(str(self.key))
        self.cert.write_bytes(b"".join(blob.bytes() for blob in good.cert_chain_pems))
        long_ago = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
        self._certificates = {
            "good": good,
            "other-authority": other.issue_cert("127.0.0.1", "localhost"),
            "other-name": authority.issue_cert("elsewhere.example"),
            "expired": authority.issue_cert(
                "localhost", not_before=long_ago, not_after=long_ago + datetime.timedelta(days=1)
            ),
            "proxied": authority.issue_cert(PROXIED),
        }
        self.trusting = ssl.create_default_context()
        authority.configure_trust(self.trusting)

    def server(self, name: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        if name == "client-certificate":
            # The server wants one of the client, which has none.
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca_file)
            name = "good"
        self._certificates[name].configure_cert(context)
        return context


class Servers:
    """The servers of a test session: a sandbox with plain http, one with TLS, and scripted servers as needed."""

    def __init__(self, folder: Path) -> None:
        self.certificates = Certificates(folder)
        self.not_pem = folder / "not.pem"
        self.not_pem.write_text("This is not PEM.\n")
        self._plain = Sandbox()
        self._tls = Sandbox(tls_cert=self.certificates.cert, tls_key=self.certificates.key)
        self._relay = Relay(self._plain.host_and_port)
        self._baselines: dict[str, int] = {}

    def baseline(self, driver: Driver) -> int:
        """The peak memory of a driver that sends one message, in KiB."""
        if driver.language not in self._baselines:
            with self.open({"script": [{"status": 200}]}) as server:
                call = {"method": "broadcast", "room_id": "r", "message": "hi", "options": {}}
                self._baselines[driver.language] = driver.run(server.client, [call], {}).peak_kib
        return self._baselines[driver.language]

    def close(self) -> None:
        self._relay.close()
        self._plain.stop()
        self._tls.stop()

    @contextlib.contextmanager
    def open(self, wanted: Any, join: dict[str, dict[str, str]] | None = None) -> Iterator[Server]:
        """Starts or reuses the server that a case needs, with a room in which the peers of `join` are, too."""
        if wanted == "sandbox":
            with Room(self._plain, more=join) as room:
                recording = self._relay.record()
                base_url = f"http://127.0.0.1:{self._relay.port}/v2"
                yield Server(client(base_url), room_places(room), recording.requests, room.received)
        elif wanted == "sandbox-tls":
            with Room(self._tls, self.certificates.trusting, more=join) as room:
                yield Server(client(self._tls.base_url), room_places(room), received=room.received)
        elif wanted == "closed-port":
            port = closed_port()
            yield Server(client(f"http://127.0.0.1:{port}/v2"), {"$room": "nobody", "$port": port}, accepted=list)
        elif wanted == "none":
            yield Server(client("http://127.0.0.1:1/v2"), accepted=list)
        elif "full-backlog" in wanted:
            with full_backlog() as port:
                yield Server(client(f"http://127.0.0.1:{port}/v2"), {"$room": "nobody"}, accepted=list)
        else:
            with self._scripted(wanted) as server:
                yield server

    @contextlib.contextmanager
    def _scripted(self, wanted: dict[str, Any]) -> Iterator[Server]:
        """A scripted server, and a second one as the target of redirects."""
        tls = self.certificates.server(wanted["tls"]) if "tls" in wanted else None
        with ScriptedServer([{"status": 200}]) as other:
            places = {"$room": "r", "$other_base_url": other.base_url}
            script = fill(wanted["script"], places)
            given = {name: wanted[name] for name in ("late", "cycle", "segment") if name in wanted}
            with ScriptedServer(script, tls, **given) as server:
                options = client(server.base_url)
                if tls:
                    options = client(server.https_base_url) | {"ca_file": str(self.certificates.ca_file)}
                if wanted.get("tls") == "proxied":
                    options["base_url"] = f"https://{PROXIED}/v2"
                places |= {
                    "$port": server.port,
                    "$https_base_url": server.https_base_url,
                    "$localhost_base_url": f"http://localhost:{server.port}/v2",
                }
                yield Server(
                    options,
                    places,
                    lambda: server.requests,
                    accepted=lambda: server.accepted,
                    redirected=lambda: other.connections,
                    client_is_ready=server.client_is_ready,
                )


def client(base_url: str) -> dict[str, Any]:
    return {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": base_url}


def room_places(room: Room) -> dict[str, Any]:
    return {"$room": room.room_id, **{f"${name}": peer.peer_id for name, peer in room.peers.items()}}


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose server accepts no connection, and whose accept queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        threading.Event().wait(0.1)
        yield port
        for one in waiting:
            one.close()

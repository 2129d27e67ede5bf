"""Starts a sandbox on a free port."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from pathlib import Path
from urllib.parse import quote

from . import paths, tokens
from .platforms import Program


class Sandbox:
    """A running sandbox. A context manager."""

    def __init__(
        self,
        *more: str,
        listen: str = "127.0.0.1:0",
        tls_cert: Path | None = None,
        tls_key: Path | None = None,
        program: Program | None = None,
    ) -> None:
        if program is None and not paths.SANDBOX.exists():
            raise FileNotFoundError(f"{paths.SANDBOX} is not built; run `make build`")
        program = program or Program([str(paths.SANDBOX)])
        command = [*program.command, "--listen", listen]
        command += ["--access-key", tokens.ACCESS_KEY, "--secret", tokens.SECRET, *more]
        if tls_cert and tls_key:
            command += ["--tls-cert", str(tls_cert), "--tls-key", str(tls_key)]
        self._process = subprocess.Popen(
            command, env={**os.environ, **program.environment}, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        first = self._process.stdout.readline().strip()
        prefix = "roomcast-sandbox listening on "
        if not first.startswith(prefix):
            self.stop()
            raise RuntimeError(f"the sandbox did not start: {first!r}")
        self.url = first[len(prefix) :]
        self.host_and_port = self.url.split("://")[1]

    @property
    def base_url(self) -> str:
        return f"{self.url}/v2"

    def post_message(self, room_id: str, body: dict, tls: ssl.SSLContext | None = None) -> None:
        """Sends a message without roomcast."""
        request = urllib.request.Request(
            f"{self.base_url}/active-rooms/{quote(room_id, safe='')}/send-message",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {tokens.management()}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30, context=tls) as answer:
            assert answer.status == 200, answer.status

    def init(self, peer_id: str, token: str, tls: ssl.SSLContext | None = None) -> str:
        """Gets the WebSocket endpoint for a peer, as 100ms's clients do first."""
        request = urllib.request.Request(
            f"{self.url}/init?peer_id={peer_id}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=30, context=tls) as answer:
            return json.load(answer)["endpoint"]

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

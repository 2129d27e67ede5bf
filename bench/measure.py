"""Runs the clients in turns."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

from suite import BY_KEY, FLOOR, ROOT, Client, Table

ACCESS_KEY = "627cda81ab4f3b56a077dc34"
SECRET = "not-a-secret-but-as-long-as-one-of-those-that-the-dashboard-shows"
# Seconds after which a run is stopped.
HANG = 120


def token() -> str:
    """A token for the clients that do not mint one, of the same length as roomcast's."""

    def encoded(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    issued = int(time.time())
    claims = {"access_key": ACCESS_KEY, "type": "management", "version": 2, "jti": str(uuid.uuid4())}
    claims |= {"iat": issued, "nbf": issued, "exp": issued + 86_400}
    parts = [
        encoded(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    signature = hmac.digest(SECRET.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, encoded(signature)])


def reason(stderr: str) -> str:
    """Why a program failed, for a table: the last line that names an error, otherwise the last line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()] or ["no error output"]
    named = [line for line in lines if re.match(r"\w*Error\b", line)]
    return (named or lines)[-1].replace(f"{ROOT}/", "").replace("|", "\\|")


class Bench:
    """One run of `make bench`."""

    def __init__(self, servers: dict[str, str], directory: Path, core: int | None) -> None:
        self.servers = servers
        self._authority = str(directory / "ca.pem")
        self._core = core
        # No other variables, such as those of proxies and certificate authorities.
        self._environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environment |= {"HMS_ACCESS_KEY": ACCESS_KEY, "HMS_SECRET": SECRET, "BENCH_TOKEN": token()}
        # By table, the clients that could not be measured, with the reasons.
        self.missing: dict[str, dict[str, str]] = {}

    def run(self, command: list[str], cwd: Path | None = None, **environment: str) -> Any:
        """Runs a program, and returns the JSON in its last line."""
        pinned = (lambda: os.sched_setaffinity(0, {self._core})) if self._core is not None else None
        try:
            done = subprocess.run(
                command,
                cwd=cwd,
                env=self._environment | environment,
                preexec_fn=pinned,
                capture_output=True,
                text=True,
                timeout=HANG,
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"it did not end within {HANG} s") from None
        if done.returncode != 0:
            raise RuntimeError(reason(done.stderr))
        return json.loads(done.stdout.splitlines()[-1])

    def once(self, client: Client, table: Table) -> dict:
        # The floor is the same in every table.
        server, in_flight = ("plain", 1) if client is FLOOR else (table.server, table.in_flight)
        command = [*client.command, "--url", self.servers[server], "--in-flight", str(in_flight)]
        command += ["--messages", str(table.messages), "--seconds", str(table.seconds)]
        if server != "tls":
            return self.run(command)
        return self.run([*command, "--ca-file", self._authority], NODE_EXTRA_CA_CERTS=self._authority)

    def rounds(self, table: Table, only: set[str], rounds: int | None, progress) -> list[dict[str, dict]]:
        """Runs each client once per round, each round in another order and with the floor first."""
        clients = [BY_KEY[key] for key in table.clients if not only or key in only]
        if not clients:
            return []
        missing = self.missing.setdefault(table.key, {})
        measured: list[dict[str, dict]] = []
        for turn in range(rounds or table.rounds):
            first = turn % len(clients)
            this: dict[str, dict] = {}
            for client in (FLOOR, *clients[first:], *clients[:first]):
                if client.key in missing:
                    continue
                progress(f"{table.key}, round {turn + 1}: {client.key}")
                try:
                    this[client.key] = self.once(client, table)
                except (RuntimeError, OSError) as error:
                    if client.ours or client is FLOOR:
                        raise SystemExit(f"bench: {client.key} failed: {error}") from error
                    missing[client.key] = str(error)
            measured.append(this)
        return measured

"""Requests to the sandbox's control API."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

from ._program import SandboxError

# The longest that one request may wait, in seconds.
MAX_WAIT = 60.0
# How long the sandbox may take besides, in seconds.
PATIENCE = 30.0


class Control:
    """The control API of one sandbox. Each request has a connection of its own: any thread may make one."""

    def __init__(self, url: str, ca_file: str | None) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._context = ssl.create_default_context(cafile=ca_file) if ca_file else None

    def request(self, method: str, path: str, body: object = None, *, wait: float = 0.0) -> Any:
        """Make a request, and return the JSON of its response; None if it has none."""
        connection = self._connect(wait + PATIENCE)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, "/sandbox" + path, content, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise SandboxError(f"the sandbox does not respond: {error!r}") from error
        finally:
            connection.close()
        if response.status >= 300:
            raise SandboxError(_refusal(method, path, response.status, text))
        return json.loads(text) if text else None

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context)


def _refusal(method: str, path: str, status: int, text: str) -> str:
    try:
        error = json.loads(text)["error"]
        return f"{error['field']}: {error['message']}"
    except (ValueError, LookupError, TypeError):
        return f"the sandbox responded {status} to {method} /sandbox{path}"


def part(text: str) -> str:
    """Return a part of a path."""
    return quote(text, safe="")

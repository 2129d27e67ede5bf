"""Sends from every language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness import tokens
from harness.drivers import DRIVERS
from harness.sandbox import Sandbox

LANGUAGES = ("rust", "python", "python-async", "node", "c")

Send = Callable[..., None]


def sender(sandbox: Sandbox, room_id: str) -> Send:
    """Sends from a language with its driver."""

    def send(language: str, *calls: dict[str, Any]) -> None:
        client = {"access_key": tokens.ACCESS_KEY, "secret": tokens.SECRET, "base_url": sandbox.base_url}
        run = DRIVERS[language].run(client, [{"room_id": room_id, "options": {}, **call} for call in calls], {})
        assert run.exit_code == 0, run.err
        results = run.lines()[1:]
        assert [result.get("send_result", {}).get("message") for result in results] == ["message sent"] * len(calls), (
            results
        )

    return send

"""Webhooks built by the test, so that it can post them in any order."""

from __future__ import annotations

import json
import uuid
from typing import Any

from harness.poker import WEBHOOK_SECRET, Poker


def at(second: int) -> str:
    """A time as 100ms writes it: nanoseconds without trailing zeros."""
    return f"2026-01-01T20:{second // 60:02}:{second % 60:02}.97291247Z"


class Room:
    """A room without peers. The server gets the webhooks that a test posts."""

    def __init__(self, poker: Poker) -> None:
        self.poker = poker
        self.room_id = uuid.uuid4().hex[:24]

    def event(self, kind: str, peer_id: str | None, user_id: str, joined: int, **more: Any) -> bytes:
        data = {
            "room_id": self.room_id,
            "session_id": "session-1",
            "session_started_at": at(0),
            "peer_id": peer_id,
            "user_id": user_id,
            "role": "player",
            "joined_at": at(joined),
            **more,
        }
        envelope = {"version": "2.0", "id": str(uuid.uuid4()), "account_id": "a", "timestamp": "2026-01-01T21:00:00Z"}
        return json.dumps({**envelope, "type": kind, "data": data}).encode()

    def joins(self, peer_id: str, user_id: str, joined: int, **more: Any) -> bytes:
        return self.post(self.event("peer.join.success", peer_id, user_id, joined, **more))

    def leaves(self, peer_id: str, user_id: str, joined: int, **more: Any) -> bytes:
        return self.post(self.event("peer.leave.success", peer_id, user_id, joined, **more))

    def post(self, body: bytes) -> bytes:
        status, answer = post_webhook(self.poker, body)
        assert status == 200, answer
        return body

    def seats(self) -> dict[str, str]:
        status, answer = self.poker.call("GET", f"/rooms/{self.room_id}")
        assert status == 200, answer
        return answer["seats"]


def post_webhook(poker: Poker, body: bytes, secret: str | None = WEBHOOK_SECRET, **headers: str) -> tuple[int, Any]:
    given = {"Content-Type": "application/json", **headers}
    if secret is not None:
        given["X-Webhook-Secret"] = secret
    return poker.request("POST", "/webhooks/100ms", given, body)

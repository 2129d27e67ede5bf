"""Makes what 100ms would return or post."""

from __future__ import annotations

import itertools
import json
from datetime import datetime, timezone
from typing import Any

from .._rooms import Peer
from .._webhooks import Event, PeerJoined, PeerLeft, Webhooks

# The same for all, so that tests can compare.
TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
_numbers = itertools.count(1)


def make_peer(
    *,
    peer_id: str | None = None,
    role: str = "guest",
    user_id: str | None = None,
    name: str = "",
    metadata: str = "",
    joined_at: datetime | None = TIME,
) -> Peer:
    """Return a peer as list_peers does. An id that is not given is a new one."""
    number = next(_numbers)
    return Peer(
        peer_id=f"peer-{number}" if peer_id is None else peer_id,
        name=name,
        user_id=f"user-{number}" if user_id is None else user_id,
        metadata=metadata,
        role=role,
        joined_at=joined_at,
    )


def make_webhook(
    type: str = "peer.join.success",
    *,
    room_id: str = "room",
    peer: Peer | None = None,
    id: str | None = None,
    is_replay: bool = False,
    **data: Any,
) -> str:
    """Return the body of a webhook, as 100ms posts it.

    Args:
        type: Such as "peer.join.success", "peer.leave.success" or "session.open.success".
        room_id: The room that it is about.
        peer: The peer that it is about, if the type is of a peer; by default a new one.
        id: Its own id; by default a new one.
        is_replay: Whether 100ms was asked to send it again.
        data: Members of its `data`, by 100ms's names, to add or to replace.
    """
    about: dict[str, Any] = {"room_id": room_id, "room_name": room_id, "session_id": "session"}
    about.update(template_id="template", session_started_at=TIME.isoformat())
    if type.startswith("peer."):
        peer = make_peer() if peer is None else peer
        about.update(peer_id=peer.peer_id, user_id=peer.user_id, user_name=peer.name, role=peer.role)
        about.update(user_data=peer.metadata, type="regular")
        about["joined_at"] = (peer.joined_at or TIME).isoformat()
    if type.startswith("peer.leave"):
        about.update(left_at=TIME.isoformat(), duration=0, reason="client request")
    body = {
        "version": "2.0",
        "id": f"event-{next(_numbers)}" if id is None else id,
        "account_id": "account",
        "app_id": "app",
        "timestamp": TIME.isoformat(),
        "type": type,
        "data": {**about, **data},
    }
    return json.dumps({**body, "is_replay": True} if is_replay else body)


def make_event(
    type: str = "peer.join.success",
    *,
    room_id: str = "room",
    peer: Peer | None = None,
    id: str | None = None,
    is_replay: bool = False,
    **data: Any,
) -> PeerJoined | PeerLeft | Event:
    """Return what Webhooks.read() returns for make_webhook() with these arguments."""
    body = make_webhook(type, room_id=room_id, peer=peer, id=id, is_replay=is_replay, **data)
    # Read as any other, so that it has what a real one has, and nothing that a real one cannot have.
    return Webhooks(secret=_SECRET).read(_SECRET, body)


_SECRET = "of no other webhook"

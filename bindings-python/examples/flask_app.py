"""A Flask application that sends to rooms.

gunicorn --config gunicorn_conf.py flask_app:app
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request

import roomcast

app = Flask(__name__)
# One client for all threads. A worker process that is forked later opens its own connections.
client = roomcast.Client()


@app.post("/rooms/<room_id>/announcements")
def announce(room_id: str) -> dict[str, Any]:
    send_result = client.broadcast(room_id, roomcast.chat(request.get_json()["text"]))
    return {"attempts": send_result.attempts}


@app.post("/rooms/<room_id>/roles/<role>/messages")
def send_to_role(room_id: str, role: str) -> dict[str, Any]:
    send_result = client.send_to_role(room_id, role, roomcast.chat(request.get_json()["text"]))
    return {"attempts": send_result.attempts}


@app.errorhandler(roomcast.RoomcastError)
def failed(error: roomcast.RoomcastError) -> tuple[dict[str, Any], int]:
    if isinstance(error, roomcast.InvalidRequestError):
        return {"error": str(error)}, 422
    # The caller may retry after 503, and after 504 only if seeing the message twice does no harm.
    status = {"not_sent": 503, "rejected": 502, "unknown": 504}[error.outcome]
    return {"error": str(error), "kind": error.kind, "outcome": error.outcome}, status

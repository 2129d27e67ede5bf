"""Joins a room of the sandbox as a peer, and prints each message it receives, until Ctrl-C.

.venv/bin/python examples/peer.py <room id> <user id> [<role>]

For use with `make sandbox`. It joins at HMS_BASE_URL (default: http://127.0.0.1:8100/v2) with a token signed with
HMS_ACCESS_KEY and HMS_SECRET (default: the sandbox's own).
"""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import quote, urlsplit

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

SANDBOX = Path(__file__).resolve().parent.parent / "target" / "release" / "roomcast-sandbox"


def peer_token(room_id: str, role: str, user_id: str) -> str:
    command = [SANDBOX, "token", "peer", "--room-id", room_id, "--role", role, "--user-id", user_id]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def audience(params: dict) -> str:
    if params.get("private"):
        return "to this peer"
    roles = params.get("roles")
    return f"to the role {', '.join(roles)}" if roles else "to everyone"


def join(socket: ClientConnection, user_id: str) -> None:
    """Join as 100ms's clients do: after the first list of roles. A new role repeats the list."""
    for frame in map(json.loads, socket):
        if frame.get("method") == "on-policy-change":
            request = {"jsonrpc": "2.0", "id": "1", "method": "join", "params": {"name": user_id, "data": ""}}
            socket.send(json.dumps(request))
            return


def show(frame: dict, joined: str) -> None:
    method, params = frame.get("method"), frame.get("params", {})
    if method == "peer-list":
        print(joined, flush=True)
    elif method == "on-broadcast":
        info = params["info"]
        print(f"received {info['message']!r}, type {info.get('type')!r}, {audience(params)}", flush=True)


def main() -> int:
    if len(sys.argv) not in (3, 4):
        print("usage: peer.py <room id> <user id> [<role>]", file=sys.stderr)
        return 2
    room_id, user_id, role = [*sys.argv[1:], "guest"][:3]
    base = urlsplit(os.environ.get("HMS_BASE_URL", "http://127.0.0.1:8100/v2"))
    scheme = "wss" if base.scheme == "https" else "ws"
    token = peer_token(room_id, role, user_id)
    try:
        with connect(f"{scheme}://{base.netloc}/ws?peer={uuid.uuid4()}&token={quote(token)}", proxy=None) as socket:
            try:
                join(socket, user_id)
                while True:
                    show(json.loads(socket.recv()), f"{user_id} is in the room {room_id} with the role {role}")
            except KeyboardInterrupt:
                # Caught in here, so that the connection is closed normally: the sandbox keeps the peer of a broken one.
                return 0
    except ConnectionClosed as error:
        print(f"the sandbox closed the connection: {error}", file=sys.stderr)
    except (OSError, WebSocketException) as error:
        print(
            f"cannot join at {base.netloc}: {error}. Run `make sandbox`, with the same HMS_ variables in both shells",
            file=sys.stderr,
        )
    return 1


sys.exit(main())

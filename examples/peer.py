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
from websockets.sync.client import connect

SANDBOX = Path(__file__).resolve().parent.parent / "target" / "release" / "roomcast-sandbox"


def peer_token(room_id: str, role: str, user_id: str) -> str:
    command = [SANDBOX, "token", "peer", "--room-id", room_id, "--role", role, "--user-id", user_id]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def audience(params: dict) -> str:
    if params.get("private"):
        return "to this peer"
    roles = params.get("roles")
    return f"to the role {', '.join(roles)}" if roles else "to everyone"


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
            join_sent = False
            for frame in map(json.loads, socket):
                method, params = frame.get("method"), frame.get("params", {})
                # Like 100ms's clients, it joins after the first list of roles. A new role repeats the list.
                if method == "on-policy-change" and not join_sent:
                    join_sent = True
                    join = {"jsonrpc": "2.0", "id": "1", "method": "join", "params": {"name": user_id, "data": ""}}
                    socket.send(json.dumps(join))
                elif method == "peer-list":
                    print(f"{user_id} is in the room {room_id} with the role {role}", flush=True)
                elif method == "on-broadcast":
                    info = params["info"]
                    print(f"received {info['message']!r}, type {info.get('type')!r}, {audience(params)}", flush=True)
    except KeyboardInterrupt:
        return 0
    except ConnectionClosed as error:
        print(f"the sandbox closed the connection: {error}", file=sys.stderr)
    except (OSError, WebSocketException) as error:
        print(f"cannot join at {base.netloc}: {error}. Run `make sandbox`, with the same variables", file=sys.stderr)
    return 1


sys.exit(main())

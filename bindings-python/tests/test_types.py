"""The package's type hints: strict, and consistent with the native module."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_and_the_examples_pass_strict_type_checks():
    run("mypy", "--strict")


def test_the_stubs_match_the_native_module():
    allowed = ["--allowlist", str(HERE / "stubtest_allowlist.txt"), "--ignore-unused-allowlist"]
    run("mypy.stubtest", "roomcast", *allowed)


USE = """
from datetime import timedelta
from pathlib import Path

import roomcast

client = roomcast.Client(timeout=timedelta(seconds=2), ca_file=Path("ca.pem"), max_in_flight=2)
send_result: roomcast.SendResult = client.send_message("r", "hi", peer_id="p", type="chat")
text: str = send_result.message
count: int = send_result.attempts
peers: "list[roomcast.Peer]" = client.list_peers("r", user_id="u", role="host")
client.send_to_peer("r", peers[0].peer_id, client.get_room("r").peer_ids[0])


async def main() -> None:
    async with roomcast.AsyncClient(timeout=2.5) as other:
        sent: roomcast.SendResult = await other.broadcast("r", "hi")
        print(sent.attempts + 1)
        room: roomcast.Room = await other.get_room("r")
        print([peer.joined_at for peer in await other.list_peers(room.room_id)])


def outcome(error: roomcast.RoomcastError) -> str:
    if isinstance(error, roomcast.DeadlineError):
        timeout: TimeoutError = error
        print(timeout)
    return error.outcome + (error.server_message or "") + "".join(error.details)


webhooks = roomcast.Webhooks(secret="s")


def handle(header: "str | None", body: bytes) -> int:
    try:
        event = webhooks.read(header, body)
    except roomcast.WebhookError as error:
        return error.status
    if isinstance(event, roomcast.PeerJoined):
        text: str = event.user_id + event.peer_id
        print(text, event.joined_at.isoformat() if event.joined_at else "")
    elif isinstance(event, roomcast.PeerLeft):
        print(event.reason, (event.duration or 0) + 1)
    return len(event.data)
"""

MISUSE = """
import roomcast

client = roomcast.Client(timeout="5")
client.send_message("r", "hi", peer_id=None)
client.send_message("r", "hi", peerId="p")
client.send_to_role("r", 5, "hi")
roomcast.AsyncClient(accessKey="k")
client.list_peers("r", user_id=None)
client.get_room()
roomcast.Webhooks()
roomcast.Webhooks(secret="s").read("s", {})
roomcast.Webhooks(secret="s").read("s", b"").peer_id
"""


def errors(tmp_path, code):
    file = tmp_path / "code.py"
    file.write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]


def test_callers_are_type_checked(tmp_path):
    assert errors(tmp_path, USE) == []
    assert errors(tmp_path, MISUSE) == list(range(4, 14))

"""roomcast.testing's sandbox, its factories, and the fixtures for pytest."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import roomcast
from roomcast.testing import Sandbox, SandboxError, make_event, make_peer, make_webhook, only_sandbox

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "release" / "roomcast-sandbox"


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(program=str(PROGRAM)) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _reset(request):
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").reset()


def test_peers_receive_what_is_for_them(sandbox):
    ann = sandbox.join("room", role="player", user_id="ann", name="Ann")
    bob = sandbox.join("room", role="watcher")
    client = sandbox.client()
    client.send_to_peer("room", ann.peer_id, roomcast.event("deal", {"cards": ["A♠"]}))
    (dealt,) = ann.received()
    assert (dealt.type, dealt.json(), dealt.sender) == ("deal", {"cards": ["A♠"]}, None)
    bob.expect_nothing()
    client.broadcast("room", "1")
    client.broadcast("room", "2")
    assert [message.message for message in bob.received(2)] == ["1", "2"]
    assert {peer.user_id for peer in client.list_peers("room", role="player")} == {"ann"}
    with pytest.raises(AssertionError, match=r"of ann .player. in room> received \['1', '2'\]"):
        ann.expect_nothing()
    with pytest.raises(AssertionError, match=r"received 0 of 1 messages within 0.1 s: \[\]"):
        ann.received(timeout=0.1)
    bob.leave()
    assert [peer.peer_id for peer in client.list_peers("room")] == [ann.peer_id]


def test_received_waits(sandbox):
    ann = sandbox.join("room")
    client = sandbox.client()
    timer = threading.Timer(0.3, client.broadcast, ["room", "later"])
    timer.start()
    assert ann.received(timeout=30)[0].message == "later"
    timer.join()


def test_faults_and_requests(sandbox):
    ann = sandbox.join("room")
    client = sandbox.client(max_attempts=1)
    with sandbox.fault("status", status=500), pytest.raises(roomcast.ServerError):
        client.broadcast("room", "failed")
    sandbox.fault("lost_answer", count=1)
    with pytest.raises(roomcast.APIConnectionError) as raised:
        client.broadcast("room", "lost")
    assert raised.value.outcome == "unknown"
    assert [message.message for message in ann.received()] == ["lost"]
    sandbox.fault("rate_limit", per_second=1)
    client.broadcast("room", "first")
    with pytest.raises(roomcast.RateLimitError):
        client.broadcast("room", "second")
    sandbox.clear_faults()
    failed, lost, first, second = sandbox.requests()
    assert [one.outcome for one in (failed, lost, first, second)] == [
        "unknown",
        "unknown",
        "accepted",
        "rejected",
    ]
    assert (failed.status, second.status, failed.room_id) == (500, 429, "room")
    with pytest.raises(SandboxError, match=r"^status: "):
        sandbox.fault("status", status=200)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = roomcast.Webhooks(secret="s").read(self.headers["X-Secret"], body)
        self.server.events.append(event)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"done")

    def log_message(self, *_):
        pass


@pytest.fixture
def app():
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.events, server.status = [], 200
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.url = f"http://127.0.0.1:{server.server_port}/"
        yield server
        server.shutdown()
        thread.join()


def test_webhooks(sandbox, app):
    ann = sandbox.join("room", role="player", user_id="ann")
    there = {"url": app.url, "headers": {"X-Secret": "s"}}
    delivery = sandbox.webhook("peer.join.success", "room", peer=ann, data={"user_name": "Ann"}, **there)
    assert (delivery.status, delivery.attempts, delivery.body) == (200, 1, "done")
    (event,) = app.events
    assert isinstance(event, roomcast.PeerJoined)
    assert (event.peer_id, event.user_id, event.user_name, event.room_id) == (
        ann.peer_id,
        "ann",
        "Ann",
        "room",
    )
    app.status = 503
    assert sandbox.webhook("session.open.success", "room", **there).status == 503
    sandbox.webhook_target(app.url, {"X-Secret": "s"})
    app.status = 200
    assert sandbox.webhook("peer.leave.success", "room", peer=ann).status == 200
    assert isinstance(app.events[-1], roomcast.PeerLeft)
    sandbox.reset()
    with pytest.raises(SandboxError):
        sandbox.webhook("peer.leave.success", "room")


def test_tls():
    with Sandbox("--tls", program=str(PROGRAM)) as sandbox:
        ann = sandbox.join("room")
        sandbox.client().broadcast("room", "hi")
        assert sandbox.url.startswith("https://") and ann.received()[0].message == "hi"


def test_it_takes_no_credentials_from_the_environment_and_guards(monkeypatch):
    monkeypatch.setenv("HMS_SECRET", "a real one")
    monkeypatch.setenv("HMS_ACCESS_KEY", "a real one")
    monkeypatch.delenv("ROOMCAST_ONLY_SANDBOX", raising=False)
    with Sandbox(program=str(PROGRAM)) as sandbox:
        assert sandbox.secret != "a real one" and sandbox.environment["HMS_SECRET"] == sandbox.secret
        with pytest.raises(roomcast.ConfigurationError, match="ROOMCAST_ONLY_SANDBOX refuses"):
            roomcast.Client(management_token="t")
        client = sandbox.client()
    roomcast.Client(management_token="t").close()
    sandbox.close()
    with pytest.raises(roomcast.ConfigurationError, match="closed"):
        client.broadcast("room", "hi")


def test_a_program_that_does_not_start(tmp_path, monkeypatch):
    with pytest.raises(SandboxError, match=r"did not start: it ended with 2: .*--nonsense"):
        Sandbox("--nonsense", program=str(PROGRAM))
    with pytest.raises(SandboxError, match="did not start"):
        Sandbox(program=str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("ROOMCAST_SANDBOX", raising=False)
    with pytest.raises(SandboxError, match=r"pip install roomcast\[sandbox\]"):
        Sandbox()
    shutil.copy(PROGRAM, tmp_path / "roomcast-sandbox")
    Sandbox().close()
    monkeypatch.setenv("ROOMCAST_SANDBOX", str(tmp_path / "none"))
    with pytest.raises(SandboxError, match="did not start"):
        Sandbox()


def test_the_guard_is_taken_off_again(monkeypatch):
    for before in (None, "0", "1"):
        monkeypatch.setenv("ROOMCAST_ONLY_SANDBOX", before) if before else monkeypatch.delenv(
            "ROOMCAST_ONLY_SANDBOX", raising=False
        )
        with only_sandbox():
            assert os.environ["ROOMCAST_ONLY_SANDBOX"] == "1"
        assert os.environ.get("ROOMCAST_ONLY_SANDBOX") == before


def test_plain_http_to_another_host_that_is_named(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # No packet is sent.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        host = probe.getsockname()[0]
    if host.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    listen = ["--listen", f"{host}:0", "--json", "--allow-non-loopback", "--until-stdin-ends"]
    process = subprocess.Popen([PROGRAM, *listen], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        ready = json.loads(process.stdout.readline())
        options = {name: ready[name] for name in ("base_url", "access_key", "secret")}
        assert host in options["base_url"]
        with pytest.raises(roomcast.ConfigurationError, match="plain http to another machine"):
            roomcast.Client(**options)
        client = roomcast.Client(**options, insecure_http_host=host, only_sandbox=True)
        with pytest.raises(roomcast.NotFoundError, match="Room not active"):
            client.broadcast("room", "hi")
        client.close()
    finally:
        process.stdin.close()
        process.stdout.close()
        assert process.wait(30) == 0


def test_factories():
    ann = make_peer(role="player", user_id="ann")
    assert isinstance(ann, roomcast.Peer) and ann.peer_id != make_peer().peer_id
    joined = make_event(peer=ann, room_id="table")
    assert isinstance(joined, roomcast.PeerJoined)
    assert (joined.peer_id, joined.user_id, joined.role, joined.room_id) == (
        ann.peer_id,
        "ann",
        "player",
        "table",
    )
    left = make_event("peer.leave.success", duration=2.5, reason="kicked", is_replay=True)
    assert isinstance(left, roomcast.PeerLeft)
    assert (left.duration, left.reason, left.is_replay) == (2.5, "kicked", True)
    opened = make_event("session.open.success", id="e1")
    assert (type(opened), opened.id, opened.data["room_id"]) == (roomcast.Event, "e1", "room")
    body = make_webhook("peer.join.success", peer=ann)
    assert roomcast.Webhooks(secret="s").read("s", body).peer_id == ann.peer_id


def pytest_in(folder):
    """Run pytest as a user does, with the installed plugin."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder]
    environment = {**os.environ, "ROOMCAST_SANDBOX": str(PROGRAM)}
    # Of this process's own sandbox.
    environment.pop("ROOMCAST_ONLY_SANDBOX", None)
    run = {"cwd": folder, "env": environment, "capture_output": True, "text": True, "timeout": 300}
    return subprocess.run(command, **run)


FIXTURES = """
import sys
import roomcast, pytest

def test_fake(roomcast_fake):
    roomcast_fake.broadcast("room", "hi")
    assert roomcast_fake.sent[0].message == "hi"

def test_async_fake(roomcast_async_fake):
    assert isinstance(roomcast_async_fake, roomcast.AsyncClient)

def test_sandbox(roomcast_sandbox):
    ann = roomcast_sandbox.join("room")
    roomcast.Client().broadcast("room", "from the environment")
    assert ann.received()[0].message == "from the environment"

def test_it_is_empty_again(roomcast_sandbox, roomcast_client):
    with pytest.raises(roomcast.NotFoundError):
        roomcast_client.broadcast("room", "hi")

@pytest.mark.parametrize("kind", ["fake", "async_fake", "sandbox", "only_sandbox"])
def test_guard(kind, request):
    request.getfixturevalue("roomcast_" + kind)
    with pytest.raises(roomcast.ConfigurationError, match="ROOMCAST_ONLY_SANDBOX"):
        roomcast.Client(management_token="t", base_url="https://api.100ms.live/v2")

def test_no_guard():
    roomcast.Client(management_token="t", base_url="https://api.100ms.live/v2").close()
"""


@pytest.mark.timeout(600)
def test_fixtures(tmp_path):
    (tmp_path / "test_fixtures.py").write_text(FIXTURES)
    done = pytest_in(tmp_path)
    assert "9 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_imports_nothing_of_roomcast_until_a_fixture_is_used(tmp_path):
    check = "assert 'roomcast_pytest' in sys.modules and 'roomcast' not in sys.modules"
    (tmp_path / "test_imports.py").write_text(f"import sys\n\ndef test():\n    {check}\n")
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_the_sample_deals_cards_and_its_test_notices_a_broadcast(tmp_path):
    sample = ROOT / "examples" / "cards" / "python"
    for name in ("app.py", "test_app.py"):
        shutil.copy(sample / name, tmp_path)
    done = pytest_in(tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    app = tmp_path / "app.py"
    to_peer = "send_to_peer(room_id, player.peer_id, cards)"
    assert app.read_text().count(to_peer) == 1 and len(app.read_text().splitlines()) <= 40
    app.write_text(app.read_text().replace(to_peer, "broadcast(room_id, cards)"))
    done = pytest_in(tmp_path)
    assert "1 failed" in done.stdout, done.stdout + done.stderr

"""The examples, each run with the command in its docstring, against the sandbox with real peers."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

from conftest import CREDENTIALS, Server, serving

ROOT = pathlib.Path(__file__).parents[2]
EXAMPLES = ROOT / "bindings-python" / "examples"
sys.path.insert(0, str(ROOT / "tests"))

from harness import paths, tokens  # noqa: E402
from harness.peers import Room  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def sandbox():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "SANDBOX", pathlib.Path(os.environ.get("ROOMCAST_SANDBOX", paths.SANDBOX)))
        with Sandbox() as sandbox:
            yield sandbox


@pytest.fixture
def room(sandbox):
    with Room(sandbox) as room:
        yield room


def credentials(base_url, access_key, secret):
    return {"HMS_BASE_URL": base_url, "HMS_ACCESS_KEY": access_key, "HMS_SECRET": secret}


def sandbox_credentials(sandbox):
    return credentials(sandbox.base_url, tokens.ACCESS_KEY, tokens.SECRET)


class Program:
    """A running example. Leaving the context stops it and the processes that it started."""

    def __init__(self, *command, fails=False, **environment):
        self.fails = fails
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            start_new_session=True,
            cwd=EXAMPLES,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.lines.append(None)
            self.changed.notify_all()

    def wait_for(self, pattern, times=1):
        """Wait until the output has `times` matches of the pattern, and return them."""

        def enough():
            found.extend(
                match for line in self.lines[len(seen) :] if line for match in re.findall(pattern, line)
            )
            seen.extend(self.lines[len(seen) :])
            return len(found) >= times or None in seen

        found, seen = [], []
        with self.changed:
            assert self.changed.wait_for(enough, timeout=120) and len(found) >= times, self.lines
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise
        finally:
            self.reader.join()
            self.process.stdout.close()
        assert code in (0, -signal.SIGTERM), self.lines
        assert self.fails or not [line for line in self.lines if line and "Traceback" in line], self.lines


def post(url, text):
    request = urllib.request.Request(
        url, data=json.dumps({"text": text}).encode(), headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            request, timeout=60
        ) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def get(url):
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60) as response:
        return json.load(response)


def texts(room):
    return {name: [entry["message"] for entry in got] for name, got in room.received().items() if got}


def test_fastapi(sandbox, room):
    program = Program("uvicorn", "fastapi_app:app", "--port", "0", **sandbox_credentials(sandbox))
    with program:
        (url,) = program.wait_for(r"running on (http://\S+)")
        alice = room.peers["alice"].peer_id
        sent = (200, {"message": "message sent", "attempts": 1, "request_id": None})
        assert post(f"{url}/rooms/{room.room_id}/announcements", "hello") == sent
        assert post(f"{url}/rooms/{room.room_id}/peers/{alice}/messages", "psst") == sent
        peers = get(f"{url}/rooms/{room.room_id}/peers")
        assert {peer["peer_id"] for peer in peers} == {peer.peer_id for peer in room.peers.values()}
        assert texts(room) == {name: ["hello"] + ["psst"] * (name == "alice") for name in room.peers}
        status, response = post(f"{url}/rooms/{room.room_id}/peers/%20/messages", "psst")
        assert status == 422 and "peer_id is blank" in response["error"]
        status, response = post(f"{url}/rooms/empty/announcements", "hello")
        assert (status, response["kind"], response["outcome"]) == (502, "not_found", "rejected")
        assert texts(room) == {}


def test_flask_under_gunicorn_with_preload(sandbox, room):
    command = ["gunicorn", "--config", "gunicorn_conf.py", "--bind", "127.0.0.1:0", "flask_app:app"]
    program = Program(*command, **sandbox_credentials(sandbox))
    with program:
        (url,) = program.wait_for(r"Listening at: (http://\S+)")
        program.wait_for("Booting worker", times=2)
        expected = {f"message {n}" for n in range(64)}
        responses = []

        def announce(numbers):
            for n in numbers:
                responses.append(post(f"{url}/rooms/{room.room_id}/announcements", f"message {n}"))

        threads = [threading.Thread(target=announce, args=(range(n, 64, 8),)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert responses == [(200, {"attempts": 1})] * 64
        for got in texts(room).values():
            assert len(got) == 64 and set(got) == expected
        assert post(f"{url}/rooms/{room.room_id}/roles/player/messages", "cards")[0] == 200
        assert set(texts(room)) == {"alice", "bob", "carol"}
        assert post(f"{url}/rooms/{room.room_id}/announcements", " ")[0] == 422
        assert post(f"{url}/rooms/empty/announcements", "hello")[0] == 502


class Celery:
    """The example's Celery application, with the file system as broker."""

    def __init__(self, tmp_path, **environment):
        queue = tmp_path / "queue"
        queue.mkdir()
        folders = {
            "data_folder_in": str(queue),
            "data_folder_out": str(queue),
            "control_folder": str(tmp_path / "control"),
            "polling_interval": 0.05,
        }
        (tmp_path / "celeryconfig.py").write_text(
            f"broker_url = 'filesystem://'\nbroker_transport_options = {folders}\ntask_ignore_result = True\n"
        )
        self.environment = {
            "CELERY_CONFIG_MODULE": "celeryconfig",
            "PYTHONPATH": str(tmp_path),
            **environment,
        }

    def worker(self, fails=False):
        command = ["celery", "--app", "celery_tasks", "worker", "--pool", "prefork", "--concurrency", "4"]
        return Program(*command, "--loglevel", "INFO", fails=fails, **self.environment)

    def delay(self, room_id, *texts):
        """Queue tasks from another process, as a web application would."""
        code = "import sys, celery_tasks; [celery_tasks.announce.delay(sys.argv[1], t) for t in sys.argv[2:]]"
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **self.environment}
        subprocess.run(
            [sys.executable, "-c", code, room_id, *texts], cwd=EXAMPLES, env=environment, check=True
        )


def test_celery(sandbox, room, tmp_path):
    celery = Celery(tmp_path, **sandbox_credentials(sandbox))
    expected = sorted(f"message {n}" for n in range(40))
    with celery.worker() as worker:
        worker.wait_for("ready")
        celery.delay(room.room_id, *expected)
        assert worker.wait_for(r"succeeded in \S+: (.*)", times=40) == ["1"] * 40
        for got in texts(room).values():
            assert sorted(got) == expected


def test_celery_retries_what_was_not_sent(tmp_path):
    with contextlib.closing(socket.socket()) as refusing:
        refusing.bind(("127.0.0.1", 0))  # It does not listen yet.
        base_url = f"http://127.0.0.1:{refusing.getsockname()[1]}/v2"
        celery = Celery(tmp_path, **credentials(base_url, **CREDENTIALS))
        with celery.worker() as worker:
            worker.wait_for("ready")
            celery.delay("r", "hi")
            worker.wait_for(r"retry: Retry in \d+s: APIConnectionError")
            with serving(Server(refusing)) as server:
                assert worker.wait_for(r"succeeded in \S+: (.*)") == ["1"]
    assert [body["message"] for body in server.bodies] == ["hi"]


def test_celery_does_not_retry_an_unknown_outcome(server, tmp_path):
    server.response = (503, {"message": "busy"}, {})
    celery = Celery(tmp_path, **credentials(server.base_url, **CREDENTIALS))
    with celery.worker(fails=True) as worker:
        worker.wait_for("ready")
        celery.delay("r", "hi")
        # It was pickled in the pool's process and is complete in the worker's.
        (error,) = worker.wait_for("raised unexpected: ServerError(.*)")
        assert "outcome='unknown', status=503, server_message='busy', attempts=1" in error
    assert not [line for line in worker.lines if line and "Retry in" in line]
    assert len(server.bodies) == 1

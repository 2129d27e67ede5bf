"""A small local server in place of 100ms. It records requests, and responds as a test configures it."""

import asyncio
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import roomcast

CREDENTIALS = {"access_key": "the-access-key", "secret": "the-top-secret"}
PEERS = {"peers": {"p1": {"id": "p1", "user_id": "ann", "role": "host"}}}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, bound=None, tls=None):
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=bound is None)
        if bound:
            self.socket.close()
            self.socket = bound.dup()
            self.server_port = bound.getsockname()[1]
            self.server_activate()
        if tls:
            # The handshake is done by the connection's own thread.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}/v2"
        self.bodies = []
        self.paths = []
        self.agents = []
        self.traces = []
        """The headers `traceparent` and `tracestate` of each request."""
        self.ports = []
        """The client's port of each request: which connection it came on."""
        self.response = (200, {"message": "message sent"}, {})
        """Status, body and headers of each response, or a function from a request's body to these.

        None closes the connection without a response.
        """
        self.arrived = threading.Semaphore(0)
        self.may_respond = threading.Event()
        """Responses are held back until it is set."""
        self.may_respond.set()

    def wait_for(self, requests):
        for _ in range(requests):
            assert self.arrived.acquire(timeout=30)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.respond(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_GET(self):
        self.respond(None)

    def respond(self, body):
        self.server.bodies.append(body)
        self.server.paths.append(self.path)
        self.server.agents.append(self.headers["User-Agent"])
        self.server.traces.append((self.headers["traceparent"], self.headers["tracestate"]))
        self.server.ports.append(self.client_address[1])
        self.server.arrived.release()
        self.server.may_respond.wait(30)
        response = self.server.response
        response = response(body) if callable(response) else response
        if response is None:
            self.close_connection = True
            return
        status, content, headers = response
        content = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def handle(self):
        # Tests cancel sends, and the client then closes the connection.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in ("ACCESS_KEY", "SECRET", "MANAGEMENT_TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"HMS_{name}", raising=False)


@contextlib.contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.may_respond.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server():
    with serving(Server()) as server:
        yield server


@pytest.fixture
def client(server):
    with roomcast.Client(base_url=server.base_url, **CREDENTIALS) as client:
        yield client


def asynchronous(test):
    """Run a test in its own event loop, with a client."""

    def run(server):
        async def main():
            async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
                await test(server, client)

        asyncio.run(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def arrival(server, requests=1):
    await asyncio.get_running_loop().run_in_executor(None, server.wait_for, requests)


def once(response, then=(200, {"message": "message sent"}, {})):
    """Return a function for Server.response: its first one, and those after it."""
    given = []

    def next_response(_):
        given.append(None)
        return response if len(given) == 1 else then

    return next_response

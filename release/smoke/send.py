"""Sends with the installed Python package, from many threads at once and from asyncio, to a server of its own.

A Python without the GIL must stay without it: importing a module that needs the GIL would turn it on.
"""

import asyncio
import json
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import roomcast

SENDS = 400
RECEIVED: list[str] = []


class Server(ThreadingHTTPServer):
    # The client connects 64 times at once.
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        RECEIVED.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["message"])
        body = b'{"message": "message sent"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def main():
    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    base_url = f"http://127.0.0.1:{server.server_address[1]}/v2"
    # It must hang to fail on a clock.
    options = {"management_token": "token", "base_url": base_url, "timeout": 120}

    with roomcast.Client(**options) as client, ThreadPoolExecutor(8) as threads:
        texts = [f"thread {number}" for number in range(SENDS)]
        results = list(threads.map(lambda text: client.send_to_peer("room", "peer", text), texts))

    async def send_all():
        async with roomcast.AsyncClient(**options) as client:
            sends = (client.send_to_role("room", "host", f"task {number}") for number in range(SENDS))
            return await asyncio.gather(*sends)

    results += asyncio.run(send_all())
    server.shutdown()

    assert [result.message for result in results] == ["message sent"] * 2 * SENDS
    expected = [f"{kind} {number}" for kind in ("thread", "task") for number in range(SENDS)]
    assert sorted(RECEIVED) == sorted(expected)
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    assert not free_threaded or not sys._is_gil_enabled()
    print(f"Python {sys.version.split()[0]}{', without the GIL' if free_threaded else ''}: {len(results)} sends")


main()

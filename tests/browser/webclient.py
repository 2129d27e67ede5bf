"""The 100ms web client, bundled into a page, and peers that use it."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from harness import tokens
from harness.peers import MARKER
from harness.sandbox import Sandbox

from .chromium import HANG_MS, WatchedContext

HERE = Path(__file__).parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class Site:
    """Serves the pages from another origin than the sandbox's, as an app would. A context manager."""

    def __init__(self, directory: Path) -> None:
        esbuild = HERE / "node_modules" / ".bin" / "esbuild"
        command = [str(esbuild), str(HERE / "client.mjs"), str(HERE / "react.mjs"), "--bundle", "--log-level=warning"]
        command += [f"--outdir={directory}", '--define:process.env.NODE_ENV="production"']
        # The React SDK reads it as if there were a process in a browser.
        command.append('--define:process.env.REACT_SDK_VERSION="0.13.0"')
        subprocess.run(command, check=True, timeout=120)
        for page in ("client.html", "react.html"):
            shutil.copy(HERE / page, directory)
        handler = functools.partial(Quiet, directory=str(directory))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/client.html"
        self.react_url = self.url.replace("client.html", "react.html")

    def __enter__(self) -> Site:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class WebPeer:
    """A peer in a room: one page with the 100ms web client."""

    def __init__(self, windows: WatchedContext, site: Site, endpoint: str, room_id: str, name: str, role: str) -> None:
        self.name = name
        self.role = role
        # Its analytics requests fail, since no other host is reachable.
        windows.tolerate("ERR_NAME_NOT_RESOLVED")
        self.page: Page = windows.open(site.url)
        token = tokens.peer(room_id, role, f"user-{name}")
        self.peer_id: str = self.page.evaluate("([...given]) => client.join(...given)", [endpoint, token, name])

    def until_marker(self) -> list[dict[str, Any]]:
        """The messages before the marker. The client's notifications and its store contain the same ones."""
        self.page.evaluate("([marker, hang]) => client.until(marker, hang)", [MARKER, HANG_MS])
        seen = self.page.evaluate("client.messages()")
        assert seen["notified"] == seen["stored"], seen
        texts = [message["message"] for message in seen["stored"]]
        assert texts.count(MARKER) == 1, texts
        return [without_id(message) for message in seen["stored"][: texts.index(MARKER)]]


def without_id(message: dict[str, Any]) -> dict[str, Any]:
    assert message.pop("id"), message
    return message


def received(sandbox: Sandbox, room_id: str, peers: list[WebPeer]) -> dict[str, list[dict[str, Any]]]:
    """The messages of each page. A broadcast marker is sent first; a page that has it has all earlier messages."""
    sandbox.post_message(room_id, {"message": MARKER})
    return {peer.name: peer.until_marker() for peer in peers}

"""Chromium, the sandbox, and the pages that tests open."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from harness.peers import Room
from harness.sandbox import Sandbox

from . import chromium
from .chromium import WatchedContext
from .page import SandboxPage
from .sending import Send, sender
from .webclient import Site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = chromium.find()
    if executable is None:
        pytest.exit(
            "NOT TESTED: no Chromium was found. Install Debian's package chromium, or set CHROMIUM to its path.",
            returncode=1,
        )
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, executable)
        yield browser
        browser.close()


@pytest.fixture
def windows(browser: Browser) -> Iterator[WatchedContext]:
    with chromium.watched(browser, viewport={"width": 1280, "height": 800}) as windows:
        yield windows


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def room(sandbox: Sandbox) -> Iterator[Room]:
    """A room with all peers of CAST."""
    with Room(sandbox) as room:
        yield room


@pytest.fixture
def page(windows: WatchedContext, sandbox: Sandbox) -> SandboxPage:
    return SandboxPage(windows, sandbox)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def room_id() -> str:
    return uuid.uuid4().hex[:24]


@pytest.fixture
def send(sandbox: Sandbox, room_id: str) -> Send:
    return sender(sandbox, room_id)

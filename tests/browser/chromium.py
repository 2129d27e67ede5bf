"""Starts the installed Chromium with Playwright, and records errors and warnings of its pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No background requests, and no dependency on hardware.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No other host is reachable: 100ms's client would post its analytics. evil.example resolves to this machine, for
    # the test of DNS rebinding.
    "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
HANG_MS = 30_000


def find() -> str | None:
    """The path of $CHROMIUM, or of the first Chromium on the PATH."""
    wanted = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ([wanted] if wanted else NAMES))
    return next((path for path in found if path), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    # Chromium's sandbox does not work as root. Playwright makes a new profile, and headless is its default.
    is_root = os.geteuid() == 0
    return playwright.chromium.launch(executable_path=executable, args=FLAGS, chromium_sandbox=not is_root)


class WatchedContext:
    """A browser context. It records every error, warning and dialog of its pages; an unexpected one fails the test."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        self._expected: list[str] = []
        self._tolerated: list[str] = []
        context.set_default_timeout(HANG_MS)
        context.add_init_script(
            "window.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective))"
        )
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"uncaught: {error.error}"))
        context.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, url: str) -> Page:
        page = self.context.new_page()
        page.goto(url)
        return page

    def expect(self, *parts: str) -> None:
        """The test causes problems whose text contains these parts: at least one for each part."""
        self._expected += parts

    def tolerate(self, *parts: str) -> None:
        """Problems whose text contains one of these parts are ignored."""
        self._tolerated += parts

    def check(self) -> None:
        known = [*self._expected, *self._tolerated]
        unknown = [each for each in self.problems if not any(part in each for part in known)]
        assert not unknown, "\n".join(unknown)
        for part in self._expected:
            assert any(part in each for each in self.problems), f"no problem with {part!r}"


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[WatchedContext]:
    context = browser.new_context(**options)
    try:
        windows = WatchedContext(context)
        yield windows
        windows.check()
    finally:
        context.close()

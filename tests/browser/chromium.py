"""The Chromium that is installed here, driven by Playwright, and pages that keep what went wrong in them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Nothing calls home or waits for hardware, here and on CI.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing leaves this machine: 100ms's client would post its analytics. One name of another site leads here, for the
    # test of DNS rebinding.
    "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
HANG_MS = 30_000


def find() -> str | None:
    """The path of $CHROMIUM, or of the first Chromium on the PATH."""
    wanted = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ([wanted] if wanted else NAMES))
    return next((path for path in found if path), None)


def launch(playwright: Playwright, executable: str) -> Browser:
    # Root has no sandbox; everybody else keeps it. Playwright makes a new profile, and headless is its default.
    is_root = os.geteuid() == 0
    return playwright.chromium.launch(executable_path=executable, args=FLAGS, chromium_sandbox=not is_root)


class Watched:
    """A browser's windows, and everything that went wrong in any page: none of it may."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self._tolerated: list[str] = []
        context.set_default_timeout(HANG_MS)
        context.add_init_script(
            "window.addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective))"
        )
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, url: str) -> Page:
        page = self.context.new_page()
        page.goto(url)
        return page

    def expect(self, *parts: str) -> None:
        """The test provokes complaints with these words in them: at least one each, earlier or later."""
        self._expected += parts

    def tolerate(self, *parts: str) -> None:
        """Complaints with these words may come or not."""
        self._tolerated += parts

    def check(self) -> None:
        known = [*self._expected, *self._tolerated]
        unknown = [each for each in self.complaints if not any(part in each for part in known)]
        assert not unknown, "\n".join(unknown)
        for part in self._expected:
            assert any(part in each for each in self.complaints), f"no complaint with {part!r}"


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[Watched]:
    context = browser.new_context(**options)
    try:
        windows = Watched(context)
        yield windows
        windows.check()
    finally:
        context.close()

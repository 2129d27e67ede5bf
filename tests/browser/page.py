"""The sandbox's page, operated through its controls."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from harness.sandbox import Sandbox

from .chromium import HANG_MS, WatchedContext

expect.set_options(timeout=HANG_MS)

LANGUAGES = {"curl": "curl", "python": "Python", "node": "Node", "c": "C", "rust": "Rust"}


class SandboxPage:
    """The page, open and connected."""

    def __init__(self, windows: WatchedContext, sandbox: Sandbox) -> None:
        self.windows = windows
        self.url = sandbox.url
        self.page: Page = windows.open(f"{sandbox.url}/")
        expect(self.page.get_by_role("banner").get_by_role("status")).to_have_text("Live")

    def room(self, room_id: str) -> Locator:
        return self.page.locator("#room-list > li").filter(
            has=self.page.get_by_role("heading", name=room_id, exact=True)
        )

    def messages(self, room_id: str) -> Locator:
        """The messages of one room, newest first, without joins and leaves."""
        return self.page.locator("#log > .card").filter(has=self.page.locator(".room").get_by_text(room_id, exact=True))

    def message(self, room_id: str, text: str) -> dict[str, str]:
        """The audience, type and details that are shown for one message."""
        entry = self.messages(room_id).filter(has=self.page.locator(".text").get_by_text(text, exact=True))
        expect(entry).to_have_count(1)
        kind = entry.locator(".type")
        return {
            "to": entry.locator(".to").inner_text(),
            "type": kind.inner_text() if kind.count() else "",
            "facts": entry.locator(".facts").inner_text(),
        }

    def entry(self, room_id: str, *texts: str) -> Locator:
        """The entry of the log with these texts. There is one."""
        found = self.messages(room_id)
        for text in texts:
            found = found.filter(has_text=text)
        expect(found).to_have_count(1)
        return found

    def details(self, entry: Locator) -> Locator:
        """Opens what an entry shows of its request. It stays the same one when there are newer entries."""
        title = entry.locator("summary").text_content() or ""
        entry.locator("summary").click()
        same = self.page.locator("summary").get_by_text(title, exact=True)
        return self.page.locator("#log details").filter(has=same).locator(".details")

    def filter(self, *, room: str = "", kind: str = "", outcome: str = "", text: str = "") -> None:
        page = self.page
        page.get_by_label("Filter by room").select_option(room)
        page.get_by_label("Filter by kind").select_option(label=kind or "everything")
        page.get_by_label("Filter by outcome").select_option(label=outcome or "any outcome")
        page.get_by_label("Search the log").fill(text)

    def start_demo(self) -> None:
        self.page.get_by_role("button", name="Start demo room").click()
        expect(self.page.locator(".phone")).to_have_count(4)

    def phone(self, name: str) -> Locator:
        head = self.page.locator(".phone-head .name").get_by_text(name, exact=True)
        return self.page.locator(".phone").filter(has=head)

    def compose(self, room_id: str, message: str, *, role: str = "", peer_id: str = "", type: str = "") -> None:
        page = self.page
        page.get_by_label("Room", exact=True).fill(room_id)
        to = "A role" if role else "One peer" if peer_id else "Everyone"
        page.get_by_role("radio", name=to).check()
        if role:
            page.get_by_label("Role", exact=True).fill(role)
        if peer_id:
            page.get_by_label("Peer", exact=True).select_option(value=peer_id)
        page.get_by_label("Type").fill(type)
        page.get_by_label("Message", exact=True).fill(message)

    def send(self) -> str:
        """Presses Send, and returns the status text."""
        self.page.get_by_role("button", name="Send", exact=True).click()
        status = self.page.locator("#sent")
        expect(status).not_to_have_text("Sending…")
        return status.inner_text()

    def snippet(self, language: str) -> str:
        self.page.get_by_role("radio", name=LANGUAGES[language], exact=True).check()
        return self.page.locator("#snippet").text_content() or ""

    def how(self, language: str) -> str:
        self.page.get_by_role("radio", name=LANGUAGES[language], exact=True).check()
        return self.page.locator("#how").text_content() or ""

    def join_in_another_tab(self, room_id: str, name: str, role: str) -> Page:
        """Follows the room's link, or the one above all rooms, and fills in the form in the new tab."""
        room_link = self.room(room_id).get_by_role("link")
        link = room_link if room_link.count() else self.page.get_by_role("link", name="Join as a peer")
        with self.windows.context.expect_page() as opened:
            link.click()
        tab = opened.value
        fill(tab, {"Room": room_id, "Name": name, "Role": role})
        tab.get_by_role("button", name="Join").click()
        expect(tab.get_by_role("banner").get_by_role("status")).to_have_text("In the room")
        return tab


def fill(tab: Page, fields: dict[str, Any]) -> None:
    for label, value in fields.items():
        tab.get_by_label(label, exact=True).fill(value)


def received(tab: Page) -> list[tuple[str, str]]:
    """The audience and text of each message in a peer's tab, oldest first."""
    entries = tab.locator("#received > li").all()
    return [(each.locator(".to").inner_text(), each.locator(".text").inner_text()) for each in reversed(entries)]

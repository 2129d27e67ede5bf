"""The demo room's phones and the faults of the sandbox's page; and how the page looks."""

from __future__ import annotations

import json
import os
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.sandbox import Sandbox

from . import chromium
from .chromium import WatchedContext
from .page import SandboxPage

NAMES = ("Dana", "Alice", "Bob", "Sam")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One for each test: the demo room and the faults belong to the whole sandbox."""
    with Sandbox() as sandbox:
        yield sandbox


def landed(page: SandboxPage) -> set[str]:
    """The phones that the last message landed on. On the others it is seen that it did not."""
    for name in NAMES:
        expect(page.phone(name).locator(".phone-state")).not_to_have_text("")
    return {name for name in NAMES if page.phone(name).locator(".phone-state").inner_text() == "received"}


def texts(page: SandboxPage, name: str) -> list[str]:
    return page.phone(name).locator(".bubble > p").all_inner_texts()


def test_messages_land_on_the_phones_they_are_for(page: SandboxPage, sandbox: Sandbox) -> None:
    page.start_demo()
    # The form is ready to write to them.
    expect(page.page.get_by_label("Message", exact=True)).to_be_focused()
    expect(page.page.get_by_label("Room", exact=True)).to_have_value("demo")
    for text, to, names in (
        ("all", {}, set(NAMES)),
        ("players", {"role": "player"}, {"Alice", "Bob"}),
        ("Bob", {"peer_id": "demo-bob"}, {"Bob"}),
    ):
        page.compose("demo", text, type="chat", **to)
        assert page.send() == "Sent."
        for name in names:
            expect(page.phone(name).locator(".bubble").last).to_contain_text(text)
        assert landed(page) == names
    assert texts(page, "Dana") == ["all"]
    assert texts(page, "Alice") == ["all", "players"]
    assert texts(page, "Bob") == ["all", "players", "Bob"]
    expect(page.phone("Bob").locator(".bubble").last).to_contain_text("alone")
    # An app that misspells the field tells everyone. The phones show it.
    sandbox.post_message("demo", {"message": "for Sam", "type": "chat", "peerId": "demo-sam"})
    expect(page.phone("Dana").locator(".bubble").last).to_contain_text("for Sam")
    assert landed(page) == set(NAMES)


def test_phones_show_what_prebuilt_does_not(page: SandboxPage, sandbox: Sandbox) -> None:
    page.start_demo()
    sandbox.post_message("demo", {"message": '{"cards":["A♠"]}', "type": "deal", "peer_id": "demo-alice"})
    bubble = page.phone("Alice").locator(".bubble")
    expect(bubble).to_contain_text("deal · not in Prebuilt")
    assert bubble.locator("p").inner_text() == '{\n  "cards": [\n    "A♠"\n  ]\n}'
    reaction = {"type": "EMOJI_REACTION", "emojiId": "tada", "senderId": "server"}
    sandbox.post_message("demo", {"message": json.dumps(reaction), "type": "EMOJI_REACTION"})
    for name in NAMES:
        expect(page.phone(name).locator(".bubble.emoji")).to_have_text("🎉")
    hostile = "<img src=x onerror=alert(1)>"
    sandbox.post_message("demo", {"message": hostile, "type": hostile})
    expect(page.phone("Sam").locator(".bubble").last).to_contain_text(hostile)
    assert page.page.locator("img").count() == 1


def test_a_page_that_is_opened_later_has_the_same_phones(windows: WatchedContext, sandbox: Sandbox) -> None:
    first = SandboxPage(windows, sandbox)
    first.start_demo()
    sandbox.post_message("demo", {"message": "players", "role": "player", "type": "chat"})
    expect(first.phone("Alice").locator(".bubble")).to_have_count(1)
    second = SandboxPage(windows, sandbox)
    expect(second.phone("Alice").locator(".bubble")).to_have_count(1)
    assert texts(second, "Bob") == ["players"] and texts(second, "Sam") == []
    second.page.get_by_role("button", name="End demo room").click()
    for page in (first, second):
        expect(page.page.locator(".phone")).to_have_count(0)
        expect(page.page.get_by_role("button", name="Start demo room")).to_be_visible()


def test_the_peers_of_any_room_as_phones(page: SandboxPage, sandbox: Sandbox) -> None:
    """Also those that joined over WebSocket."""
    tab = page.join_in_another_tab("lobby", "Erin", "host")
    sandbox.post_message("lobby", {"message": "before", "type": "chat"})
    expect(page.messages("lobby")).to_have_count(1)
    button = page.page.get_by_role("button", name="Show the peers of lobby as phones")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.phone("Erin").locator(".bubble")).to_have_text(["before"])
    page.phone("Erin").get_by_role("button", name="Write to Erin alone").click()
    page.page.keyboard.type("for Erin")
    page.page.keyboard.press("Control+Enter")
    expect(page.phone("Erin").locator(".bubble").last).to_contain_text("for Erin")
    button.click()
    expect(page.page.locator(".phone")).to_have_count(0)
    expect(page.room("lobby").locator(".peers > li")).to_have_count(1)
    tab.close()


class Faults:
    """The panel, operated through its controls."""

    def __init__(self, page: SandboxPage) -> None:
        self.page: Page = page.page
        self.items = self.page.locator("#fault-list > li")
        self.state = self.page.locator("#fault-state")
        self.page.get_by_text("Add a fault").click()

    def add(self, kind: str, **fields: str) -> None:
        self.page.get_by_label("Fault", exact=True).select_option(label=kind)
        for label in ("Status", "Milliseconds", "Per second", "How often", "Probability", "Only in"):
            field = self.page.get_by_label(label, exact=True)
            if field.is_visible():
                field.fill(fields.get(label, field.input_value() if label == "Status" else ""))
        self.page.get_by_role("button", name="Add fault").click()
        expect(self.state).not_to_have_text("")


def test_faults_and_what_the_client_is_told(page: SandboxPage, sandbox: Sandbox) -> None:
    windows = page.windows
    windows.tolerate("503", "net::ERR_", "429")
    page.start_demo()
    faults = Faults(page)
    faults.add("answers with a status", **{"Status": "503", "How often": "1"})
    expect(faults.items).to_contain_text(["answers 503 · once"])
    expect(page.page.get_by_role("link", name="1 fault active")).to_be_visible()
    page.compose("demo", "refused", type="chat")
    assert page.send().startswith("503")
    entry = page.entry("demo", "refused")
    expect(entry.locator(".outcome")).to_have_text("503 unknown")
    expect(entry.locator(".fault")).to_have_text("fault: status")
    expect(page.details(entry)).to_contain_text("the message may have been delivered. It was not.")
    expect(page.page.locator(".bubble")).to_have_count(0)
    expect(faults.items).to_contain_text(["used up"])
    expect(page.page.get_by_role("link", name="fault")).to_have_count(0)

    faults.add("loses the answer", **{"How often": "1", "Only in": "demo"})
    expect(faults.items.last).to_contain_text("loses the answer · once · room demo")
    with pytest.raises(OSError):
        sandbox.post_message("demo", {"message": "did you get this?", "type": "chat"})
    entry = page.entry("demo", "did you get this?")
    expect(entry.locator(".outcome")).to_have_text("no response unknown")
    expect(page.details(entry)).to_contain_text("the message may have been delivered. It was.")
    assert landed(page) == set(NAMES)

    faults.add("limits the rate", **{"Per second": "1"})
    expect(faults.items.last).to_contain_text("answers 429 above 1 a second")
    page.page.get_by_role("button", name="Remove all").click()
    expect(faults.items).to_have_count(0)
    expect(faults.state).to_have_text("Removed.")
    page.compose("demo", "again", type="chat")
    assert page.send() == "Sent."


def test_a_fault_that_is_wrong_is_refused_with_the_reason(page: SandboxPage) -> None:
    page.windows.expect("400")
    faults = Faults(page)
    faults.add("delays the answer", **{"Milliseconds": "soon"})
    expect(faults.state).to_have_text("delay_ms: it is not a whole number, 1 to 600000")
    faults.add("disconnects", **{"Probability": "1.5"})
    expect(faults.state).to_have_text("probability: it is not a number above 0 and up to 1")
    expect(faults.items).to_have_count(0)
    faults.add("disconnects", **{"Probability": "0.25"})
    expect(faults.items).to_contain_text(["disconnects · 25\u00a0%"])
    remove = faults.items.get_by_role("button")
    remove.focus()
    page.page.keyboard.press("Enter")
    expect(faults.items).to_have_count(0)
    expect(page.page.locator("#faults-title")).to_be_focused()


def test_faults_of_other_programs_are_shown(page: SandboxPage, sandbox: Sandbox) -> None:
    body = json.dumps({"kind": "delay", "delay_ms": 1}).encode()
    request = urllib.request.Request(f"{sandbox.url}/sandbox/faults", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 201
    page.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.page.locator("#fault-list > li")).to_contain_text(["answers after 1 ms"])


def test_keyboard_alone(page: SandboxPage) -> None:
    at = page.page
    at.get_by_role("button", name="Start demo room").focus()
    at.keyboard.press("Enter")
    expect(at.get_by_label("Message", exact=True)).to_be_focused()
    at.keyboard.type("by keyboard")
    at.keyboard.press("Control+Enter")
    expect(page.phone("Sam").locator(".bubble")).to_contain_text(["by keyboard"])
    at.get_by_text("Add a fault").focus()
    for key in ("Enter", "Tab", "ArrowDown", "Tab", "Tab", "Tab", "Tab", "Enter"):
        at.keyboard.press(key)
    expect(at.locator("#fault-list > li")).to_contain_text(["loses the answer"])
    summary = page.entry("demo", "by keyboard").locator("summary")
    summary.focus()
    at.keyboard.press("Enter")
    expect(page.entry("demo", "by keyboard").locator(".details")).to_be_visible()
    at.keyboard.press("Tab")
    expect(at.get_by_label("Body of the request")).to_be_focused()


LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 820, "height": 1100}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "has_touch": True},
    "phone-dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark", "has_touch": True},
}
# Of each text, the luminance of its colour and of the first background below it that is not transparent.
CONTRAST = """() => {
  const channels = (color) => {
    const canvas = document.createElement('canvas').getContext('2d')
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const luminance = ([r, g, b]) => [r, g, b]
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0)
  const background = (it) => {
    for (; it; it = it.parentElement) {
      const color = channels(getComputedStyle(it).backgroundColor)
      if (color[3] === 255) return color
    }
    return [255, 255, 255]
  }
  const poor = []
  for (const it of document.querySelectorAll('body *')) {
    const own = [...it.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')
    if (!own || !it.checkVisibility() || it.closest('.visually-hidden, option')) continue
    const [text, behind] = [channels(getComputedStyle(it).color), background(it)].map(luminance)
    const ratio = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05)
    if (ratio < 4.5) poor.push([it.className || it.tagName, it.textContent.slice(0, 40), ratio.toFixed(2)])
  }
  return poor
}"""


@pytest.mark.parametrize("look", LOOKS)
def test_how_it_looks(browser: Browser, sandbox: Sandbox, look: str, tmp_path: Path) -> None:
    """Nothing overflows and every text is legible. SCREENSHOTS names a folder for the pictures, for people."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    with chromium.watched(browser, **LOOKS[look]) as windows:
        windows.tolerate("net::ERR_")
        page = SandboxPage(windows, sandbox)
        page.start_demo()
        faults = Faults(page)
        faults.add("loses the answer", **{"How often": "1"})
        with pytest.raises(OSError):
            sandbox.post_message("demo", {"message": "did you get this?", "type": "chat"})
        faults.add("delays the answer", **{"Milliseconds": "1", "Probability": "0.5", "Only in": "x" * 60})
        long = uuid.uuid4().hex * 8
        for body in (
            {"message": long, "type": long[:200], "peer_id": "demo-alice"},
            {"message": json.dumps({"cards": ["A♠", long], "pot": 120}), "type": "deal", "role": "player"},
            {"message": "class is off", "type": "chat", "peerId": "demo-sam"},
        ):
            sandbox.post_message("demo", body)
        with pytest.raises(OSError):
            sandbox.post_message("demo", {"message": "lost", "peer_id": long[:100]})
        expect(page.messages("demo")).to_have_count(5)
        page.details(page.entry("demo", "did you get this?"))
        wide = page.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], wide
        if LOOKS[look]["viewport"]["width"] >= 1120:
            # Only the columns scroll.
            assert page.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        cut = page.page.evaluate(
            """() => [...document.querySelectorAll('section, .card, .phone, .bubble, .outcome, .fault')]
              .concat(...document.querySelectorAll('button, input, select, pre'))
              .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > innerWidth + 1)
              .map((it) => it.outerHTML.slice(0, 80))"""
        )
        assert cut == []
        page.page.screenshot(path=folder / f"{look}.png", full_page=True)
        assert page.page.evaluate(CONTRAST) == []

"""The sandbox's page in a browser: what it shows, what it sends, and joining as a peer."""

from __future__ import annotations

import json
import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.peers import CAST, Room
from harness.relay import Relay
from harness.sandbox import Sandbox

from . import chromium
from .chromium import WatchedContext
from .page import SandboxPage, fill, received

# Untrusted strings that the page must show as text.
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "</textarea></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{token}} ${alert(1)} &lt;b&gt;",
)


def texts(room: Room) -> dict[str, list[str]]:
    return {name: [each["message"] for each in seen] for name, seen in room.received().items() if seen}


def test_rooms_come_and_go(page: SandboxPage, sandbox: Sandbox) -> None:
    with Room(sandbox) as room:
        shown = page.room(room.room_id)
        expect(shown).to_contain_text("5 peers")
        for name, role in CAST.items():
            expect(shown.locator(".peers > li").filter(has_text=room.peers[name].peer_id)).to_contain_text(
                f"{name} {role}"
            )
    expect(shown).to_have_count(0)
    log = page.page.locator("#log > .coming").filter(has_text=room.room_id)
    expect(log).to_have_count(10)
    expect(log.filter(has_text="alice joined as player")).to_have_count(1)
    expect(log.filter(has_text="alice left: websocket closed")).to_have_count(1)


def test_messages_are_marked(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    send = lambda **body: sandbox.post_message(room.room_id, body)  # noqa: E731
    send(message="class is off", type="chat")
    send(message="bets please", role="player")
    send(message="your cards", peer_id=room.peers["alice"].peer_id, type="custom_event")
    send(message="no such role", role="players")
    shown = lambda text: page.message(room.room_id, text)  # noqa: E731
    api = "from the server API"
    assert shown("class is off") == {"to": "to everyone", "type": "type chat", "facts": f"{api} · reached 5 peers"}
    assert shown("bets please") == {"to": "to role player", "type": "", "facts": f"{api} · reached 3 peers"}
    assert shown("your cards") == {
        "to": "to alice alone",
        "type": "type custom_event",
        "facts": f"{api} · reached 1 peer",
    }
    assert shown("no such role") == {"to": "to role players", "type": "", "facts": f"{api} · reached nobody"}
    order = page.messages(room.room_id).locator(".text").all_inner_texts()
    assert order == ["no such role", "your cards", "bets please", "class is off"]


def test_a_page_that_is_opened_later_shows_the_same(windows: WatchedContext, sandbox: Sandbox, room: Room) -> None:
    first = SandboxPage(windows, sandbox)
    for number in range(3):
        sandbox.post_message(room.room_id, {"message": f"message {number}"})
    expect(first.messages(room.room_id)).to_have_count(3)
    second = SandboxPage(windows, sandbox)
    expect(second.messages(room.room_id)).to_have_count(3)
    assert first.page.locator("#log").inner_text() == second.page.locator("#log").inner_text()
    expect(second.room(room.room_id)).to_contain_text("5 peers")


def test_one_room_alone(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    with Room(sandbox) as other:
        sandbox.post_message(room.room_id, {"message": "here"})
        sandbox.post_message(other.room_id, {"message": "there"})
        expect(page.messages(other.room_id)).to_have_count(1)
        page.page.locator("#filter").select_option(room.room_id)
        expect(page.messages(room.room_id)).to_be_visible()
        expect(page.messages(other.room_id)).to_be_hidden()
        sandbox.post_message(other.room_id, {"message": "there too"})
        sandbox.post_message(room.room_id, {"message": "here too"})
        expect(page.messages(room.room_id)).to_have_count(2)
        expect(page.messages(other.room_id).first).to_be_hidden()
    # The choice is kept after the room is gone.
    expect(page.page.locator("#filter")).to_have_value(room.room_id)


def test_sending(page: SandboxPage, room: Room) -> None:
    for to, named in (
        ({}, set(CAST)),
        ({"role": "player"}, {"alice", "bob", "carol"}),
        ({"peer_id": room.peers["bob"].peer_id}, {"bob"}),
    ):
        page.compose(room.room_id, "from the page\n♠", **to)
        assert page.send() == "Sent."
        assert texts(room) == {name: ["from the page\n♠"] for name in named}
    page.compose("nobody-is-here", "hi")
    assert page.send() == "404 Room not active: no peer is in this room"
    page.windows.expect("404")


def test_what_the_clients_of_100ms_show(page: SandboxPage, room: Room) -> None:
    hello = "Hello from the sandbox"
    reaction = {"type": "EMOJI_REACTION", "emojiId": "tada", "senderId": "server"}
    for button, type, message, written in (
        ("A chat line", "chat", hello, "roomcast.chat("),
        ("An event", "news", {"text": hello}, "news"),
        ("A reaction", "EMOJI_REACTION", reaction, 'roomcast.reaction("tada")'),
    ):
        page.compose(room.room_id, "hi", peer_id=room.peers["bob"].peer_id)
        page.page.get_by_role("button", name=button, exact=True).click()
        assert written in page.snippet("python")
        assert page.send() == "Sent."
        received = {name: seen for name, seen in room.received().items() if seen}
        assert set(received) == {"bob"}
        [one] = received["bob"]
        assert one["type"] == type
        assert (one["message"] if type == "chat" else json.loads(one["message"])) == message


def test_incomplete_messages_are_not_sent(page: SandboxPage, room: Room) -> None:
    """Without its target, the message would go to everyone."""
    at = page.page
    page.compose(room.room_id, "a secret")
    at.get_by_role("radio", name="One peer").check()
    for radio, missing in (("One peer", "Choose a peer."), ("A role", "Name a role.")):
        at.get_by_role("radio", name=radio).check()
        expect(at.locator("#incomplete")).to_have_text(missing)
        expect(at.locator("#snippet")).to_be_hidden()
        assert page.send() == missing
        expect(at.get_by_label("Peer" if radio == "One peer" else "Role", exact=True)).to_be_focused()
    at.get_by_label("Role", exact=True).fill("   ")
    assert page.send() == "Name a role."
    page.compose(room.room_id, " \n ")
    assert page.send() == "Write a message."
    page.compose("", "hi")
    assert page.send() == "Name a room."
    assert texts(room) == {}


def test_a_peer_that_has_left_is_not_replaced_by_another(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    tab = page.join_in_another_tab(room.room_id, "Erin", "player")
    option = page.page.locator("#peer option").filter(has_text="Erin")
    expect(option).to_have_count(1)
    erin = option.get_attribute("value") or ""
    page.compose(room.room_id, "for Erin alone", peer_id=erin)
    tab.close()
    chosen = page.page.locator("#peer option:checked")
    expect(chosen).to_have_text("Erin (not in the room)")
    assert f'"peer_id":"{erin}"' in page.snippet("curl")
    assert page.send() == "404 Peer not found: no such peer is in this room"
    assert texts(room) == {}
    page.windows.expect("404")
    # Another room has other peers, so the choice is reset.
    page.page.get_by_label("Room", exact=True).fill("another")
    expect(page.page.locator("#peer")).to_have_value("")


def test_write_to_buttons(page: SandboxPage, room: Room) -> None:
    page.page.get_by_role("button", name="Write to carol alone").click()
    expect(page.page.get_by_label("Message", exact=True)).to_be_focused()
    page.page.keyboard.type("hi carol")
    page.page.keyboard.press("Control+Enter")
    expect(page.page.locator("#sent")).to_have_text("Sent.")
    assert texts(room) == {"carol": ["hi carol"]}
    page.room(room.room_id).get_by_role("button", name="Write to everyone").click()
    page.page.keyboard.type("hi all")
    page.page.keyboard.press("Control+Enter")
    assert page.message(room.room_id, "hi all")["to"] == "to everyone"
    assert texts(room) == {name: ["hi all"] for name in CAST}


def test_joining_in_another_tab(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    erin = page.join_in_another_tab(room.room_id, "Erin", "player")
    expect(erin.get_by_role("banner")).to_contain_text(f"Erin as player in {room.room_id}")
    expect(erin.locator("#others > li")).to_have_count(len(CAST))
    finn = page.join_in_another_tab(room.room_id, "Finn", "spectator")
    expect(erin.locator("#others")).to_contain_text("Finn spectator")
    option = page.page.locator("#peer option").filter(has_text="Erin")
    peer_id = option.get_attribute("value")
    sandbox.post_message(room.room_id, {"message": "all", "type": "chat"})
    sandbox.post_message(room.room_id, {"message": "players", "role": "player"})
    sandbox.post_message(room.room_id, {"message": "Erin", "peer_id": peer_id})
    sandbox.post_message(room.room_id, {"message": "end"})
    for tab in (erin, finn):
        expect(tab.locator("#received .text").first).to_have_text("end")
    both = [("to everyone", "all")], [("to everyone", "end")]
    assert received(erin) == [*both[0], ("to role player", "players"), ("to you alone", "Erin"), *both[1]]
    assert received(finn) == [*both[0], *both[1]]
    expect(erin.locator("#received > li").last).to_contain_text("type chat")
    finn.get_by_role("button", name="Leave").click()
    expect(erin.locator("#others")).not_to_contain_text("Finn")
    expect(page.room(room.room_id)).to_contain_text("6 peers")
    expect(finn.get_by_role("button", name="Join")).to_be_visible()


def test_a_new_room_by_joining(page: SandboxPage) -> None:
    name = f"new {uuid.uuid4().hex[:8]}"
    tab = page.join_in_another_tab(name, "Ann", "host")
    expect(page.room(name)).to_contain_text("1 peer")
    tab.close()
    expect(page.room(name)).to_have_count(0)


def test_text_is_not_interpreted_as_html(page: SandboxPage, sandbox: Sandbox) -> None:
    cast = {f"{text} {number}": text for number, text in enumerate(HOSTILE)}
    room_id = f'<img src=x onerror=alert(2)>"&{uuid.uuid4().hex[:6]}'
    tab = page.join_in_another_tab(room_id, HOSTILE[0], HOSTILE[1])
    expect(tab.get_by_role("banner")).to_contain_text(f"{HOSTILE[0]} as {HOSTILE[1]} in {room_id}")
    with Room(sandbox, cast=cast, room_id=uuid.uuid4().hex[:24]) as room:
        for name, role in cast.items():
            expect(page.room(room.room_id).locator(".peers")).to_contain_text(f"{name} {role}")
        for text in HOSTILE:
            sandbox.post_message(room.room_id, {"message": text, "role": text, "type": text})
            assert page.message(room.room_id, text) == {
                "to": f"to role {text}",
                "type": f"type {text}",
                "facts": "from the server API · reached 1 peer",
            }
            page.compose(room_id, text, role=HOSTILE[1], type=text)
            assert page.send() == "Sent."
        assert texts(room) == {name: [role] for name, role in cast.items()}
        expect(tab.locator("#received > li")).to_have_count(len(HOSTILE))
        assert received(tab) == [(f"to role {HOSTILE[1]}", text) for text in HOSTILE]
        for each in (page.page, tab):
            # Only the page's own icon and script.
            assert each.locator("img").count() == 1
            assert each.locator("script").count() == 1
            assert each.locator("body svg").count() == 0


def test_limits_of_the_log(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    for number in range(320):
        sandbox.post_message(room.room_id, {"message": f"number {number}"})
    expect(page.messages(room.room_id).first).to_contain_text("number 319")
    expect(page.page.locator("#log > li")).to_have_count(300)
    sandbox.post_message(room.room_id, {"message": "long " + "word " * 20_000})
    assert len(texts(room)["alice"]) == 321
    last = page.messages(room.room_id).filter(has_text="long word")
    expect(last).to_contain_text("the beginning of 100,005 bytes")
    # The text scrolls in its own box, also by keyboard.
    text = last.locator(".text")
    text.focus()
    page.page.keyboard.press("End")
    expect(text).to_be_focused()


def test_keyboard_alone(windows: WatchedContext, sandbox: Sandbox, room: Room) -> None:
    """Every control is reachable with Tab, in visual order, and usable with keys."""
    page = SandboxPage(windows, sandbox)
    at = page.page
    expect(page.room(room.room_id)).to_be_visible()
    reached = []
    for _ in range(200):
        at.keyboard.press("Tab")
        here = at.evaluate(
            """() => {
              const it = document.activeElement
              const box = it.getBoundingClientRect()
              const outline = getComputedStyle(it)
              return { tag: it.tagName, id: it.id, seen: box.width > 0 && box.height > 0,
                outline: parseFloat(outline.outlineWidth) > 0 && outline.outlineStyle !== 'none',
                name: (it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent).trim() }
            }"""
        )
        if here["tag"] == "BODY":
            break
        reached.append(here)
        assert here["seen"] and here["outline"], here
        assert here["name"], here
    names = [here["name"] for here in reached]
    wanted = [
        "Join as a peer",
        "Write to alice alone",
        "Room",
        "Everyone",
        "Type",
        "Message",
        "Send",
        "curl",
        "Copy",
        "Program",
    ]
    missing = [name for name in wanted if not any(name in each for each in names)]
    assert not missing, names
    ids = [here["id"] for here in reached]
    assert ids.index("room") < ids.index("message") < ids.index("copy") < ids.index("filter") < ids.index("log")

    at.get_by_label("Room", exact=True).focus()
    at.keyboard.press("Control+A")
    at.keyboard.type(room.room_id)
    at.keyboard.press("Tab")
    at.keyboard.press("ArrowDown")
    expect(at.get_by_role("radio", name="A role")).to_be_checked()
    at.keyboard.press("Tab")
    at.keyboard.type("player")
    at.keyboard.press("Tab")
    at.keyboard.press("Tab")
    at.keyboard.press("Control+A")
    at.keyboard.type("by keyboard")
    at.keyboard.press("Tab")
    at.keyboard.press("Enter")
    expect(at.locator("#sent")).to_have_text("Sent.")
    assert texts(room) == {name: ["by keyboard"] for name in ("alice", "bob", "carol")}

    with windows.context.expect_page() as opened:
        page.room(room.room_id).get_by_role("link").focus()
        at.keyboard.press("Enter")
    tab: Page = opened.value
    expect(tab.get_by_label("Name", exact=True)).to_be_focused()
    tab.keyboard.type("Kay")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("banner").get_by_role("status")).to_have_text("In the room")
    expect(page.room(room.room_id)).to_contain_text("Kay guest")


def test_focus_when_its_element_is_removed(page: SandboxPage, sandbox: Sandbox) -> None:
    with Room(sandbox) as room:
        page.page.get_by_role("button", name="Write to alice alone").focus()
        focused = page.page.locator(":focus")
        sandbox.post_message(room.room_id, {"message": "hi"})
        expect(page.messages(room.room_id)).to_have_count(1)
        expect(focused).to_have_attribute("aria-label", "Write to alice alone")
    expect(page.room(room.room_id)).to_have_count(0)
    expect(page.page.locator("#rooms-title")).to_be_focused()


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1120, 1280])
def test_nothing_overflows(browser: Browser, sandbox: Sandbox, width: int) -> None:
    with chromium.watched(browser, viewport={"width": width, "height": 640}, has_touch=width < 500) as windows:
        page = SandboxPage(windows, sandbox)
        long = uuid.uuid4().hex + "x" * 28
        tab = page.join_in_another_tab(f"{long}", f"{long}", f"{long}")
        for body in (
            {"message": "y" * 3000, "type": "t" * 200},
            {"message": "hi", "role": long},
            {"message": "z", "role": "r" * 200},
        ):
            sandbox.post_message(long, body)
        expect(page.messages(long)).to_have_count(3)
        page.page.get_by_role("button", name=f"Write to {long} alone").click()
        for each in (page.page, tab):
            wide = each.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert wide[0] <= wide[1], wide
            cut = each.evaluate(
                """() => [...document.querySelectorAll('section, .card, button, input, select, pre, .to')]
                  .filter((it) => it.checkVisibility() && it.getBoundingClientRect().right > innerWidth + 1)
                  .map((it) => it.outerHTML.slice(0, 80))"""
            )
            assert cut == []
        tab.close()


def test_a_sandbox_that_stops_and_is_restarted(windows: WatchedContext) -> None:
    with Sandbox() as sandbox:
        page = SandboxPage(windows, sandbox)
        tab = page.join_in_another_tab("demo", "Ann", "host")
        listen = sandbox.host_and_port
    status = page.page.get_by_role("banner").get_by_role("status")
    expect(status).to_have_text("The sandbox does not answer. Retrying…")
    page.compose("demo", "hi")
    assert page.send() == "The sandbox does not answer. Is it still running?"
    with Sandbox(listen=listen):
        expect(status).to_have_text("The sandbox was restarted.")
        page.page.get_by_role("button", name="Reload").click()
        expect(status).to_have_text("Live")
        expect(tab.get_by_role("banner").get_by_role("status")).to_contain_text("reload the page")
    windows.expect("ERR_CONNECTION_REFUSED", "403")
    windows.tolerate("net::ERR_")


def test_a_peer_reconnects_with_its_id(page: SandboxPage, sandbox: Sandbox) -> None:
    relay = Relay(sandbox.host_and_port)
    try:
        tab = page.windows.open(f"http://127.0.0.1:{relay.port}/peer?room=back")
        fill(tab, {"Name": "Ann", "Role": "host"})
        tab.get_by_role("button", name="Join").click()
        status = tab.get_by_role("banner").get_by_role("status")
        expect(status).to_have_text("In the room")
        before = page.page.locator("#peer option").filter(has_text="Ann")
        page.page.get_by_label("Room", exact=True).fill("back")
        peer_id = before.get_attribute("value")
        relay.cut()
        expect(status).to_have_text("The connection broke. Retrying…")
        expect(status).to_have_text("In the room")
        sandbox.post_message("back", {"message": "once", "peer_id": peer_id})
        expect(tab.locator("#received > li")).to_have_count(1)
        expect(page.page.locator("#log > .coming").filter(has_text="Ann")).to_have_count(1)
        tab.close()
    finally:
        relay.close()

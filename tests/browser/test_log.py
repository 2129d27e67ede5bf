"""The log of the sandbox's page: every request, also those that failed, its filters, and what it shows of them."""

from __future__ import annotations

import http.client
import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Page, expect

from harness import tokens
from harness.peers import Room
from harness.sandbox import Sandbox

from .chromium import WatchedContext
from .page import SandboxPage


def call(sandbox: Sandbox, method: str, path: str, body: str | bytes = "", *, token: str | None = None) -> int:
    """Makes any request to the server API, and returns the status."""
    connection = http.client.HTTPConnection(sandbox.host_and_port, timeout=30)
    bearer = tokens.management() if token is None else token
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json", "User-Agent": "a test/1"}
    connection.request(method, path, body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


def send(sandbox: Sandbox, room_id: str, body: object, **how: str) -> int:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return call(sandbox, "POST", f"/v2/active-rooms/{room_id}/send-message", text.encode(), **how)


def test_requests_that_failed_are_shown(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    nobody = uuid.uuid4().hex[:24]
    for room_id, body, status, why, label in (
        (room.room_id, {"message": "lost", "peer_id": "gone"}, 404, "Peer not found", "to peer gone"),
        (nobody, {"message": "to an empty room"}, 404, "Room not active", "to everyone"),
        (room.room_id, {"message": 7}, 400, "message is not a string", "sends a message"),
        (room.room_id, "not JSON", 400, "the body is not JSON", "sends a message"),
    ):
        assert send(sandbox, room_id, body) == status
        entry = page.entry(room_id, why)
        expect(entry.locator(".outcome")).to_have_text(f"{status} rejected")
        expect(entry.locator(".to")).to_have_text(label)
    assert send(sandbox, room.room_id, {"message": "no token", "role": "dealer"}, token="none") == 401
    entry = page.entry(room.room_id, "no token")
    expect(entry.locator(".outcome")).to_have_text("401 rejected")
    expect(entry.locator(".to")).to_have_text("to role dealer")
    # None of them is shown as if somebody could see it.
    expect(entry.locator(".note")).to_have_count(0)
    assert call(sandbox, "GET", f"/v2/active-rooms/{room.room_id}/nothing") == 404
    expect(page.entry(room.room_id, "GET /v2/active-rooms").locator(".outcome")).to_have_text("404 rejected")


def test_a_message_and_its_request_are_one_entry(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    message = r'{"a": [1, 2.50, {}], "b":"<b>", "\u2660": "\ud83c\udca1 \u202e \\u2660 \u0022"}'
    body = {"message": message, "type": "deal", "role": "player"}
    assert send(sandbox, room.room_id, body) == 200
    expect(page.messages(room.room_id)).to_have_count(1)
    entry = page.entry(room.room_id, "reached 3 peers")
    expect(entry.locator(".outcome")).to_have_text("200 accepted")
    # Laid out, with each value as it was written, but for escapes of what can be seen.
    last = r'"♠": "🂡 \u202e \\u2660 \u0022"'
    laid_out = f'{{\n  "a": [\n    1,\n    2.50,\n    {{}}\n  ],\n  "b": "<b>",\n  {last}\n}}'
    assert entry.locator(".text").text_content() == laid_out
    details = page.details(entry)
    expect(details).to_contain_text(f"POST /v2/active-rooms/{room.room_id}/send-message")
    expect(details).to_contain_text("a test/1")
    expect(details).to_contain_text("The client reports success.")
    expect(details.get_by_label("Body of the request")).to_contain_text('"role": "player"')
    expect(details.get_by_label("Body of the response")).to_contain_text('"message": "message sent"')
    programs = {"curl": "--data-raw", "Python": "send_to_role", "Node": "sendToRole", "C": "roomcast_send_to_role"}
    for language, call_of in {**programs, "Rust": ".message_type("}.items():
        details.get_by_label("Language of the program").select_option(label=language)
        expect(details.get_by_label("The same in code")).to_contain_text(call_of)
        expect(details.get_by_label("The same in code")).to_contain_text(room.room_id)


def test_queries_are_shown_with_their_code(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    path = f"/v2/active-rooms/{room.room_id}"
    assert call(sandbox, "GET", f"{path}/peers?role=player&user_id=user-alice") == 200
    assert call(sandbox, "GET", path) == 200
    for label, programs in (
        ("lists peers of role player of user user-alice", ("list_peers(", "listPeers(", "of_user(", "PeerQuery")),
        ("gets the room", ("get_room(", "getRoom(", "roomcast_get_room(", "get_room(")),
    ):
        entry = page.entry(room.room_id, label)
        expect(entry.locator(".outcome")).to_have_text("200 accepted")
        details = page.details(entry)
        for language, call_of in zip(("Python", "Node", "C", "Rust"), programs):
            details.get_by_label("Language of the program").select_option(label=language)
            expect(details.get_by_label("The same in code")).to_contain_text(call_of)


def test_notes(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    reaction = json.dumps({"type": "EMOJI_REACTION", "emojiId": "tada", "senderId": "server"})
    for number, (more, note) in enumerate(
        (
            ({"type": "chat"}, "Prebuilt shows it in its chat."),
            ({}, "Prebuilt does not show a message without a type"),
            ({"type": "news"}, "Prebuilt does not show this type. Nor can useCustomEvent read it"),
            ({"type": "hms_transcript"}, "reserve this type"),
            ({"type": "EMOJI_REACTION"}, "a flying emoji needs JSON with emojiId and senderId"),
            (
                {"type": "chat", "peerId": "alice"},
                "The API has no field “peerId” and ignores it: the message is for everyone",
            ),
            (
                {"type": "chat", "peer_id": ""},
                "“peer_id” is empty, which counts as not given: the message is for everyone",
            ),
            ({"type": "chat", "role": None}, "“role” is null, which counts as not given"),
        )
    ):
        assert send(sandbox, room.room_id, {"message": f"note {number}", **more}) == 200
        expect(page.entry(room.room_id, f"note {number}").locator(".note", has_text=note)).to_have_count(1)
    assert send(sandbox, room.room_id, {"message": reaction, "type": "EMOJI_REACTION"}) == 200
    expect(page.entry(room.room_id, "flying emoji", "tada").locator(".note-shown")).to_have_count(1)
    assert send(sandbox, room.room_id, {"message": '{"x":1}', "type": "deal"}) == 200
    expect(page.entry(room.room_id, "useCustomEvent of type “deal” gets its JSON.")).to_be_visible()
    # The form says it before anything is sent.
    page.compose(room.room_id, "hi", type="deal")
    expect(page.page.locator("#shown-by")).to_contain_text("Prebuilt does not show this type.")
    page.compose(room.room_id, "hi", type="chat")
    expect(page.page.locator("#shown-by")).to_have_text("Prebuilt shows it in its chat.")


def test_filters(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    at = page.page
    shown = at.locator("#log > li:visible")
    with Room(sandbox, cast={"zoe": "host"}) as other:
        send(sandbox, room.room_id, {"message": "Ace of spades", "type": "chat"})
        send(sandbox, room.room_id, {"message": "lost", "peer_id": "gone"})
        call(sandbox, "GET", f"/v2/active-rooms/{room.room_id}/peers")
        send(sandbox, other.room_id, {"message": "elsewhere"})
        expect(page.messages(room.room_id)).to_have_count(3)
        page.filter(room=room.room_id, kind="messages")
        expect(shown).to_have_count(2)
        page.filter(room=room.room_id, kind="other requests")
        expect(shown).to_have_count(1)
        page.filter(room=room.room_id, kind="joins and leaves")
        expect(shown).to_have_count(5)
        page.filter(room=room.room_id, outcome="rejected")
        expect(shown).to_have_count(1)
        expect(shown).to_contain_text("lost")
        page.filter(room=room.room_id, text="ACE OF")
        expect(shown).to_have_count(1)
        expect(shown).to_contain_text("Ace of spades")
        # New entries are filtered too.
        send(sandbox, room.room_id, {"message": "no match"})
        send(sandbox, room.room_id, {"message": "two aces of hearts: ace of"})
        expect(shown).to_have_count(2)
        page.filter(text="no such text anywhere")
        expect(at.get_by_text("Nothing that these filters let through.")).to_be_visible()
        at.get_by_role("button", name="Clear").click()
        expect(at.get_by_label("Search the log")).to_be_focused()
        expect(page.messages(other.room_id).first).to_be_visible()


def test_a_page_that_is_opened_later_shows_the_same(windows: WatchedContext, sandbox: Sandbox, room: Room) -> None:
    first = SandboxPage(windows, sandbox)
    send(sandbox, room.room_id, {"message": "sent", "type": "chat"})
    send(sandbox, room.room_id, {"message": "lost", "peer_id": "gone"})
    call(sandbox, "GET", f"/v2/active-rooms/{room.room_id}")
    expect(first.messages(room.room_id)).to_have_count(3)
    second = SandboxPage(windows, sandbox)
    expect(second.messages(room.room_id)).to_have_count(3)
    shown = [entry.inner_text() for entry in first.messages(room.room_id).all()]
    assert shown == [entry.inner_text() for entry in second.messages(room.room_id).all()]


def test_hostile_requests_are_shown_as_text(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    hostile = '<img src=x onerror=alert(1)><script>alert(2)</script>"&'
    for body in (
        {"message": hostile, hostile: 1},
        {"message": "x", "peer_id": hostile},
        hostile,
        {"message": [hostile]},
    ):
        send(sandbox, room.room_id, body)
    call(sandbox, "GET", f"/v2/active-rooms/{room.room_id}/peers?role=%3Cimg%20src%3Dx%3E&user_id=%22%27")
    call(sandbox, "PATCH", "/v2/%3Cscript%3E'$(id)`")
    expect(page.messages(room.room_id)).to_have_count(5)
    for entry in page.messages(room.room_id).all():
        details = page.details(entry)
        for language in ("curl", "Python", "Node", "C", "Rust"):
            details.get_by_label("Language of the program").select_option(label=language)
    assert page.page.locator("img").count() == 1
    assert page.page.locator("script").count() == 1


def test_deeply_nested_json_is_shown_as_it_is(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    deep = "[" * 500 + "]" * 500
    send(sandbox, room.room_id, {"message": deep, "type": "deal"})
    assert page.entry(room.room_id, "reached 5").locator(".text").text_content() == deep


def test_only_the_beginning_of_a_long_body_is_kept(page: SandboxPage, sandbox: Sandbox, room: Room) -> None:
    send(sandbox, room.room_id, {"message": "x" * 20_000, "type": "chat"})
    details = page.details(page.entry(room.room_id, "the beginning of 20,000 bytes"))
    expect(details).to_contain_text("Body the beginning of 20,0")
    # A program that sends less would not be the same.
    expect(details.get_by_label("The same in code")).to_have_text("# Of this body only the beginning is kept.\n")


class Receiver(HTTPServer):
    """Answers webhooks with the statuses that it is given, then with 200."""

    def __init__(self, statuses: list[int]) -> None:
        receiver = self
        self.statuses = statuses

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver([]) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, daemon=True)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def test_webhooks_with_each_attempt(windows: WatchedContext, receiver: Receiver) -> None:
    with Sandbox("--webhook-url", f"http://127.0.0.1:{receiver.server_address[1]}/") as sandbox:
        page = SandboxPage(windows, sandbox)
        at: Page = page.page
        receiver.statuses += [200, 503]
        with Room(sandbox, cast={"alice": "host"}) as room:
            webhooks = at.locator("#log > .webhook")
            opened = webhooks.filter(has_text="session.open.success")
            expect(opened.locator(".outcome")).to_have_text("delivered")
            joined = webhooks.filter(has_text="peer.join.success")
            expect(joined.locator(".outcome")).to_have_text("retrying")
            expect(joined.locator(".attempts > li")).to_contain_text(
                ["the response status was 503, not 200 · retrying in 1 s"]
            )
            expect(joined.locator(".outcome")).to_have_text("delivered")
            expect(joined.locator(".attempts > li")).to_contain_text(["attempt 1", "attempt 2"])
            expect(joined).to_contain_text(room.room_id)
            joined.locator("summary").click()
            expect(joined.get_by_label("Body of the webhook")).to_contain_text('"user_name": "alice"')
            page.filter(kind="webhooks", text="alice")
            expect(at.locator("#log > li:visible")).to_have_count(1)

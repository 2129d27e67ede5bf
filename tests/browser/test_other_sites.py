"""Access control: other web sites in the same browser can neither read the page nor send."""

from __future__ import annotations

from playwright.sync_api import expect

from harness.peers import Room
from harness.sandbox import Sandbox

from .chromium import WatchedContext
from .page import SandboxPage
from .webclient import Site

TRY = """async ([url, token, room]) => {
  const tried = {}
  const attempt = async (name, make) => {
    try { tried[name] = await make() } catch (error) { tried[name] = error.name }
  }
  const headers = { 'Content-Type': 'application/json', 'X-Page-Token': token }
  const body = JSON.stringify({ message: 'evil' })
  const send = `${url}/page/rooms/${room}/send-message`
  await attempt('read', async () => (await fetch(url)).text())
  await attempt('send', async () => (await fetch(send, { method: 'POST', headers, body })).status)
  await attempt('send blindly', async () => {
    return (await fetch(`${send}?token=${token}`, { method: 'POST', mode: 'no-cors', body })).type
  })
  await attempt('watch', () => new Promise((resolve) => {
    const events = new EventSource(`${url}/page/events?token=${token}`)
    events.onopen = () => resolve('open')
    events.onerror = () => resolve('refused')
  }))
  await attempt('frame', () => new Promise((resolve) => {
    const frame = document.createElement('iframe')
    frame.onload = () => resolve('whatever')
    frame.src = url
    document.body.append(frame)
  }))
  await attempt('script', () => new Promise((resolve) => {
    const script = document.createElement('script')
    script.onload = () => resolve('loaded')
    script.onerror = () => resolve('refused')
    script.src = `${url}/page/main.js`
    document.body.append(script)
  }))
  return tried
}"""


def test_another_origin(windows: WatchedContext, sandbox: Sandbox, site: Site, room: Room) -> None:
    # The browser logs each refusal to the console.
    windows.expect("CORS policy", "frame-ancestors 'none'", "NotSameOrigin")
    windows.tolerate("net::ERR_", "403")
    page = SandboxPage(windows, sandbox)
    # Even with the page's token.
    token = page.page.locator('meta[name="page-token"]').get_attribute("content")
    evil = windows.open(site.url)
    tried = evil.evaluate(TRY, [sandbox.url, token, room.room_id])
    assert tried == {
        "read": "TypeError",
        "send": "TypeError",
        "send blindly": "TypeError",
        "watch": "refused",
        "frame": "whatever",
        "script": "refused",
    }
    (frame,) = evil.main_frame.child_frames
    assert "roomcast" not in frame.content()
    page.compose(room.room_id, "ours")
    assert page.send() == "Sent."
    assert [each["message"] for each in room.received()["alice"]] == ["ours"]


def test_dns_rebinding(windows: WatchedContext, sandbox: Sandbox, room: Room) -> None:
    """For the browser it is the same origin, so only the sandbox's check of the Host header refuses it."""
    port = sandbox.host_and_port.split(":")[1]
    windows.expect("403")
    # Plain http to a name is no secure context, so Chromium warns that it ignores Cross-Origin-Opener-Policy.
    windows.tolerate("Cross-Origin-Opener-Policy", "404")
    evil = windows.open(f"http://evil.example:{port}/")
    expect(evil.locator("body")).to_contain_text("use the address the sandbox printed")
    assert evil.locator('meta[name="page-token"]').count() == 0
    token = SandboxPage(windows, sandbox).page.locator('meta[name="page-token"]').get_attribute("content")
    status = evil.evaluate(
        """async ([token, room]) => {
          const headers = { 'Content-Type': 'application/json', 'X-Page-Token': token }
          const body = JSON.stringify({ message: 'evil' })
          return (await fetch(`/page/rooms/${room}/send-message`, { method: 'POST', headers, body })).status
        }""",
        [token, room.room_id],
    )
    assert status == 403
    assert room.received()["alice"] == []

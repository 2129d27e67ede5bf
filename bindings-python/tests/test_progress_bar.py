"""send_many(progress=True): a bar by tqdm or rich, whichever is installed."""

import asyncio
import contextlib
import io
import re
import subprocess
import sys
import threading

import pytest

import roomcast
from conftest import CREDENTIALS

ITEMS = [{"room_id": "r", "message": f"message {number}"} for number in range(5)]


class Terminal(io.StringIO):
    """What tqdm and rich write to."""

    def isatty(self):
        return True


@pytest.fixture
def without(monkeypatch):
    """Hide packages."""
    modules = {"tqdm": ["tqdm", "tqdm.auto"], "rich": ["rich", "rich.progress"]}
    return lambda *names: [
        monkeypatch.setitem(sys.modules, module, None) for name in names for module in modules[name]
    ]


@pytest.fixture(autouse=True)
def _one_is_refused(server):
    server.response = lambda body: (404 if body["message"] == "message 1" else 200, {}, {})


def shown(send):
    terminal = Terminal()
    with contextlib.redirect_stderr(terminal), contextlib.redirect_stdout(terminal):
        send()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def send(client, items=ITEMS):
    with client.send_many(items, progress=True) as results:
        assert len(list(results)) == 5


def test_tqdm_is_preferred(client):
    text = shown(lambda: send(client))
    assert "5/5" in text and "rejected: 1" in text and "msg/s" in text
    # It has ended, so what is printed next is on a line of its own.
    assert text.endswith("\n")


def test_without_a_length_it_counts(client):
    text = shown(lambda: send(client, iter(ITEMS)))
    assert "5msg" in text and "/5" not in text


def test_rich(client, without):
    without("tqdm")
    text = shown(lambda: send(client))
    assert "5/5" in text and "rejected: 1" in text and text.endswith("\n")


@pytest.mark.parametrize("hidden", [(), ("tqdm",)], ids=["tqdm", "rich"])
def test_leaving_early_ends_the_bar(client, without, hidden):
    def leave():
        with client.send_many(ITEMS, progress=True) as results:
            next(results)

    without(*hidden)
    text = shown(leave)
    assert text.endswith("\n") and "/5" in text


def test_a_bar_of_rich_that_is_dropped_leaves_no_thread(client, without):
    """That of tqdm has one thread for all bars."""
    without("tqdm")
    shown(lambda: next(client.send_many(ITEMS, progress=True)))
    for thread in threading.enumerate():
        if type(thread).__module__.startswith("rich."):
            thread.join(10)
            assert not thread.is_alive(), thread


@pytest.mark.parametrize("hidden", [(), ("tqdm",)], ids=["tqdm", "rich"])
def test_asyncio(server, without, hidden):
    async def main():
        client = roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS)
        async with client, client.send_many(ITEMS, progress=True) as results:
            assert len([result async for result in results]) == 5

    without(*hidden)
    assert "5/5" in shown(lambda: asyncio.run(main()))


def test_neither_is_installed(client, server, without):
    without("tqdm", "rich")
    with pytest.raises(ImportError, match="tqdm or rich, and neither is installed"):
        client.send_many(ITEMS, progress=True)
    assert server.bodies == []


def test_neither_is_imported_before():
    code = "import sys, roomcast; print({'tqdm', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"

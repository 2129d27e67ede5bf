"""One client, created and used before a fork, then used in the parent and its children at the same time.

If they shared a connection, each could read the other's responses. So every message has an id, the server's
response contains it, and each response is compared. The requests that the server received are counted too.
"""

import collections
import os
import ssl
import subprocess
import sys
import zlib

import pytest
import trustme

from conftest import CREDENTIALS, Server, serving

PROGRAM = """
import asyncio, faulthandler, multiprocessing, os, sys, threading, zlib, roomcast
from concurrent.futures import ThreadPoolExecutor

how, kind, base_url, ca_file, access_key, secret = sys.argv[1:]
faulthandler.enable()
make = roomcast.Client if kind == "sync" else roomcast.AsyncClient
options = dict(ca_file=ca_file) if ca_file else {}
client = make(base_url=base_url, access_key=access_key, secret=secret, timeout=60, **options)

def check(number, send_result):
    assert send_result == roomcast.SendResult(str(zlib.crc32(number.encode())), 1), (number, send_result)

def send(number):
    check(number, client.broadcast("r", f"text of {number}"))

async def send_async(number):
    check(number, await client.broadcast("r", f"text of {number}"))

async def send_all(numbers):
    await asyncio.gather(*map(send_async, numbers))

def work(name, count=40):
    numbers = [f"{name}-{n}" for n in range(count)]
    if kind == "async":
        return asyncio.run(send_all(numbers))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, numbers))

def child(name):
    work(name)
    work(name + "-again")

work("before")

# Sends of the parent that are in flight while it forks.
stop = threading.Event()

def meanwhile():
    turn = 0
    while not stop.is_set():
        work(f"meanwhile-{turn}", 8)
        turn += 1
    print(turn)

thread = threading.Thread(target=meanwhile)
thread.start()

names = [f"child-{n}" for n in range(4)]
if how == "os.fork":
    children = []
    for name in names:
        pid = os.fork()
        if pid == 0:
            child(name)
            sys.exit()
        children.append(pid)
    work("parent")
    codes = [os.waitpid(pid, 0)[1] for pid in children]
elif how == "multiprocessing":
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=child, args=(name,)) for name in names]
    for process in children:
        process.start()
    work("parent")
    for process in children:
        process.join()
    codes = [process.exitcode for process in children]
else:  # A child forks, too.
    pid = os.fork()
    if pid == 0:
        child(names[0])
        grandchild = os.fork()
        child(names[1] if grandchild else names[2])
        sys.exit(os.waitpid(grandchild, 0)[1] if grandchild else 0)
    work("parent")
    work(names[3] + "-again")
    work(names[3])
    codes = [os.waitpid(pid, 0)[1]]

stop.set()
thread.join()
assert not any(codes), codes
"""


@pytest.fixture(params=["plain", "tls"])
def server_and_authority(request, tmp_path):
    if request.param == "plain":
        with serving(Server()) as server:
            yield server, ""
        return
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    with serving(Server(tls=context)) as server:
        yield server, str(file)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("how", ["os.fork", "multiprocessing", "a child of a child"])
def test_parent_and_children_send_at_the_same_time(server_and_authority, how, kind):
    server, authority = server_and_authority
    # A checksum, since parts of the text would be redacted from the server's text.
    server.response = lambda body: (
        200,
        {"message": str(zlib.crc32(body["message"].removeprefix("text of ").encode()))},
        {},
    )
    arguments = [how, kind, server.base_url, authority, *CREDENTIALS.values()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = collections.Counter(body["message"].removeprefix("text of ") for body in server.bodies)
    assert set(seen.values()) == {1}
    turns = int(done.stdout)
    names = ["before", "parent", *(f"child-{n}{again}" for n in range(4) for again in ("", "-again"))]
    expected = {f"{name}-{n}" for name in names for n in range(40)}
    expected |= {f"meanwhile-{turn}-{n}" for turn in range(turns) for n in range(8)}
    assert set(seen) == expected

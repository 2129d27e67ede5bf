"""Introspection of the package, its import, and the interpreter's shutdown."""

import inspect
import os
import pathlib
import subprocess
import sys
import unittest.mock

import pytest

import roomcast
from conftest import CREDENTIALS

CALL = ["timeout", "max_attempts", "retry_unknown"]
METHODS = {
    "send_message": ["room_id", "message", "peer_id", "role", "type", *CALL],
    "send_to_peer": ["room_id", "peer_id", "message", "type", *CALL],
    "send_to_role": ["room_id", "role", "message", "type", *CALL],
    "broadcast": ["room_id", "message", "type", *CALL],
    "send_to_user": ["room_id", "user_id", "message", "type", *CALL],
    "send_to_users": ["room_id", "user_ids", "message", "type", *CALL],
    "send_to_peers": ["room_id", "peer_ids", "message", "type", *CALL],
    "send_to_roles": ["room_id", "roles", "message", "type", *CALL],
    "list_peers": ["room_id", "user_id", "role", *CALL],
    "get_room": ["room_id", *CALL],
}
# The other methods return a SendResult.
RESULTS = {
    "list_peers": "list[Peer]",
    "get_room": roomcast.Room,
    **dict.fromkeys(
        ("send_to_user", "send_to_users", "send_to_peers", "send_to_roles"), "list[RecipientResult]"
    ),
}


def python(code, *arguments):
    """Return what a new interpreter prints. It must exit with 0 and write nothing to stderr."""
    command = [sys.executable, "-W", "error", "-X", "faulthandler", "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.strip()


@pytest.mark.parametrize("cls", [roomcast.Client, roomcast.AsyncClient])
@pytest.mark.parametrize("name", METHODS)
def test_methods_have_signatures_and_docstrings(cls, name):
    method = getattr(cls, name)
    assert list(inspect.signature(method).parameters) == ["self", *METHODS[name]]
    assert list(inspect.signature(getattr(cls(**CREDENTIALS), name)).parameters) == METHODS[name]
    assert inspect.signature(method).return_annotation == RESULTS.get(name, roomcast.SendResult)
    parameters = inspect.signature(method).parameters.values()
    optional = [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    assert {*CALL} <= {parameter.name for parameter in optional}
    assert all(parameter.default is roomcast.NOT_GIVEN for parameter in optional)
    assert "timeout: '_typing.Option[_typing.Timeout]' = NOT_GIVEN" in str(inspect.signature(method))
    assert method.__qualname__ == f"{cls.__name__}.{name}"
    assert ("room" if name in ("list_peers", "get_room") else "message") in inspect.getdoc(method)
    assert inspect.iscoroutinefunction(method) == (cls is roomcast.AsyncClient)


@pytest.mark.parametrize(
    ("cls", "returned"),
    [(roomcast.Client, roomcast.SendMany), (roomcast.AsyncClient, roomcast.AsyncSendMany)],
)
def test_send_many_has_a_signature_and_a_docstring(cls, returned):
    signature = inspect.signature(cls(**CREDENTIALS).send_many)
    assert list(signature.parameters) == ["items", "rate", "max_in_flight", "progress"]
    assert signature.return_annotation is returned
    assert cls.send_many.__qualname__ == f"{cls.__name__}.send_many"
    assert not inspect.iscoroutinefunction(cls.send_many)
    assert "items" in inspect.getdoc(cls.send_many)


def test_drain_and_stats_have_signatures_and_docstrings():
    for cls in (roomcast.Client, roomcast.AsyncClient):
        drain = inspect.signature(cls.drain)
        assert drain.parameters["timeout"].default is None and drain.return_annotation is bool
        assert inspect.iscoroutinefunction(cls.drain) == (cls is roomcast.AsyncClient)
        assert inspect.getdoc(cls.drain) and inspect.getdoc(cls.stats)


def test_the_constructor_shows_its_options():
    for cls in (roomcast.Client, roomcast.AsyncClient):
        assert {"access_key", "timeout", "proxy", "hooks"} < set(inspect.signature(cls).parameters)
        assert "HMS_ACCESS_KEY" in inspect.getdoc(cls.__init__)


def test_everything_public_has_a_docstring_and_a_public_name():
    assert inspect.getdoc(roomcast)
    for name in roomcast.__all__:
        thing = getattr(roomcast, name)
        if isinstance(thing, type):
            assert (thing.__module__, thing.__qualname__) == ("roomcast", name)
            members = [m for m in vars(thing).values() if inspect.isfunction(m)]
            for member in [thing, *(m for m in members if not m.__name__.startswith("_"))]:
                assert member.__doc__, member


def test_autospec_knows_the_methods():
    client = unittest.mock.create_autospec(roomcast.Client)
    client.broadcast("r", "hi")
    with pytest.raises(TypeError):
        client.broadcast("r", "hi", colour="red")


def test_the_package_contains_type_hints():
    package = pathlib.Path(roomcast.__file__).parent
    assert (package / "py.typed").is_file()
    assert (package / "_roomcast.pyi").is_file()


def test_the_import_loads_no_slow_module():
    slow = ["asyncio", "typing", "inspect", "dataclasses", "socket", "ssl", "json", "logging", "datetime"]
    code = (
        "import sys; before = set(sys.modules); import roomcast;"
        "new = set(sys.modules) - before; print(*(m for m in sys.argv[1:] if m in new))"
    )
    assert python(code, *slow) == ""


SHUTDOWN = """
import asyncio, logging, os, random, sys, threading, time, roomcast
base_url, how = sys.argv[1:]
logging.basicConfig(level=logging.DEBUG, filename=os.devnull)  # The core's thread enters Python to log, too.
options = dict(base_url=base_url, access_key="k", secret="s", max_in_flight=50)
started = threading.Event()

def forever():
    while True:
        yield {"room_id": "r", "message": "hi"}

async def forever_async():
    for item in forever():
        yield item

async def many(client, items):
    async for _ in client.send_many(items):
        pass

async def main():
    client = roomcast.AsyncClient(**options)
    tasks = [asyncio.ensure_future(client.broadcast("r", "hi")) for _ in range(200)]
    tasks += [asyncio.ensure_future(many(client, items)) for items in (forever(), forever_async())]
    await asyncio.sleep(0)
    started.set()
    await asyncio.sleep(random.random() / 20)
    if how == "tasks are cancelled":
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    elif how == "a loop in a daemon thread":
        await asyncio.wait(tasks)

def send():
    client = roomcast.Client(**options)
    started.set()
    while how == "sends in daemon threads":
        client.broadcast("r", "hi")
    for _ in client.send_many(forever()):
        pass

if how == "a loop in a daemon thread":
    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
elif how in ("sends in daemon threads", "many in daemon threads"):
    for _ in range(20):
        threading.Thread(target=send, daemon=True).start()
else:
    asyncio.run(main())
started.wait()
time.sleep(random.random() / 20)
"""


@pytest.mark.parametrize(
    "how",
    [
        "tasks are left",
        "tasks are cancelled",
        "a loop in a daemon thread",
        "sends in daemon threads",
        "many in daemon threads",
    ],
)
@pytest.mark.parametrize("responded", [False, True])
def test_the_interpreter_shuts_down_with_sends_in_flight(server, how, responded):
    if not responded:
        server.may_respond.clear()
    for _ in range(3):
        python(SHUTDOWN, server.base_url, how)


DAEMONS = """
import asyncio, datetime, logging, os, random, sys, threading, time, roomcast
base_url, how = sys.argv[1:]
logging.basicConfig(level=logging.DEBUG, filename=os.devnull)
# Threads take turns after each few bytecodes, so one of them is anywhere when the interpreter stops it.
sys.setswitchinterval(1e-6)
options = dict(base_url=base_url, access_key="k", secret="s")
started = threading.Event()
event = '{"id": "e", "type": "peer.join.success", "timestamp": "2021-11-30T12:58:49Z", "data": {%s}}'
event %= '"peer_id": "p", "room_id": "r"'

async def loop():
    async def forever():
        while True:
            try:
                await client.broadcast("r", "hi")
            except roomcast.RoomcastError:
                started.set()

    client = roomcast.AsyncClient(**options)
    await asyncio.gather(*(forever() for _ in range(20)))

def send(client=roomcast.Client(**options)):
    client.broadcast("r", "hi")

def many(client=roomcast.Client(**options)):
    with client.send_many(({"room_id": "r", "message": "hi"} for _ in range(50)), max_in_flight=5) as results:
        for number, result in enumerate(results):
            if number == 40:
                break
    started.set()

def webhook(webhooks=roomcast.Webhooks(secret="s")):
    webhooks.read("s", event)

def create():
    roomcast.Client(timeout=datetime.timedelta(seconds=1), ca_file=None, **options)

def daemon():
    if how == "loop":
        asyncio.run(loop())
    while True:
        try:
            globals()[how]()
        except roomcast.RoomcastError:
            pass
        started.set()

for _ in range(1 if how == "loop" else 4):
    threading.Thread(target=daemon, daemon=True).start()
started.wait()
time.sleep(random.random() / 20)
"""


@pytest.mark.parametrize("how", ["loop", "send", "many", "webhook", "create"])
def test_daemon_threads_may_be_anywhere_in_roomcast_at_exit(server, how):
    """Were one stopped below native code, the process would crash."""
    server.response = (404, {}, {})
    for _ in range(10):
        python(DAEMONS, server.base_url, how)


def in_a_subinterpreter(code):
    """Return a program that runs code in a subinterpreter and ends without destroying it."""
    return f"""
import sys
if sys.version_info < (3, 13):
    import _xxsubinterpreters as interpreters
    interpreter = interpreters.create(isolated=False)
else:
    import _interpreters as interpreters
    interpreter = interpreters.create("legacy")
interpreters.run_string(interpreter, {code!r})
"""


def test_a_subinterpreter_does_not_hang_the_exit():
    """Before Python 3.12, the import is refused there. From 3.12 on, Python refuses it in isolated ones."""
    code = """
try:
    import roomcast
    print("imported")
except ImportError as error:
    print(error)
"""
    shown = python(in_a_subinterpreter(code))
    if sys.version_info < (3, 12):
        assert shown.startswith("roomcast does not support subinterpreters of Python before 3.12: ")
        assert python("import roomcast" + in_a_subinterpreter(code)) == shown
    else:
        assert shown == "imported"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_exits(server):
    """Its shutdown does not wait for threads that only the parent has."""
    code = (
        "import os, sys, roomcast;"
        "client = roomcast.Client(base_url=sys.argv[1], access_key='k', secret='s');"
        "client.broadcast('r', 'parent'); child = os.fork(); client.broadcast('r', 'both');"
        "print(os.waitpid(child, 0)[1]) if child else sys.exit(0)"
    )
    assert python(code, server.base_url) == "0"
    assert sorted(body["message"] for body in server.bodies) == ["both", "both", "parent"]


def test_a_late_atexit_handler_can_still_send(server):
    """It runs after roomcast's own handler, when the core's threads no longer enter the interpreter."""
    code = """
import atexit, sys

def late():
    with roomcast.Client(**options) as client:
        print(client.broadcast("r", "sync"))
    asyncio.run(later())

async def later():
    async with roomcast.AsyncClient(**options) as client:
        print(await client.broadcast("r", "async"))
        try:
            await client.broadcast("", "hi")
        except roomcast.InvalidRequestError as error:
            print(error.outcome)

atexit.register(late)
import asyncio, roomcast
options = dict(base_url=sys.argv[1], access_key="k", secret="s")
"""
    send_result = "SendResult(message='message sent', attempts=1)"
    assert python(code, server.base_url) == f"{send_result}\n{send_result}\nnot_sent"
    assert [body["message"] for body in server.bodies] == ["sync", "async"]

"""One client, created and used before a fork, then used in the parent and its children at the same time.

If they shared a connection, each could read the other's responses. So every message has an id, the server's
response contains it, and each response is compared. The requests that the server received are counted too.
"""

import collections
import contextlib
import os
import signal
import ssl
import subprocess
import sys
import tempfile
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


FORKS = """
import asyncio, os, sys, threading, roomcast

# Nobody listens there, so that sends complete at once.
credentials = dict(access_key="key", secret="secret")
client = roomcast.AsyncClient(base_url="http://127.0.0.1:1", max_attempts=1, **credentials)
stop = threading.Event()

async def send(count):
    sends = (client.broadcast("r", "hi") for _ in range(count))
    for error in await asyncio.gather(*sends, return_exceptions=True):
        assert error.kind == "connection", error

def meanwhile():
    while not stop.is_set():
        asyncio.run(send(32))

threads = [threading.Thread(target=meanwhile) for _ in range(2)]
for thread in threads:
    thread.start()
try:
    for fork in range(500):
        pid = os.fork()
        if pid == 0:
            asyncio.run(send(1))
            os._exit(7)
        print("child", pid, flush=True)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
finally:
    stop.set()
    for thread in threads:
        thread.join()
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.timeout(120)
def test_no_child_hangs_that_is_forked_while_sends_complete():
    # The child inherits the interpreter's locks as they are. The core's threads, which complete the sends,
    # must not be at one of them.
    with tempfile.TemporaryFile("w+") as output:
        command = [sys.executable, "-c", FORKS]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout=100)
        except subprocess.TimeoutExpired:
            code = "a child hangs"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        output.seek(0)
        lines = output.read().splitlines()
    assert (code, lines[-1:]) == (0, ["done"]), (len(lines), lines[-5:])


# Runs as the first process of a pid namespace.
SAME_PID = """
import asyncio, ctypes, os, sys, time, roomcast

how, kind, base_url, access_key, secret = sys.argv[1:]
assert os.getpid() == 1
options = dict(base_url=base_url, access_key=access_key, secret=secret, timeout=20)

def send(client, text):
    if kind == "sync":
        return client.broadcast("r", text)
    async def go():
        return await client.broadcast("r", text)
    return asyncio.run(go())

def make():
    return (roomcast.Client if kind == "sync" else roomcast.AsyncClient)(**options)

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def in_child(work):
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)

def nested():
    # A container's first process, and the first process of a sandbox in the container.
    client = make()
    send(client, "1")
    CLONE_NEWPID = 0x20000000
    assert ctypes.CDLL(None).unshare(CLONE_NEWPID) == 0
    def child():
        assert os.getpid() == 1
        send(client, "1 in 1")
    assert ended(in_child(child)) == 0
    send(client, "1 again")

def reused():
    def parent():
        client = make()
        pid = os.getpid()
        send(client, "parent")
        def child():
            while os.getppid() == pid or os.path.exists(f"/proc/{pid}"):
                time.sleep(0.01)
            send(client, "child")
            with open("/proc/sys/kernel/ns_last_pid", "w") as last_pid:
                last_pid.write(str(pid - 1))
            def grandchild():
                assert os.getpid() == pid
                send(client, "grandchild")
            assert ended(in_child(grandchild)) == 0
        in_child(child)
    in_child(parent)
    # Both are children of this process now, or become so.
    codes = [os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]) for _ in range(2)]
    assert codes == [0, 0], codes

dict(nested=nested, reused=reused)[how]()
"""


@pytest.fixture(scope="module")
def pid_namespace():
    """The command that runs another one as the first process of a pid namespace."""
    if sys.platform != "linux":
        pytest.skip("only Linux has pid namespaces")
    command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    # The namespace that the test makes inside of it needs the same right.
    tried = [*command, "unshare", "--pid", "--fork", "true"]
    try:
        done = subprocess.run(tried, capture_output=True, text=True, check=False, timeout=30)
        failed = done.returncode and (done.stderr.strip() or f"exit code {done.returncode}")
    except OSError as error:
        failed = str(error)
    if failed:
        text = f"NOT TESTED: processes that have the id of an ancestor: no pid namespace here ({failed})"
        if os.environ.get("CI"):
            pytest.fail(text)
        print(text, file=sys.__stderr__)
        pytest.skip(text)
    return command


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("how", ["nested", "reused"])
def test_a_child_with_the_id_of_an_ancestor_is_another_process(pid_namespace, how, kind):
    with serving(Server()) as server:
        command = [*pid_namespace, sys.executable, "-c", SAME_PID, how, kind]
        command += [server.base_url, *CREDENTIALS.values()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
        assert done.returncode == 0, done.stderr
        ports = {body["message"]: port for body, port in zip(server.bodies, server.ports)}
    if how == "nested":
        assert set(ports) == {"1", "1 in 1", "1 again"}
        assert ports["1 in 1"] not in (ports["1"], ports["1 again"]), ports
    else:
        assert set(ports) == {"parent", "child", "grandchild"}
        assert len(set(ports.values())) == 3, ports


FORK_IN_HANDLER = """
import os, signal, sys, threading, time, roomcast

base_url, access_key, secret = sys.argv[1:]
client = roomcast.Client(base_url=base_url, access_key=access_key, secret=secret, timeout=30)
children = []

def fork(*_):
    children.append(os.fork())

signal.signal(signal.SIGUSR1, fork)

def interrupt():
    sys.stdin.readline()  # The server has the request.
    os.kill(os.getpid(), signal.SIGUSR1)
    while not children:
        time.sleep(0.01)
    print(os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]), flush=True)

threading.Thread(target=interrupt).start()
try:
    send_result = client.broadcast("r", "hi")
except roomcast.SendCancelledError as error:
    # In the child, which is not the one that sends.
    os._exit(7 if children == [0] and error.outcome == "unknown" else 8)
assert children[0] > 0
assert client.broadcast("r", "again").attempts == 1
print(send_result.attempts)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_a_signal_handler_forks_leaves_the_send_to_its_parent():
    with serving(Server()) as server:
        server.may_respond.clear()
        command = [sys.executable, "-c", FORK_IN_HANDLER, server.base_url, *CREDENTIALS.values()]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with subprocess.Popen(command, text=True, **pipes) as process:
            server.wait_for(1)
            process.stdin.write("forks\n")
            process.stdin.flush()
            # Its child ends without a response.
            assert process.stdout.readline() == "7\n"
            server.may_respond.set()
            output, errors = process.communicate(timeout=50)
        assert (process.returncode, output) == (0, "1\n"), errors

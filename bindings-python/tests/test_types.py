"""The package's type hints: strict, and consistent with the native module."""

import inspect
import pathlib
import subprocess
import sys
import typing
from datetime import datetime, timedelta

import pytest

import roomcast

HERE = pathlib.Path(__file__).parent


def run(*command):
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=HERE.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_package_and_the_examples_pass_strict_type_checks():
    run("mypy", "--strict")


def test_the_stubs_match_the_native_module():
    allowed = ["--allowlist", str(HERE / "stubtest_allowlist.txt"), "--ignore-unused-allowlist"]
    run("mypy.stubtest", "roomcast", *allowed)


USE = """
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import AsyncIterator, Callable, Iterator, TypedDict, TypeVar

from typing_extensions import ParamSpec

import roomcast

client = roomcast.Client(timeout=timedelta(seconds=2), ca_file=Path("ca.pem"), max_in_flight=2)
send_result: roomcast.SendResult = client.send_message("r", "hi", peer_id="p", type="chat")
text: str = send_result.message
count: int = send_result.attempts
client.broadcast("r", {"cards": ["A♠", 1, None]}, timeout=timedelta(seconds=1), max_attempts=2)
client.broadcast("r", ["A♠"], type=roomcast.NOT_GIVEN, retry_unknown=True, timeout=0.5)
message: roomcast.Message = roomcast.chat("hi")
client.send_to_role("r", "host", message)
client.broadcast("r", roomcast.event("deal", {"cards": ("A♠",)}))
client.broadcast("r", roomcast.event("bell"))
client.broadcast("r", roomcast.reaction("heart", sender_id="p"))


class Deal(TypedDict):
    cards: "list[str]"


deal: Deal = {"cards": ["A♠"]}
client.broadcast("r", deal)
client.broadcast("r", roomcast.event("deal", deal))
peers: "list[roomcast.Peer]" = client.list_peers("r", user_id="u", role="host")
client.send_to_peer("r", peers[0].peer_id, client.get_room("r").peer_ids[0])
for recipient in client.send_to_user("r", "ann", "hi", type="chat", timeout=2):
    print((recipient.peer_id or "") + (recipient.user_id or ""), recipient.outcome == "not_sent")
    if recipient.error is not None:
        print(recipient.error.attempts + 1)
client.send_to_users("r", {"ann", "bob"}, roomcast.chat("hi"))
client.send_to_peers("r", (peer.peer_id for peer in peers), "hi")
client.send_to_peers("r", [peer.peer_id for peer in peers], "hi")
client.send_to_roles("r", ("host", "guest"), "hi")
client.send_to_roles("r", {"host": 1}.keys(), "hi")


def items(count: int) -> "Iterator[roomcast.SendItem]":
    for number in range(count):
        yield {"room_id": "r", "message": f"hi {number}", "peer_id": "p", "timeout": timedelta(seconds=1)}


async def items_async() -> "AsyncIterator[roomcast.SendItem]":
    yield {"room_id": "r", "message": roomcast.chat("hi")}


def show(progress: roomcast.Progress) -> None:
    print(progress.completed / (progress.total or 1))


again: "list[roomcast.SendItem]" = []
with client.send_many(items(5), rate=50, max_in_flight=8, progress=show) as results:
    for result in results:
        if result.outcome == "not_sent":
            again.append(result.item)
    print(results.progress.accepted + 1)
many: roomcast.SendMany = client.send_many(again, progress=True)
one: roomcast.ItemResult = next(many)
many.cancel()


def record(trace: roomcast.Trace) -> None:
    print((trace.elapsed or 0) + 1, trace.recipient == "role", trace.started_at.year, trace.outcome is None)
    attempt: roomcast.AttemptTrace = trace.attempts[0]
    print(attempt.request_bytes + 1, (attempt.tcp or 0) + 1, attempt.connection == "kept")
    print(attempt.error.attempts if attempt.error else attempt.status)


stats: roomcast.Stats = roomcast.Client(hooks=record).stats()
print(stats.in_flight + stats.failed["connection"])
all_ended: bool = roomcast.Client(hooks=[record, print]).drain(timedelta(seconds=1))


async def main() -> None:
    all_ended: bool = await roomcast.AsyncClient(hooks=(record,)).drain(2.5)
    print(all_ended)
    async with roomcast.AsyncClient(timeout=2.5) as other:
        sent: roomcast.SendResult = await other.broadcast("r", "hi")
        print(sent.attempts + 1)
        room: roomcast.Room = await other.get_room("r")
        print(len(await other.send_to_users("r", ["ann"], "hi")))
        async with other.send_many(items_async(), progress=show) as async_results:
            async for item in async_results:
                print(item.result.attempts if item.result else item.error)
        async for item in other.send_many([{"room_id": "r", "message": "hi"}], rate=1.5):
            print(item.item["room_id"] + "x")
        print([peer.joined_at for peer in await other.list_peers(room.room_id)])


def outcome(error: roomcast.RoomcastError) -> str:
    if isinstance(error, roomcast.APIStatusError):
        print((error.status or 0) + 1)
    kind: roomcast.ErrorKind = error.kind
    known: roomcast.Outcome = error.outcome
    print(kind, known, error.request_id or "")
    if error.outcome == "not_sent" or error.kind == "rate_limited":
        return ""
    if isinstance(error, roomcast.APITimeoutError):
        timeout: TimeoutError = error
        print(timeout)
    return error.outcome + (error.server_message or "") + "".join(error.details)


P = ParamSpec("P")
T = TypeVar("T")


def counted(call: Callable[P, T]) -> Callable[P, T]:
    @wraps(call)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        return call(*args, **kwargs)

    return wrapper


send_result = counted(client.broadcast)("r", roomcast.chat("hi"), timeout=1)
all_peers: "list[roomcast.Peer]" = counted(client.list_peers)("r", user_id="u")


class Classroom(roomcast.Client):
    @counted
    def close(self) -> None:
        super().close()

    def broadcast(
        self,
        room_id: str,
        message: roomcast.MessageLike,
        *,
        type: "str | roomcast.NotGiven" = roomcast.NOT_GIVEN,
        timeout: "float | timedelta | roomcast.NotGiven" = roomcast.NOT_GIVEN,
        max_attempts: "int | roomcast.NotGiven" = roomcast.NOT_GIVEN,
        retry_unknown: "bool | roomcast.NotGiven" = roomcast.NOT_GIVEN,
    ) -> roomcast.SendResult:
        return super().broadcast(
            room_id,
            message,
            type=type,
            timeout=timeout,
            max_attempts=max_attempts,
            retry_unknown=retry_unknown,
        )


def announce(
    room_id: str, payload: roomcast.JSONValue, user_id: "str | roomcast.NotGiven" = roomcast.NOT_GIVEN
) -> None:
    with Classroom(timeout=roomcast.NOT_GIVEN) as room:
        room.broadcast(room_id, roomcast.event("news", payload))
        room.list_peers(room_id, user_id=user_id)


webhooks = roomcast.Webhooks(secret="s")


def handle(header: "str | None", body: bytes) -> int:
    try:
        event = webhooks.read(header, body)
    except roomcast.WebhookError as error:
        return error.status
    if isinstance(event, roomcast.PeerJoined):
        text: str = event.user_id + event.peer_id
        print(text, event.joined_at.isoformat() if event.joined_at else "")
    elif isinstance(event, roomcast.PeerLeft):
        print(event.reason, (event.duration or 0) + 1)
    return len(event.data)
"""

MISUSE = """
import roomcast

client = roomcast.Client(timeout="5")
client.send_message("r", "hi", peer_id=None)
client.send_message("r", "hi", peerId="p")
client.send_to_role("r", 5, "hi")
roomcast.AsyncClient(accessKey="k")
client.list_peers("r", user_id=None)
client.get_room()
roomcast.Webhooks()
roomcast.Webhooks(secret="s").read("s", {})
roomcast.Webhooks(secret="s").read("s", b"").peer_id
client.broadcast("r", {1, 2})
client.broadcast("r", 5)
client.broadcast("r", "hi", timeout=None)
client.broadcast("r", "hi", max_attempts=1.5)
roomcast.event("n", b"")
roomcast.reaction("heart", "p")
roomcast.chat()
client.send_to_users("r", "ann", "hi")
client.send_to_users("r", [1], "hi")
client.send_to_user("r", ["ann"], "hi")
client.send_many([{"room_id": "r", "mesage": "hi"}])
client.send_many([{"room_id": "r", "message": "hi", "peer_id": None}])
client.send_many({"room_id": "r", "message": "hi"})
client.send_many([], progress=5)
client.send_many([], retry_unknown=True)
kind: roomcast.ErrorKind = "unauthorized"
if roomcast.RoomcastError().outcome == "sent": ...
roomcast.Client(hooks=lambda: None)
print(roomcast.Trace.user_id)
client.drain("5")
client.stats().delivered
"""


def errors(tmp_path, code):
    file = tmp_path / "code.py"
    file.write_text(code)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]


def test_callers_are_type_checked(tmp_path):
    assert errors(tmp_path, USE) == []
    assert sorted(set(errors(tmp_path, MISUSE))) == list(range(4, 35))


PUBLIC = [getattr(roomcast, name) for name in roomcast.__all__]
FUNCTIONS = [thing for thing in PUBLIC if inspect.isfunction(thing)]
CLASSES = [thing for thing in PUBLIC if isinstance(thing, type)]


@pytest.mark.parametrize("cls", CLASSES)
def test_type_hints_of_every_class_and_method_can_be_evaluated(cls):
    hints = typing.get_type_hints(cls)
    assert not any(isinstance(hint, (str, typing.ForwardRef)) for hint in hints.values())
    for name, member in inspect.getmembers(cls, inspect.isfunction):
        if member.__module__.startswith("roomcast"):
            hints = typing.get_type_hints(member)
            parameters = inspect.signature(member).parameters.values()
            named = {
                parameter.name for parameter in parameters if parameter.annotation is not parameter.empty
            }
            assert set(hints) == {*named, "return"}, name


def test_type_hints_are_those_that_are_declared():
    assert typing.get_type_hints(roomcast.Peer)["joined_at"] == typing.Optional[datetime]
    assert typing.get_type_hints(roomcast.PeerLeft)["data"] == dict[str, typing.Any]
    assert typing.get_type_hints(roomcast.SendResult) == {
        "message": str,
        "attempts": int,
        "request_id": typing.Optional[str],
    }
    assert typing.get_type_hints(roomcast.RoomcastError)["kind"] == roomcast.ErrorKind
    assert typing.get_type_hints(roomcast.NotFoundError)["status"] == typing.Optional[int]
    for cls in (roomcast.Client, roomcast.AsyncClient):
        hints = typing.get_type_hints(cls.broadcast)
        assert hints["message"] == roomcast.MessageLike
        assert hints["timeout"] == typing.Union[float, timedelta, roomcast.NotGiven]
        assert hints["return"] is roomcast.SendResult
        assert typing.get_type_hints(cls.list_peers)["return"] == list[roomcast.Peer]
        assert typing.get_type_hints(cls.__init__)["max_attempts"] == typing.Union[int, roomcast.NotGiven]
    assert {function.__name__ for function in FUNCTIONS} == {"chat", "event", "reaction"}
    for function in FUNCTIONS:
        assert typing.get_type_hints(function)["return"] is roomcast.Message
    assert (
        typing.get_type_hints(roomcast.event)["payload"]
        == typing.Union[roomcast.JSONValue, roomcast.NotGiven]
    )


def test_unknown_names_are_attribute_errors():
    name = "Nothing"
    for module in (roomcast, roomcast._typing):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            getattr(module, name)
    assert {"ErrorKind", "MessageLike", "Client"} < set(dir(roomcast))

"""Results in FastAPI and pydantic, and sends from gevent."""

import asyncio
import datetime
import json
import subprocess
import sys
import warnings

import pytest
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

import roomcast

JOINED = datetime.datetime(2021, 11, 30, 12, 58, 49, 123456, tzinfo=datetime.timezone.utc)
PEER = roomcast.Peer(peer_id="p", name="Ann", user_id="u", metadata="", role="host", joined_at=JOINED)
ROOM = roomcast.Room(
    room_id="r", name="", customer_id="", session_id="s", created_at=None, peer_ids=("p", "q")
)
SENT = roomcast.SendResult("message sent", 1)
PEER_JSON = {**vars(PEER), "joined_at": "2021-11-30T12:58:49.123456Z"}
ROOM_JSON = {**vars(ROOM), "peer_ids": ["p", "q"]}

ERROR = roomcast.NotFoundError(
    "not_found: it left", outcome="rejected", status=404, attempts=1, details=("a",)
)
FIELDS = {"peer_id": None, "role": None, "user_id": None, "result": None, "error": None}
RECIPIENTS = [
    roomcast.RecipientResult(**{**FIELDS, "peer_id": "p", "user_id": "u", "result": SENT}),
    roomcast.RecipientResult(**{**FIELDS, "role": "host", "error": ERROR}),
]
ERROR_JSON = {
    "text": "not_found: it left",
    "kind": "not_found",
    "outcome": "rejected",
    "status": 404,
    "code": None,
    "server_message": None,
    "details": ["a"],
    "retry_after": None,
    "request_id": None,
    "attempts": 1,
}
PROGRESS = roomcast.Progress(completed=2, accepted=1, not_sent=0, rejected=1, unknown=0, total=None)

app = FastAPI()


@app.get("/sent")
def sent() -> roomcast.SendResult:
    return SENT


@app.get("/peers", response_model=list[roomcast.Peer])
async def peers():
    return [PEER]


@app.get("/room", response_model=roomcast.Room)
async def room():
    return ROOM


@app.get("/recipients")
def recipients() -> "list[roomcast.RecipientResult]":
    return RECIPIENTS


@app.get("/progress")
def progress() -> roomcast.Progress:
    return PROGRESS


@app.get("/nobody")
async def nobody() -> "list[roomcast.Peer]":
    return []


@app.get("/plain", response_model=None)
def plain():
    return [SENT, PEER, ROOM]


def get(path):
    """Return the JSON of the application's response, without a server."""
    body = b""

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        nonlocal body
        assert message.get("status", 200) == 200
        body += message.get("body", b"")

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path}
    scope.update(raw_path=path.encode(), query_string=b"", headers=[], scheme="http", root_path="")
    asyncio.run(app(scope, receive, send))
    return json.loads(body)


def test_fastapi_returns_results():
    assert get("/sent") == vars(SENT) == {"message": "message sent", "attempts": 1, "request_id": None}
    assert get("/peers") == [PEER_JSON]
    assert get("/room") == ROOM_JSON
    assert get("/nobody") == []
    assert get("/progress") == vars(PROGRESS)
    assert get("/recipients") == [
        {**FIELDS, "peer_id": "p", "user_id": "u", "result": vars(SENT)},
        {**FIELDS, "role": "host", "error": ERROR_JSON},
    ]
    assert get("/plain") == [vars(SENT), {**PEER_JSON, "joined_at": JOINED.isoformat()}, ROOM_JSON]


def test_fastapi_documents_results():
    document = app.openapi()
    schemas = document["components"]["schemas"]
    assert {"SendResult", "Peer", "Room", "RecipientResult", "RoomcastError", "Progress"} <= set(schemas)
    assert list(schemas["RoomcastError"]["properties"]) == list(ERROR_JSON)
    for path, schema in (("/sent", "SendResult"), ("/room", "Room")):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["schema"] == {"$ref": f"#/components/schemas/{schema}"}
    assert set(schemas["SendResult"]["properties"]) == {"message", "attempts", "request_id"}
    assert schemas["SendResult"]["properties"]["attempts"]["type"] == "integer"
    assert list(schemas["Peer"]["properties"]) == list(vars(PEER))
    assert {"type": "string", "format": "date-time"} in schemas["Peer"]["properties"]["joined_at"]["anyOf"]
    assert schemas["Room"]["properties"]["peer_ids"]["items"] == {"type": "string"}
    assert schemas["Peer"]["description"].startswith("A peer that is in a room.")


def test_pydantic_reads_what_it_wrote():
    class Report(BaseModel):
        sent: roomcast.SendResult
        peers: list[roomcast.Peer]
        room: roomcast.Room

    report = Report(sent=SENT, peers=[PEER], room=ROOM)
    assert report.peers[0] is PEER and report.sent is SENT
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Report.model_json_schema()["$defs"].keys() == {"SendResult", "Peer", "Room"}
        assert Report.model_json_schema(mode="serialization")["$defs"].keys() == {
            "SendResult",
            "Peer",
            "Room",
        }
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert Report.model_validate(report.model_dump()) == report
    for cls in (roomcast.Event, roomcast.PeerJoined, roomcast.PeerLeft):
        schema = TypeAdapter(cls).json_schema(mode="serialization")
        assert list(schema["properties"]) == list(cls._fields) and schema["title"] == cls.__name__
    with pytest.raises(ValidationError, match="attempts"):
        TypeAdapter(roomcast.SendResult).validate_python({"message": "message sent", "attempts": "many"})
    with pytest.raises(ValidationError, match="peer_id"):
        TypeAdapter(roomcast.Peer).validate_python({})


def test_pydantic_reads_errors():
    adapter = TypeAdapter(list[roomcast.RecipientResult])
    assert adapter.validate_python(RECIPIENTS)[1] is RECIPIENTS[1]
    restored = adapter.validate_json(adapter.dump_json(RECIPIENTS))
    assert restored[0] == RECIPIENTS[0]
    assert type(restored[1].error) is roomcast.NotFoundError and repr(restored[1].error) == repr(ERROR)
    assert TypeAdapter(roomcast.NotFoundError).validate_python(ERROR_JSON).status == 404
    for cls, wrong in ((roomcast.ServerError, {}), (roomcast.RoomcastError, {"kind": "unknown"})):
        with pytest.raises(ValidationError, match="kind"):
            TypeAdapter(cls).validate_python({**ERROR_JSON, **wrong})


GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys, threading, time, gevent, roomcast

client = roomcast.Client(base_url=sys.argv[1], access_key="k", secret="s", timeout=30)
pool = gevent.get_hub().threadpool
pool.maxsize = 32
ticks = 0

def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.005)

def send(number):
    return pool.apply(client.broadcast, ("r", roomcast.chat(f"message {number}")), {"timeout": 20})

gevent.spawn(tick)
jobs = [gevent.spawn(send, number) for number in range(32)]
print("sending", flush=True)
gevent.joinall(jobs, raise_error=True)
assert all(job.value == roomcast.SendResult("message sent", 1) for job in jobs), jobs
try:
    pool.apply(client.broadcast, ("", "hi"))
except roomcast.InvalidRequestError as error:
    assert error.outcome == "not_sent"
else:
    raise AssertionError("no error")
assert ticks > 20, ticks
"""


def test_gevent_sends_in_its_thread_pool(server):
    """All sends are in flight at the same time, and the hub runs other greenlets meanwhile."""
    server.may_respond.clear()
    command = [sys.executable, "-X", "faulthandler", "-c", GEVENT, server.base_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        server.wait_for(32)
        # Other greenlets run while the server does not respond.
        server.arrived.acquire(timeout=0.5)
        server.may_respond.set()
        out, err = process.communicate(timeout=50)
    finally:
        process.kill()
    # gevent prints what a function in its pool raised, and raises it too.
    assert process.returncode == 0, out + err
    assert err.count("Traceback") == err.count("roomcast.InvalidRequestError:") == 1, err
    assert {body["message"] for body in server.bodies} == {f"message {n}" for n in range(32)}

"""The server of a poker table, with FastAPI: it gets joins and leaves by webhook, and sends each player their cards.

HMS_ACCESS_KEY=… HMS_SECRET=… POKER_WEBHOOK_SECRET=… POKER_KEY=… PORT=3000 python app.py
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import roomcast
import uvicorn
from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from table import Refused, Send
from tables import BadRoomId, Tables

log = logging.getLogger("uvicorn.error")
# The key of the owner's API.
KEY = os.environ.get("POKER_KEY")
if not KEY:
    raise SystemExit("POKER_KEY is not set")
# The value of the header that is set for the webhook in 100ms's dashboard.
webhooks = roomcast.Webhooks(secret=os.environ.get("POKER_WEBHOOK_SECRET", ""))
tables = Tables(Path(os.environ.get("POKER_STATE", "poker-state")))
# Calls of send_due for one room run one after the other.
sending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # A player may get their own cards twice without harm: every message contains the number of its hand.
    async with roomcast.AsyncClient(retry_unknown=True) as client:
        app.state.roomcast = client
        await asyncio.gather(*(catch_up(room_id) for room_id in tables))
        # Messages that were due when the server stopped.
        unsent = asyncio.gather(*(send_due(room_id) for room_id in tables))
        yield
        await unsent


app = FastAPI(lifespan=lifespan)


async def catch_up(room_id: str) -> None:
    """Queries who is in a room. Events may be missing: 100ms drops a webhook after 14 s of retries."""
    client: roomcast.AsyncClient = app.state.roomcast
    try:
        room, players = await asyncio.gather(client.get_room(room_id), client.list_peers(room_id, role="player"))
    except roomcast.NotFoundError:
        room, players = None, []
    except roomcast.RoomcastError as error:
        log.error("%s", error)
        return
    tables[room_id].reconcile(room, players)
    tables.save(room_id)


# --- sending ---


async def send_due(room_id: str) -> None:
    """Sends all due messages of a room. What fails stays due, and is retried at the next event, call or start."""
    async with sending[room_id]:
        while due := tables[room_id].due():
            if not all(await asyncio.gather(*(deliver(room_id, send) for send in due))):
                return


async def deliver(room_id: str, send: Send) -> bool:
    client: roomcast.AsyncClient = app.state.roomcast
    message = roomcast.event("custom_event", send.message)
    try:
        if send.peer_id is None:
            await client.broadcast(room_id, message)
        else:
            # Not `send_message` with an optional peer id: without one it would broadcast the cards.
            await client.send_to_peer(room_id, send.peer_id, message)
    except roomcast.NotFoundError:
        # The peer has left, and its webhook will follow: then the message is no longer due. A broadcast to a room
        # without peers counts as sent.
        if send.peer_id is not None:
            return False
    except roomcast.RoomcastError as error:
        log.error("%s", error)
        return False
    tables[room_id].mark_sent(send)
    tables.save(room_id)
    return True


# --- webhooks ---

MAX_BODY = 1 << 20


@app.post("/webhooks/100ms")
async def webhook(request: Request, after: BackgroundTasks) -> dict[str, str]:
    event = webhooks.read(request.headers.get("x-webhook-secret"), await read_body(request))
    if isinstance(event, (roomcast.PeerJoined, roomcast.PeerLeft)):
        tables[event.room_id].apply(event)
        tables.save(event.room_id)
        # Respond first: 100ms does not need to wait until the cards are sent.
        after.add_task(send_due, event.room_id)
    # Other event types are accepted and ignored.
    return {"heard": event.type}


async def read_body(request: Request) -> bytes:
    """Reads a body that is too long to its end, so that its sender reads the response, but does not store the rest."""
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= MAX_BODY:
            body += chunk
    return bytes(body)


@app.exception_handler(roomcast.WebhookError)
async def bad_webhook(request: Request, error: roomcast.WebhookError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, error.status)


# --- the owner's API: called by your own server, which knows whose turn it is ---


def owner(authorization: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(authorization.encode(), f"Bearer {KEY}".encode()):
        raise HTTPException(401, "Authorization must be Bearer and the POKER_KEY")


class Bet(BaseModel):
    user_id: str
    amount: Annotated[int, Field(ge=1, le=1_000_000)]


@app.get("/rooms/{room_id}", dependencies=[Depends(owner)])
async def table_state(room_id: str) -> dict[str, Any]:
    table = tables[room_id]
    return {"seats": table.seats(), "hand": table.hand, "players": list(table.cards)}


@app.post("/rooms/{room_id}/hands", dependencies=[Depends(owner)])
async def deal(room_id: str) -> dict[str, Any]:
    players = tables[room_id].deal()
    await save_and_send(room_id)
    return {"hand": tables[room_id].hand, "players": players}


@app.post("/rooms/{room_id}/bets", dependencies=[Depends(owner)])
async def bet(room_id: str, bet: Bet) -> dict[str, int]:
    total = tables[room_id].bet(bet.user_id, bet.amount)
    await save_and_send(room_id)
    return {"bet": total}


@app.post("/rooms/{room_id}/showdown", dependencies=[Depends(owner)])
async def showdown(room_id: str) -> dict[str, Any]:
    show = tables[room_id].showdown()
    await save_and_send(room_id)
    return show


async def save_and_send(room_id: str) -> None:
    # Saved first: otherwise a crash could lose cards that were already sent.
    tables.save(room_id)
    await send_due(room_id)


@app.exception_handler(Refused)
async def refused(request: Request, error: Refused) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 409)


@app.exception_handler(BadRoomId)
async def bad_room_id(request: Request, error: BadRoomId) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 400)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))

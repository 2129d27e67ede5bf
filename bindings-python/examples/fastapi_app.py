"""A FastAPI application that sends to rooms.

uvicorn fastapi_app:app
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

import roomcast

logger = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    # One client for all requests. When the application shuts down, what background tasks send is waited for.
    client = app.state.roomcast = roomcast.AsyncClient()
    yield
    if not await client.drain(5):
        logger.warning("sends were cancelled at shutdown: their errors say what is known of the messages")


app = FastAPI(lifespan=lifespan)


class Message(BaseModel):
    text: str


@app.post("/rooms/{room_id}/announcements")
async def announce(room_id: str, message: Message, request: Request) -> roomcast.SendResult:
    client: roomcast.AsyncClient = request.app.state.roomcast
    return await client.broadcast(room_id, roomcast.chat(message.text))


@app.post("/rooms/{room_id}/peers/{peer_id}/messages")
async def whisper(room_id: str, peer_id: str, message: Message, request: Request) -> roomcast.SendResult:
    client: roomcast.AsyncClient = request.app.state.roomcast
    return await client.send_to_peer(room_id, peer_id, roomcast.chat(message.text))


@app.get("/rooms/{room_id}/peers")
async def peers(room_id: str, request: Request) -> list[roomcast.Peer]:
    client: roomcast.AsyncClient = request.app.state.roomcast
    return await client.list_peers(room_id)


@app.exception_handler(roomcast.InvalidRequestError)
async def invalid(request: Request, error: roomcast.InvalidRequestError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 422)


@app.exception_handler(roomcast.RoomcastError)
async def failed(request: Request, error: roomcast.RoomcastError) -> JSONResponse:
    # The caller may retry after 503, and after 504 only if seeing the message twice does no harm.
    status = {"not_sent": 503, "rejected": 502, "unknown": 504}[error.outcome]
    return JSONResponse({"error": str(error), "kind": error.kind, "outcome": error.outcome}, status)

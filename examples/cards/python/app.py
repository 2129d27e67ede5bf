"""Deals cards: each player in the room sees their own, and nobody else does.

uvicorn app:app
"""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import roomcast
from fastapi import FastAPI

DECK = [rank + suit for suit in "♠♥♦♣" for rank in "23456789TJQKA"]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with roomcast.AsyncClient() as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/tables/{room_id}/deal")
async def deal(room_id: str) -> dict[str, int]:
    client: roomcast.AsyncClient = app.state.client
    deck = random.sample(DECK, len(DECK))
    players = await client.list_peers(room_id, role="player")
    for player in players:
        cards = roomcast.event("deal", {"cards": [deck.pop(), deck.pop()]})
        await client.send_to_peer(room_id, player.peer_id, cards)
    return {"players": len(players)}

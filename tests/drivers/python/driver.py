"""Calls the Python package as a user would, and prints what came back; see ../README.md.

With --async it uses AsyncClient.
"""

import asyncio
import json
import sys

import roomcast

# The keys of a call, in the order of the method's parameters, and the parameters' names.
PARAMETERS = {
    "send_message": {"room_id": "room_id", "message": "message"},
    "send_to_peer": {"room_id": "room_id", "target": "peer_id", "message": "message"},
    "send_to_role": {"room_id": "room_id", "target": "role", "message": "message"},
    "broadcast": {"room_id": "room_id", "message": "message"},
}
FIELDS = ("kind", "outcome", "status", "code", "server_message", "details", "retry_after", "attempts")


def arguments(call):
    """By position, until one is left out; from there on by name."""
    positional, named = [], {}
    gap = False
    for key, name in PARAMETERS[call["method"]].items():
        if key not in call:
            gap = True
        elif gap:
            named[name] = call[key]
        else:
            positional.append(call[key])
    return positional, {**named, **call.get("options", {})}


async def outcome(client, call):
    """What became of a call."""
    try:
        if call["method"] == "close":
            await client.aclose() if isinstance(client, roomcast.AsyncClient) else client.close()
            return {"closed": True}
        if call["method"] == "pause":
            await asyncio.sleep(call["seconds"])
            return {"paused": True}
        positional, named = arguments(call)
        receipt = getattr(client, call["method"])(*positional, **named)
        if isinstance(client, roomcast.AsyncClient):
            receipt = await receipt
        return {"receipt": {"message": receipt.message, "attempts": receipt.attempts}}
    except roomcast.RoomcastError as error:
        return told(error)


def told(error):
    fields = {name: getattr(error, name) for name in FIELDS}
    return {"error": {**fields, "text": str(error), "debug": repr(error)}}


async def main():
    given = json.load(sys.stdin)
    try:
        client = (roomcast.AsyncClient if "--async" in sys.argv else roomcast.Client)(**given["client"])
    except roomcast.RoomcastError as error:
        return print(json.dumps(told(error)), flush=True)
    print(json.dumps({"client": repr(client)}), flush=True)
    for call in given["calls"]:
        print(json.dumps(await outcome(client, call)), flush=True)


asyncio.run(main())

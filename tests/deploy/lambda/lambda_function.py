"""A function as AWS Lambda calls it: {"room": …, "text": …} is sent to everyone in the room."""

import roomcast

client = roomcast.Client()


def handler(event, context):
    return {"message": client.broadcast(event["room"], event["text"]).message}

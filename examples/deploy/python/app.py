"""Sends a message to everyone in a room: app.py <room id> <message>"""

import sys

import roomcast

room_id, message = sys.argv[1:]
with roomcast.Client() as client:
    print(client.broadcast(room_id, message).message)

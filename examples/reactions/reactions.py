"""Sends emoji reactions to everyone in a room, one after the other: they fly in 100ms's Prebuilt.

HMS_ACCESS_KEY=… HMS_SECRET=… python reactions.py <room id> clap tada
"""

import sys

import roomcast


def main() -> int:
    if len(sys.argv) < 2:
        print("usage: reactions.py <room id> <emoji id>...", file=sys.stderr)
        return 2
    room_id, *emoji_ids = sys.argv[1:]
    try:
        # A short deadline: a late reaction is useless.
        client = roomcast.Client(timeout=2)
        for emoji_id in emoji_ids:
            client.broadcast(room_id, roomcast.reaction(emoji_id))
            print(emoji_id)
    except roomcast.RoomcastError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())

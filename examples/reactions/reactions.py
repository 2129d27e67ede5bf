"""Sends emoji reactions to everyone in a room, one after the other.

HMS_ACCESS_KEY=… HMS_SECRET=… python reactions.py <room id> 👏 🎉
"""

import sys

import roomcast


def main() -> int:
    if len(sys.argv) < 2:
        print("usage: reactions.py <room id> <emoji>...", file=sys.stderr)
        return 2
    room_id, *emojis = sys.argv[1:]
    try:
        # A short deadline: a late reaction is useless.
        client = roomcast.Client(timeout=2)
        for emoji in emojis:
            client.broadcast(room_id, emoji, type="emoji")
            print(emoji)
    except roomcast.RoomcastError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())

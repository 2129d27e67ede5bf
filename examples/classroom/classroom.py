"""Sends a chat message to everyone in a room: the teacher cannot come.

HMS_ACCESS_KEY=… HMS_SECRET=… python classroom.py <room id> <message>
"""

import sys

import roomcast


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: classroom.py <room id> <message>", file=sys.stderr)
        return 2
    room_id, message = sys.argv[1:]
    try:
        # A line in the chat: nothing else shows in the chat of 100ms's own clients.
        roomcast.Client().broadcast(room_id, roomcast.chat(message))
    except roomcast.RoomcastError as error:
        print(error, file=sys.stderr)
        # Exit code 3: the outcome is unknown. If it is sent again, people may see it twice.
        return 3 if error.outcome == "unknown" else 1
    print("100ms accepted the message for everyone in the room")
    return 0


sys.exit(main())

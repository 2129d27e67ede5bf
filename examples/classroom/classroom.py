"""Tells everybody in a classroom that the teacher cannot come.

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
        # 100ms's own web page shows messages of the type "chat", and no others.
        roomcast.Client().broadcast(room_id, message, type="chat")
    except roomcast.RoomcastError as error:
        print(error, file=sys.stderr)
        # 3: some may have seen it, and sending it again may show it to them twice.
        return 3 if error.outcome == "unknown" else 1
    print("100ms took the message for everybody in the room")
    return 0


sys.exit(main())

"""What only Python has of questions for rooms: types, threads, tasks. The rules: tests/cases/rooms.json."""

import asyncio
import datetime
import pickle
import threading

import pytest

import roomcast
from conftest import CREDENTIALS

PEER = {"id": "p1", "name": "Ann", "user_id": "u1", "metadata": "{}", "role": "host", "joined_at": None}
PEERS = {"peers": {"p1": {**PEER, "joined_at": "2021-11-30T12:58:49.123456789Z"}}}
ROOM = {"id": "r", "name": "n", "customer_id": "c", "session": {"id": "s", "peers": ["p1", "p2"]}}
JOINED = datetime.datetime(2021, 11, 30, 12, 58, 49, 123456, tzinfo=datetime.timezone.utc)


def test_peers_and_rooms_are_values(server, client):
    server.answer = (200, PEERS, {})
    peers = client.list_peers("r", user_id="u1")
    assert type(peers) is list
    assert peers[0] == roomcast.Peer(
        peer_id="p1", name="Ann", user_id="u1", metadata="{}", role="host", joined_at=JOINED
    )
    assert pickle.loads(pickle.dumps(peers)) == peers
    assert {peers[0]: 1}[peers[0]] == 1
    with pytest.raises(AttributeError):
        peers[0].user_id = "u2"
    server.answer = (200, ROOM, {})
    room = client.get_room(room_id="r")
    assert (room.peer_ids, room.created_at) == (("p1", "p2"), None)
    assert repr(room).startswith("Room(room_id='r', name='n', customer_id='c', session_id='s', ")
    assert server.paths == ["/v2/active-rooms/r/peers?user_id=u1", "/v2/active-rooms/r"]


def test_other_threads_run_while_it_waits(server, client):
    server.answer = (200, PEERS, {})
    server.go.clear()
    told = []
    threads = [threading.Thread(target=lambda: told.append(client.list_peers("r"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    # All three are under way at once, and this thread sees it.
    server.wait_for(3)
    assert told == []
    server.go.set()
    for thread in threads:
        thread.join()
    assert [[peer.peer_id for peer in peers] for peers in told] == [["p1"]] * 3


def test_asyncio(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            server.answer = (200, PEERS, {})
            asked = [client.list_peers("r", role="host") for _ in range(5)]
            assert [peers[0].peer_id for peers in await asyncio.gather(*asked)] == ["p1"] * 5
            server.answer = (200, ROOM, {})
            assert (await client.get_room("r")).room_id == "r"
            server.answer = (404, {}, {})
            with pytest.raises(roomcast.NotFoundError):
                await client.get_room("r")
            server.go.clear()
            task = asyncio.ensure_future(client.list_peers("r"))
            await asyncio.to_thread(server.wait_for, 8)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_too_many_arguments_by_position(client):
    with pytest.raises(TypeError, match=r"list_peers\(\) takes 2 positional arguments but 3 were given"):
        client.list_peers("r", "u1")
    with pytest.raises(TypeError, match=r"get_room\(\) takes 2 positional arguments but 3 were given"):
        client.get_room("r", "u1")

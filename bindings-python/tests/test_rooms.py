"""What is Python's own in queries: types, threads, tasks. The rules are tested by tests/cases/rooms.json."""

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
    server.response = (200, PEERS, {})
    peers = client.list_peers("r", user_id="u1")
    assert type(peers) is list
    assert peers[0] == roomcast.Peer(
        peer_id="p1", name="Ann", user_id="u1", metadata="{}", role="host", joined_at=JOINED
    )
    assert pickle.loads(pickle.dumps(peers)) == peers
    assert {peers[0]: 1}[peers[0]] == 1
    with pytest.raises(AttributeError):
        peers[0].user_id = "u2"
    server.response = (200, ROOM, {})
    room = client.get_room(room_id="r")
    assert (room.peer_ids, room.created_at) == (("p1", "p2"), None)
    assert repr(room).startswith("Room(room_id='r', name='n', customer_id='c', session_id='s', ")
    assert server.paths == ["/v2/active-rooms/r/peers?user_id=u1", "/v2/active-rooms/r"]


def test_other_threads_run_while_a_query_waits(server, client):
    server.response = (200, PEERS, {})
    server.may_respond.clear()
    results = []
    threads = [threading.Thread(target=lambda: results.append(client.list_peers("r"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    # All three are in flight at the same time, and this thread runs.
    server.wait_for(3)
    assert results == []
    server.may_respond.set()
    for thread in threads:
        thread.join()
    assert [[peer.peer_id for peer in peers] for peers in results] == [["p1"]] * 3


def test_asyncio(server):
    async def main():
        async with roomcast.AsyncClient(base_url=server.base_url, **CREDENTIALS) as client:
            server.response = (200, PEERS, {})
            queries = [client.list_peers("r", role="host") for _ in range(5)]
            assert [peers[0].peer_id for peers in await asyncio.gather(*queries)] == ["p1"] * 5
            server.response = (200, ROOM, {})
            assert (await client.get_room("r")).room_id == "r"
            server.response = (404, {}, {})
            with pytest.raises(roomcast.NotFoundError):
                await client.get_room("r")
            server.may_respond.clear()
            task = asyncio.ensure_future(client.list_peers("r"))
            await asyncio.to_thread(server.wait_for, 8)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_too_many_positional_arguments(client):
    with pytest.raises(TypeError, match=r"list_peers\(\) takes 2 positional arguments but 3 were given"):
        client.list_peers("r", "u1")
    with pytest.raises(TypeError, match=r"get_room\(\) takes 2 positional arguments but 3 were given"):
        client.get_room("r", "u1")

"""pip install "roomcast[sandbox]" fastapi httpx2 pytest, and then: pytest"""

from app import app
from fastapi.testclient import TestClient
from roomcast.testing import Sandbox


def test_each_player_sees_their_own_cards_and_nobody_else_does(roomcast_sandbox: Sandbox) -> None:
    players = [roomcast_sandbox.join("table", role="player", user_id=name) for name in ("ann", "bob")]
    watcher = roomcast_sandbox.join("table", role="watcher")
    with TestClient(app) as web:
        assert web.post("/tables/table/deal").json() == {"players": 2}
    hands = []
    for player in players:
        (dealt,) = player.received()
        assert dealt.type == "deal"
        hands.append(dealt.json()["cards"])
    assert [len(hand) for hand in hands] == [2, 2] and len({*hands[0], *hands[1]}) == 4
    watcher.expect_nothing()

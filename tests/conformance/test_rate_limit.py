"""Many messages to a server that limits them: all arrive, each once, with few refusals. -rP shows the figures."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from harness import tokens
from harness.drivers import DRIVERS, Driver
from harness.peers import Room
from harness.relay import Relay
from harness.sandbox import Sandbox

COUNT = 1000
# Requests a second, after a burst of as many.
LIMIT = 50
# The most requests that may be refused besides.
REFUSALS = COUNT // 10


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=list(DRIVERS))
def test_all_arrive_once_with_few_refusals(driver: Driver) -> None:
    with Sandbox("--rate-limit", str(LIMIT)) as sandbox, Room(sandbox, cast={"alice": "player"}) as room:
        relay = Relay(sandbox.host_and_port)
        recording = relay.record()
        client = {
            "access_key": tokens.ACCESS_KEY,
            "secret": tokens.SECRET,
            "base_url": f"http://127.0.0.1:{relay.port}/v2",
        }
        call = {"method": "send_many", "count": COUNT, "room_id": room.room_id, "message": "m", "options": {}}
        run = driver.run(client, [call], {})
        relay.close()
        assert run.exit_code == 0, run.err
        assert run.lines()[1] == {"results_count": {"accepted": COUNT, "not_sent": 0, "rejected": 0, "unknown": 0}}
        # The peers' marker is a request, too.
        time.sleep(1)
        times = Counter(message["message"] for message in room.received()["alice"])
    assert times == {f"m.{number}": 1 for number in range(COUNT)}
    refused, seconds = len(recording.requests()) - COUNT, run.elapsed()[0]
    print(
        f"{driver.language}: {COUNT} messages, {LIMIT} a second: {seconds:.1f} s, {refused} requests answered with 429"
    )
    assert refused <= REFUSALS

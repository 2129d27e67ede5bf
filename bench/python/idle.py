"""Prints the time and memory of idle clients: `idle.py <base URL>`; see rust/src/idle.rs."""

import json
import statistics
import sys
import time

import roomcast

from send import memory

MANY = 256


def create(url: str):
    """Seconds to create a client, and KiB of memory per client."""
    before, clients, times = memory("VmRSS"), [], []
    for _ in range(MANY):
        began = time.perf_counter()
        clients.append(roomcast.Client(base_url=url))
        times.append(time.perf_counter() - began)
    return statistics.median(times), (memory("VmRSS") - before) / MANY


plain, plain_kib = create(sys.argv[1])
https, https_kib = create("https://api.100ms.live/v2")
print(json.dumps({"plain_s": plain, "plain_kib": plain_kib, "https_s": https, "https_kib": https_kib}))

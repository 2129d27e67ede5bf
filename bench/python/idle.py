"""Prints what clients cost that do nothing: `idle.py <base URL>`; see rust/src/idle.rs."""

import json
import statistics
import sys
import time

import roomcast

from send import memory

MANY = 256


def made(url: str):
    """Seconds for a client, and KiB of memory."""
    before, clients, times = memory("VmRSS"), [], []
    for _ in range(MANY):
        began = time.perf_counter()
        clients.append(roomcast.Client(base_url=url))
        times.append(time.perf_counter() - began)
    return statistics.median(times), (memory("VmRSS") - before) / MANY


plain, plain_kib = made(sys.argv[1])
https, https_kib = made("https://api.100ms.live/v2")
print(json.dumps({"plain_s": plain, "plain_kib": plain_kib, "https_s": https, "https_kib": https_kib}))

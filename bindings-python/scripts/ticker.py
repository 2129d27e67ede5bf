"""Print how much 200 sends in flight delay their event loop. The server responds after a second.

A 10 ms ticker runs in the same event loop; its delays are measured.
"""

import asyncio
import statistics
import subprocess
import sys
import time

import roomcast

SENDS = 200
TICK = 0.01
# Run in another process, so that it does not use this interpreter's time.
SERVER = """
import asyncio

async def serve(reader, writer):
    while head := await reader.readuntil(b"\\r\\n\\r\\n"):
        length = next(line for line in head.lower().split(b"\\r\\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        await asyncio.sleep(1)
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


async def ticks(late: list[float]) -> None:
    while True:
        start = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append((time.perf_counter() - start - TICK) * 1000)


def summary(late: list[float]) -> str:
    return f"{len(late)} ticks, late by {statistics.median(late):.2f} ms (median), {max(late):.2f} ms (max)"


async def main(base_url: str) -> None:
    alone: list[float] = []
    with_sends: list[float] = []
    ticker = asyncio.create_task(ticks(alone))
    await asyncio.sleep(1)
    ticker.cancel()
    client = roomcast.AsyncClient(base_url=base_url, access_key="k", secret="s", max_in_flight=SENDS)
    ticker = asyncio.create_task(ticks(with_sends))
    start = time.perf_counter()
    await asyncio.gather(*(client.broadcast("room", "hi") for _ in range(SENDS)))
    took = time.perf_counter() - start
    ticker.cancel()
    print(f"a ticker alone: {summary(alone)}")
    print(f"with {SENDS} sends: {summary(with_sends)}")
    print(f"all sends done in {took:.2f} s")


if __name__ == "__main__":
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout
    try:
        asyncio.run(main(f"http://127.0.0.1:{int(server.stdout.readline())}/v2"))
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()

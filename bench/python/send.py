"""Sends messages with one client, and prints the cost as one line of JSON; see rust/src/send.rs."""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import sys
import threading
import time

import clients
from work import Work


def memory(field: str) -> int:
    """Resident memory in KiB: VmRSS is the current value, VmHWM the peak."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(f"{field}:"))


def send_all(send, work: Work, in_flight: int) -> None:
    """Sends with a blocking call, on this thread or on `in_flight` threads."""
    failures = []

    def sends() -> None:
        try:
            while (number := work.take()) is not None:
                send(number)
        except BaseException as error:
            failures.append(error)

    if in_flight == 1:
        sends()
    else:
        threads = [threading.Thread(target=sends) for _ in range(in_flight)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def numbers(work: Work):
    return iter(work.take, None)


async def send_all_async(send, work: Work, in_flight: int) -> None:
    async def sends() -> None:
        while (number := work.take()) is not None:
            await send(number)

    await asyncio.gather(*(sends() for _ in range(in_flight)))


def steps(options: argparse.Namespace, result: dict):
    """Yields the messages to send in each step, and measures between the steps."""
    # Idle: the client has sent one message, so it has a token and a connection.
    yield Work(1, 60)
    result["idle_kib"] = memory("VmRSS")
    yield Work(options.warm_up, 1)
    measured = Work(options.messages, options.seconds)
    began, cpu = time.perf_counter(), time.process_time()
    yield measured
    result["wall_s"] = time.perf_counter() - began
    result["cpu_s"] = time.process_time() - cpu
    result["messages"] = measured.taken()
    result["peak_kib"] = memory("VmHWM")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--client", choices=clients.CLIENTS, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--ca-file")
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--in-flight", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm-up", type=int, default=1000)
    options = parser.parse_args()

    make = clients.CLIENTS[options.client]
    result: dict = {}
    if inspect.isasyncgenfunction(make):

        async def run() -> None:
            async for send, version in make(options):
                result["version"] = version
                for work in steps(options, result):
                    if make in clients.MANY:
                        await send(numbers(work))
                    else:
                        await send_all_async(send, work, options.in_flight)

        asyncio.run(run())
    else:
        send, result["version"] = make(options)
        for work in steps(options, result):
            if make in clients.MANY:
                send(numbers(work))
            else:
                send_all(send, work, options.in_flight)
    json.dump(result, sys.stdout)
    print()


if __name__ == "__main__":
    main()

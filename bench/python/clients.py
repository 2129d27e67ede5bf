"""The clients that are measured, each used as in its documentation, with a timeout of 10 s.

A function creates a blocking client, an asynchronous generator an asyncio one, which it closes at the end. Both yield a
function that sends a message, and the client's version. Only the measured client is imported.
"""

from __future__ import annotations

import io
import json
import os
import threading

ROOM = "627cda81ab4f3b56a077dc33"
PEER = "1038fa72-9345-4651-beab-436f9242ebf4"
TIMEOUT = 10


def text(number: int) -> str:
    return f"your cards: A♠ K♠ ({number})"


def body(number: int) -> dict:
    return {"message": text(number), "peer_id": PEER}


def check(status: int, response: dict) -> None:
    if status != 200 or response["message"] != "message sent":
        raise RuntimeError(f"HTTP {status}, {response}")


def url(options) -> str:
    return f"{options.url}/active-rooms/{ROOM}/send-message"


def authorization() -> dict:
    # Of the same length as the token that roomcast mints.
    return {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}"}


def roomcast_options(options) -> dict:
    common = {"base_url": options.url, "timeout": TIMEOUT, "max_in_flight": max(64, options.in_flight)}
    return {**common, "ca_file": options.ca_file} if options.ca_file else common


def roomcast(options):
    import roomcast

    client = roomcast.Client(**roomcast_options(options))

    def send(number: int) -> None:
        client.send_to_peer(ROOM, PEER, text(number))

    return send, roomcast.__version__


def watch():
    """Return a hook that reads what most would: how long an operation took, and how many attempts."""
    seen = {"attempts": 0, "elapsed": 0.0}

    def hook(trace) -> None:
        seen["attempts"] += len(trace.attempts)
        seen["elapsed"] += trace.elapsed

    return hook


def roomcast_observed(options):
    import roomcast

    client = roomcast.Client(**roomcast_options(options), hooks=watch())

    def send(number: int) -> None:
        client.send_to_peer(ROOM, PEER, text(number))

    return send, roomcast.__version__


async def roomcast_async(options):
    import roomcast

    async with roomcast.AsyncClient(**roomcast_options(options)) as client:

        async def send(number: int) -> None:
            await client.send_to_peer(ROOM, PEER, text(number))

        yield send, roomcast.__version__


def item(number: int) -> dict:
    return {"room_id": ROOM, "message": text(number), "peer_id": PEER}


def roomcast_many(options):
    import roomcast

    client = roomcast.Client(**roomcast_options(options))

    def send_all(numbers) -> None:
        for result in client.send_many(map(item, numbers)):
            if result.error is not None:
                raise result.error

    return send_all, roomcast.__version__


async def roomcast_async_many(options):
    import roomcast

    async with roomcast.AsyncClient(**roomcast_options(options)) as client:

        async def items(numbers):
            for number in numbers:
                yield item(number)

        async def send_all(numbers) -> None:
            async for result in client.send_many(items(numbers)):
                if result.error is not None:
                    raise result.error

        yield send_all, roomcast.__version__


def requests(options):
    import requests

    session = requests.Session()
    session.headers.update(authorization())
    if options.ca_file:
        session.verify = options.ca_file
    session.mount(options.url, requests.adapters.HTTPAdapter(pool_maxsize=max(10, options.in_flight)))
    to = url(options)

    def send(number: int) -> None:
        response = session.post(to, json=body(number), timeout=TIMEOUT)
        check(response.status_code, response.json())

    return send, requests.__version__


def httpx_options(options) -> dict:
    import ssl

    import httpx

    connections = max(100, options.in_flight)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    verify = ssl.create_default_context(cafile=options.ca_file) if options.ca_file else True
    return {"headers": authorization(), "timeout": TIMEOUT, "limits": limits, "verify": verify}


def httpx(options):
    import httpx

    client = httpx.Client(**httpx_options(options))
    to = url(options)

    def send(number: int) -> None:
        response = client.post(to, json=body(number))
        check(response.status_code, response.json())

    return send, httpx.__version__


async def httpx_async(options):
    import httpx

    to = url(options)
    async with httpx.AsyncClient(**httpx_options(options)) as client:

        async def send(number: int) -> None:
            response = await client.post(to, json=body(number))
            check(response.status_code, response.json())

        yield send, httpx.__version__


async def aiohttp(options):
    import ssl

    import aiohttp

    verify = ssl.create_default_context(cafile=options.ca_file) if options.ca_file else True
    connector = aiohttp.TCPConnector(limit=max(100, options.in_flight), ssl=verify)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    to = url(options)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=authorization()) as session:

        async def send(number: int) -> None:
            async with session.post(to, json=body(number)) as response:
                check(response.status, await response.json())

        yield send, aiohttp.__version__


def pycurl(options):
    import pycurl

    headers = [f"{name}: {value}" for name, value in authorization().items()]
    to = url(options)
    # A handle is used by one thread at a time.
    local = threading.local()

    def handle():
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, to)
        curl.setopt(pycurl.HTTPHEADER, [*headers, "Content-Type: application/json"])
        curl.setopt(pycurl.TIMEOUT, TIMEOUT)
        curl.setopt(pycurl.NOSIGNAL, 1)
        if options.ca_file:
            curl.setopt(pycurl.CAINFO, options.ca_file)
        return curl

    def send(number: int) -> None:
        curl = getattr(local, "curl", None)
        if curl is None:
            curl = local.curl = handle()
        response = io.BytesIO()
        curl.setopt(pycurl.POSTFIELDS, json.dumps(body(number)))
        curl.setopt(pycurl.WRITEDATA, response)
        curl.perform()
        check(curl.getinfo(pycurl.RESPONSE_CODE), json.loads(response.getvalue()))

    return send, pycurl.version.split()[0].removeprefix("PycURL/")


# Those whose function takes all numbers, as an iterator, and keeps the messages in flight itself.
MANY = (roomcast_many, roomcast_async_many)

CLIENTS = {
    "roomcast": roomcast,
    "roomcast-async": roomcast_async,
    "roomcast-observed": roomcast_observed,
    "roomcast-many": roomcast_many,
    "roomcast-async-many": roomcast_async_many,
    "requests": requests,
    "httpx": httpx,
    "httpx-async": httpx_async,
    "aiohttp": aiohttp,
    "pycurl": pycurl,
}

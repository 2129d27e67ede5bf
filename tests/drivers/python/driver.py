"""Calls the Python package as a user would, and prints the results; see ../README.md.

With --async it uses AsyncClient.
"""

import asyncio
import json
import logging
import os
import sys
import threading
import time
from datetime import datetime, timedelta, timezone

import roomcast

# The keys of a call, in the order of the method's parameters, and the parameters' names.
PARAMETERS = {
    "send_message": {"room_id": "room_id", "message": "message"},
    "send_to_peer": {"room_id": "room_id", "target": "peer_id", "message": "message"},
    "send_to_role": {"room_id": "room_id", "target": "role", "message": "message"},
    "broadcast": {"room_id": "room_id", "message": "message"},
    "send_to_user": {"room_id": "room_id", "target": "user_id", "message": "message"},
    "send_to_users": {"room_id": "room_id", "target": "user_ids", "message": "message"},
    "send_to_peers": {"room_id": "room_id", "target": "peer_ids", "message": "message"},
    "send_to_roles": {"room_id": "room_id", "target": "roles", "message": "message"},
    "list_peers": {"room_id": "room_id"},
    "get_room": {"room_id": "room_id"},
}
FIELDS = "kind outcome status code server_message details retry_after attempts request_id".split()


def message(value):
    """The message that a case describes."""
    if isinstance(value, dict):
        if "$chat" in value:
            return roomcast.chat(value["$chat"])
        if "$event" in value:
            event = value["$event"]
            return roomcast.event(event["name"], as_payload(event.get("payload", roomcast.NOT_GIVEN)))
        if "$reaction" in value:
            return roomcast.reaction(**value["$reaction"])
    return as_payload(value)


def as_payload(value):
    """A value, with what JSON cannot express in place of its markers."""
    if isinstance(value, list):
        return [as_payload(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$nan" in value:
        return float("nan")
    if "$unsupported" in value:
        return {1, 2}
    if "$cycle" in value:
        cycle = []
        cycle.append(cycle)
        return cycle
    return {name: as_payload(item) for name, item in value.items()}


def arguments(call):
    """Positional arguments up to the first that is omitted; the rest by name."""
    if "message" in call:
        call = {**call, "message": message(call["message"])}
    positional, named = [], {}
    gap = False
    for key, name in PARAMETERS[call["method"]].items():
        if key not in call:
            gap = True
        elif gap:
            named[name] = call[key]
        else:
            positional.append(call[key])
    return positional, {**named, **call.get("options", {})}


async def result_line(client, call):
    """The result of a call, as a line to print."""
    try:
        if call["method"] == "close":
            await client.aclose() if isinstance(client, roomcast.AsyncClient) else client.close()
            return {"closed": True}
        if call["method"] in ("burst", "fork"):
            return await (burst if call["method"] == "burst" else fork)(client, call)
        if call["method"] == "drain":
            return await drain(client, call)
        if call["method"] == "read_webhook":
            return read_webhook(call)
        if call["method"] == "pause":
            await asyncio.sleep(call["seconds"])
            return {"paused": True}
        if call["method"] == "send_many":
            return await send_many(client, call)
        positional, named = arguments(call)
        result = getattr(client, call["method"])(*positional, **named)
        if isinstance(client, roomcast.AsyncClient):
            result = await result
        if call["method"] == "list_peers":
            return {"peers": [as_json(peer) for peer in result]}
        if call["method"] == "get_room":
            return {"room": as_json(result)}
        if isinstance(result, list):
            return {"recipients": [recipient_line(recipient) for recipient in result]}
        return send_result_line(result)
    except roomcast.RoomcastError as error:
        return error_line(error)


def send_result_line(result):
    return {"send_result": {name: value for name, value in vars(result).items() if value is not None}}


def recipient_line(recipient):
    line = {name: getattr(recipient, name) for name in ("peer_id", "role", "user_id")}
    return {**{name: value for name, value in line.items() if value is not None}, **outcome_line(recipient)}


def outcome_line(one):
    """What became of one of several recipients or items."""
    return error_line(one.error) if one.error else send_result_line(one.result)


class ItemsFail(Exception):
    pass


def items_of(call):
    """The items of a call, as a generator."""
    if "count" in call:
        for number in range(call["count"]):
            yield {"room_id": call["room_id"], "message": f"{call['message']}.{number}"}
        return
    for number, item in enumerate(call["items"]):
        if number == call.get("items_raise_after"):
            raise ItemsFail
        if isinstance(item, dict):
            item = {**item, **item.get("options", {})}
            item.pop("options", None)
            if "message" in item:
                item["message"] = message(item["message"])
        yield item
    if call.get("items_raise_after") == len(call["items"]):
        raise ItemsFail


async def send_many(client, call):
    given = []

    def items():
        for item in items_of(call):
            given.append(item)
            yield item

    async def items_async():
        for item in items():
            await asyncio.sleep(0)
            yield item

    options = call.get("options", {})
    if isinstance(client, roomcast.AsyncClient):
        results = client.send_many(items_async(), **options)
    else:
        results = client.send_many(items(), **options)
    lines, taken, line = {}, 0, {}
    try:
        async for result in results if isinstance(client, roomcast.AsyncClient) else as_async(results):
            taken += 1
            if "count" not in call:
                number = next(n for n, item in enumerate(given) if item is result.item and n not in lines)
                lines[number] = outcome_line(result)
            if taken == call.get("cancel_after"):
                results.cancel()
    except ItemsFail:
        line["raised"] = True
    if "count" in call:
        names = ("accepted", "not_sent", "rejected", "unknown")
        return {"results_count": {name: getattr(results.progress, name) for name in names}}
    return {"results": [lines[number] for number in range(len(given))], **line}


async def as_async(iterable):
    for one in iterable:
        yield one


def error_line(error):
    fields = {name: getattr(error, name) for name in FIELDS}
    return {"error": {**fields, "text": str(error), "debug": repr(error)}}


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def read_webhook(call):
    webhooks = roomcast.Webhooks(**call["webhooks"])
    body = bytes.fromhex(call["body_hex"]) if "body_hex" in call else call["body"]
    try:
        event = webhooks.read(call.get("given"), body)
    except roomcast.WebhookError as error:
        fields = {"kind": error.kind, "status": error.status, "text": str(error), "debug": repr(error)}
        return {"webhook_error": fields, "webhooks": repr(webhooks)}
    return {"event": as_json(event), "webhooks": repr(webhooks), "debug": repr(event)}


def as_json(record):
    return dict(field_as_json(name, value) for name, value in vars(record).items())


def field_as_json(name, value):
    if name == "duration":
        return "duration_ms", None if value is None else round(value * 1000)
    if name == "timestamp" or name.endswith("_at"):
        return f"{name}_ms", None if value is None else (value - EPOCH) // timedelta(milliseconds=1)
    return name, value


async def sends(client, room_id, message, each):
    for number in range(each):
        one = {"method": "broadcast", "room_id": room_id, "message": f"{message}.{number}"}
        print(json.dumps({"of": one["message"], **await result_line(client, one)}) + "\n", end="", flush=True)


async def burst(client, call):
    """Sends from several threads, or from tasks with AsyncClient."""
    parts = [(client, call["room_id"], f"{call['message']}.{n}", call["each"]) for n in range(call["threads"])]
    if isinstance(client, roomcast.AsyncClient):
        await asyncio.gather(*(sends(*part) for part in parts))
    else:
        threads = [threading.Thread(target=lambda part=part: asyncio.run(sends(*part))) for part in parts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"burst": call["threads"] * call["each"]}


async def drain(client, call):
    """Starts sends without waiting for them, and drains. What has no result by then is not in the lines."""
    texts = [f"{call['message']}.{number}" for number in range(call["count"])]
    ended = []

    async def one(text):
        try:
            ended.append((text, send_result_line(await client.broadcast(call["room_id"], text))))
        except roomcast.RoomcastError as error:
            ended.append((text, error_line(error)))

    if isinstance(client, roomcast.AsyncClient):
        tasks = [asyncio.ensure_future(one(text)) for text in texts]
        await asyncio.sleep(0)
        all_ended = await client.drain(call["timeout"])
        assert all(task.done() for task in tasks)
    else:
        items = [{"room_id": call["room_id"], "message": text} for text in texts]
        results = client.send_many(items, max_in_flight=len(items))
        iterating = threading.Thread(target=lambda: ended.extend((r.item["message"], outcome_line(r)) for r in results))
        iterating.start()
        while (stats := client.stats()).in_flight + stats.queued + stats.sent + sum(stats.failed.values()) < len(items):
            time.sleep(0.001)
        all_ended = client.drain(call["timeout"])
        iterating.join(1)
    outcomes = dict.fromkeys(("accepted", "not_sent", "rejected", "unknown"), 0)
    for text, line in ended:
        print(json.dumps({"of": text, **line}), flush=True)
        outcomes[line["error"]["outcome"] if "error" in line else "accepted"] += 1
    return {"drain": {"all_ended": all_ended, **outcomes}}


async def fork(client, call):
    child = os.fork()
    await sends(client, call["room_id"], f"{call['message']}.{'parent' if child else 'child'}", call["each"])
    if not child:
        os._exit(0)
    return {"fork": os.waitpid(child, 0)[1]}


def observe():
    """Prints what can be observed to stderr, where the runner looks for secrets. Returns the options for it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s %(room_id)s %(attempts)s %(kind)s %(outcome)s"))
    logging.getLogger("roomcast").addHandler(handler)
    logging.getLogger("roomcast").setLevel(logging.DEBUG)
    if "ROOMCAST_OPEN_TELEMETRY" in os.environ:
        from opentelemetry import metrics, trace
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

        exporter = ConsoleSpanExporter(out=sys.stderr, formatter=lambda span: span.to_json(indent=None) + "\n")
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)
        written = ConsoleMetricExporter(
            out=sys.stderr, formatter=lambda data: f"metrics: {data.to_json(indent=None)}\n"
        )
        # Written at the end.
        metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(written, float("inf"))]))
    # Each line in one write, since several threads do.
    return {"hooks": lambda trace: sys.stderr.write(f"{trace}\n")}


async def main():
    job = json.load(sys.stdin)
    package = roomcast
    kind = "Client"
    if "fake" in job:
        from roomcast import testing as package

        kind = "FakeClient"
    try:
        client = getattr(package, f"Async{kind}" if "--async" in sys.argv else kind)(**job["client"], **observe())
    except roomcast.RoomcastError as error:
        return print(json.dumps(error_line(error)), flush=True)
    print(json.dumps({"client": repr(client)}), flush=True)
    for peer in job.get("fake", []):
        client.join(**peer)
    for call in job["calls"]:
        print(json.dumps(await result_line(client, call)), flush=True)
    print(client.stats(), file=sys.stderr)
    if "fake" in job:
        sent = [{name: getattr(one, name) for name in ("peer_id", "role", "message", "type")} for one in client.sent]
        print(json.dumps({"sent": sent}), file=sys.stderr)


asyncio.run(main())

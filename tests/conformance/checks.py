"""Checks of a driver's output, of the requests on the wire, and of the messages that the peers received."""

from __future__ import annotations

import itertools
import json
import math
import re
from typing import Any

from harness import tokens
from harness.drivers import Driver, Run, camel
from harness.relay import Request

VERSION = re.compile(r"\d+\.\d+\.\d+")
# Option names that error texts spell as their language does.
NAMES = "room_id peer_id user_id access_key management_token base_url".split()
NAMES += "emoji_id sender_id max_attempts retry_unknown max_in_flight ca_file only_sandbox insecure_http_host".split()
NOT_SENT_KINDS = ("invalid_request", "configuration")


def results(driver: Driver, run: Run, calls: int, expected: list[dict[str, Any]]) -> None:
    """Compares each line of the driver's output with what the case expects."""
    assert run.exit_code == 0, f"the driver failed with {run.exit_code}:\n{run.out}\n{run.err}"
    lines = call_lines(run)
    if "client_error" in expected[0]:
        assert len(lines) == 1, lines
        error(driver, lines[0]["error"], expected[0]["client_error"])
        return
    assert "client" in lines[0], lines
    assert len(lines) == 1 + calls, lines
    for number, (seen, wanted) in enumerate(zip(lines[1:], expected)):
        if "event" in wanted:
            assert "event" in seen, f"call {number}: no event but {seen}"
            event(seen["event"], wanted["event"])
        elif "webhook_error" in wanted:
            assert "webhook_error" in seen, f"call {number}: no webhook error but {seen}"
            webhook_error(seen["webhook_error"], wanted["webhook_error"])
        elif "peers" in wanted or "room" in wanted:
            assert matches(with_defaults(seen), with_defaults(wanted)), f"call {number}: {seen}"
            ids = [peer["peer_id"] for peer in seen.get("peers", [])]
            assert ids == sorted(ids), f"not sorted by id: {ids}"
        elif "recipients" in wanted:
            assert "recipients" in seen, f"call {number}: no recipients but {seen}"
            recipients(driver, seen["recipients"], wanted["recipients"])
        elif "results" in wanted:
            assert "results" in seen, f"call {number}: no results but {seen}"
            assert seen.get("raised", False) == wanted.get("raised", False), seen
            assert len(seen["results"]) == len(wanted["results"]), seen
            for one, expected_one in zip(seen["results"], wanted["results"]):
                single(driver, f"call {number}", one, expected_one)
        else:
            single(driver, f"call {number}", seen, wanted)


def single(driver: Driver, call: str, seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compares the result of one message, or of a call that has no other form."""
    if "error" in wanted or "error_one_of" in wanted:
        assert "error" in seen, f"{call}: no error but {seen}"
        one_of(driver, seen["error"], wanted.get("error_one_of") or [wanted["error"]])
    else:
        assert matches(seen, wanted), f"{call}: {seen}"


WHO = ("peer_id", "role", "user_id")


def recipients(driver: Driver, seen: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Each recipient has its result, in the order of the names; of one user's peers, in that of their ids."""
    of_users = itertools.groupby(wanted, key=lambda one: one.get("user_id"))
    ordered: list[dict[str, Any]] = []
    for user_id, peers in of_users:
        ordered += peers if user_id is None else sorted(peers, key=lambda one: one.get("peer_id", ""))
    assert [who(one) for one in seen] == [who(one) for one in ordered], seen
    for one, expected in zip(seen, ordered):
        result, expected_result = ({k: v for k, v in each.items() if k not in WHO} for each in (one, expected))
        single(driver, str(who(one)), result, expected_result)


def who(recipient: dict[str, Any]) -> dict[str, str]:
    return {name: recipient[name] for name in WHO if name in recipient}


EVENT = {"version": "", "account_id": "", "timestamp_ms": None, "is_replay": False}
TEXTS = "user_id role user_name user_data peer_type room_name session_id template_id".split()
PEER = {**dict.fromkeys(TEXTS, ""), "joined_at_ms": None, "session_started_at_ms": None}
TYPED: dict[str, dict[str, Any]] = {
    "peer.join.success": PEER,
    "peer.leave.success": {**PEER, "left_at_ms": None, "duration_ms": None, "reason": ""},
}


def event(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Every field has the value that the case names, else its default; there are no others. Absent means null."""
    expected = {**EVENT, **TYPED.get(wanted["type"], {}), **wanted}
    absent = {name for name, value in expected.items() if value is None}
    assert {**dict.fromkeys(absent), **seen} == expected, seen


PEER_IN_ROOM = {"name": "", "user_id": "", "metadata": "", "role": "", "joined_at_ms": None}
ROOM = {"name": "", "customer_id": "", "session_id": "", "created_at_ms": None}


def with_defaults(result: dict[str, Any]) -> dict[str, Any]:
    """Adds the defaults of absent fields, and sorts the peers by id."""
    if "room" in result:
        return {"room": {**ROOM, **result["room"], "peer_ids": sorted(result["room"]["peer_ids"])}}
    peers = [{**PEER_IN_ROOM, **peer} for peer in result.get("peers", [])]
    return {"peers": sorted(peers, key=lambda peer: str(peer["peer_id"]))} if "peers" in result else result


def webhook_error(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert (seen["kind"], seen["status"]) == (wanted["kind"], wanted["status"]), seen
    assert seen["text"].startswith(f"{wanted['kind']}: {wanted['text']}. Answer {wanted['status']}. "), seen
    assert seen["text"].count("\n") == 0, seen


def call_lines(run: Run) -> list[dict[str, Any]]:
    """One line for the client and one for each call, without those of the single sends of a burst or a fork."""
    return [line for line in run.lines() if "of" not in line]


def matches(seen: Any, wanted: Any) -> bool:
    """Equality, except for `{"$at_least": n}`, `{"$at_most": n}` and `{"$any_text": true}`."""
    if wanted == {"$any_text": True}:
        return isinstance(seen, str) and seen != ""
    if isinstance(wanted, dict) and set(wanted) == {"$at_least"}:
        return isinstance(seen, (int, float)) and seen >= wanted["$at_least"]
    if isinstance(wanted, dict) and set(wanted) == {"$at_most"}:
        return isinstance(seen, (int, float)) and seen <= wanted["$at_most"]
    if isinstance(wanted, list) and isinstance(seen, list):
        return len(seen) == len(wanted) and all(map(matches, seen, wanted))
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return set(seen) == set(wanted) and all(matches(seen[name], wanted[name]) for name in wanted)
    return bool(seen == wanted)


def one_of(driver: Driver, seen: dict[str, Any], allowed: list[dict[str, Any]]) -> None:
    """The error is one of those that the case allows; kind and outcome select which one it is compared with."""
    candidates = [one for one in allowed if (one["kind"], one.get("outcome")) == (seen["kind"], seen["outcome"])]
    error(driver, seen, (candidates or allowed)[0])


def error(driver: Driver, seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    sent = wanted["kind"] not in NOT_SENT_KINDS
    expected = {
        "status": None,
        "code": None,
        "server_message": None,
        "details": [],
        "retry_after": None,
        "request_id": None,
        "attempts": 1 if sent else 0,
        "outcome": None if sent else "not_sent",
        **{name: value for name, value in wanted.items() if name not in ("text", "text_has", "text_in")},
    }
    assert matches({name: seen[name] for name in expected}, expected), seen
    text = in_snake_case(driver, seen["text"])
    wanted_text = wanted.get("text_in", {}).get(driver.language, wanted.get("text"))
    if wanted_text is not None:
        assert text == wanted_text, text
    if driver.language not in wanted.get("text_in", {}):
        for part in wanted.get("text_has", []):
            assert part in text, text
    assert text.startswith(f"{seen['kind']}: "), text
    assert text.count("\n") == 0, text


def in_snake_case(driver: Driver, text: str) -> str:
    """The text with option names in snake case, so that it is the same in every language."""
    # What the caller or the server wrote is quoted unchanged.
    own = re.sub(r"unknown option \S+|a peer's \S+", "", text)
    for name in NAMES:
        if driver.spell(name) != name:
            assert name not in own, f"not the language's own spelling: {text}"
            text = text.replace(camel(name), name)
    return text


def no_secret(run: Run, secrets: list[str]) -> None:
    """The output contains no secret, token or message text."""
    # The driver itself prints the message as `of`.
    output_lines = "\n".join(json.dumps({**line, "of": None}, ensure_ascii=False) for line in run.lines())
    for secret in secrets:
        for output in (output_lines, run.err):
            assert secret not in output, f"a secret is in the output: {secret[:12]}…"


def no_secret_but_sent(run: Run, secrets: list[str]) -> None:
    """As no_secret, of a fake server, whose record of messages is the last line of errors."""
    errors = "".join(run.err.splitlines(keepends=True)[:-1])
    for secret in secrets:
        assert secret not in run.out + errors, f"a secret is in the output: {secret[:12]}…"


def wire(
    driver: Driver,
    requests: list[Request],
    calls: list[dict[str, Any]],
    expected: list[dict[str, Any]] | None,
    attempts: int,
    *,
    is_traced: bool = False,
) -> None:
    """Every request has the documented shape, and there are as many as expected, else as reported attempts."""
    wanted = attempts if expected is None else len(expected)
    assert len(requests) == wanted, f"{len(requests)} requests, not {wanted}; {attempts} attempts were reported"
    given = [call.get("room_id") for call in [*calls, *itertools.chain(*map(items, calls))]]
    rooms = list(filter(is_text, given))
    for request in requests:
        is_query = request.line.startswith("GET ")
        if not is_query:
            assert request.line in [f"POST /v2/active-rooms/{room_id}/send-message HTTP/1.1" for room_id in rooms]
            assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"].startswith("Bearer ")
        agent = request.headers["user-agent"]
        match = re.fullmatch(r"roomcast/(\S+) \((\S+)/(\S+)\)", agent)
        assert match and VERSION.match(match[1]) and match[2] == driver.agent and match[3], agent
        common = {"host", "authorization", "accept", "user-agent", *(["traceparent"] if is_traced else [])}
        if is_query:
            assert any(request.line.startswith(f"GET /v2/active-rooms/{room_id}") for room_id in rooms)
            assert set(request.headers) == common and request.body == b"", request
            continue
        assert set(request.headers) == {*common, "content-type", "content-length"}
        body = json.loads(request.body)
        assert not set(body) - {"message", "peer_id", "role", "type"}, body
        assert all(isinstance(value, str) and value for value in body.values()), body
    for request, wanted in zip(requests, expected or []):
        if "line" in wanted:
            assert request.line == f"{wanted['line']} HTTP/1.1"
        if "body" in wanted:
            assert request.body.decode() == wanted["body"]
        if "json" in wanted:
            assert json.loads(request.body) == wanted["json"]
        if wanted.get("token") == "minted":
            claims = tokens.verify_management(request.headers["authorization"][len("Bearer ") :])
            assert claims["exp"] - claims["iat"] == 24 * 60 * 60, claims
        elif "token" in wanted:
            assert request.headers["authorization"] == f"Bearer {wanted['token']}"
    if any("tokens_differ" in wanted for wanted in expected or []):
        seen = [request.headers["authorization"] for request in requests]
        assert len(set(seen)) == len(seen), "a token was used twice"


def items(call: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a call of send_many, without items that are none."""
    return [item for item in call.get("items", []) if is_object(item)]


def is_many(call: dict[str, Any]) -> bool:
    return call["method"] == "send_many"


def is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def received(seen: dict[str, list[dict]], expected: dict[str, list[dict]]) -> None:
    """Each peer received what the case says, in that order, and nothing else."""
    defaults = {"type": None, "private": False, "roles": None, "from": None}
    if "everyone" in expected:
        expected = {**{name: expected["everyone"] for name in seen}, **expected}
    for name, messages in seen.items():
        wanted = [{**defaults, **message} for message in expected.get(name, [])]
        assert messages == wanted, f"{name} received {messages}"


def outcomes(calls: list[dict[str, Any]], run: Run, accepted: list[str], *, may_repeat: bool) -> None:
    """The reported outcomes match the server's view. `accepted` are the messages that it read whole and did not refuse.

    Nothing is delivered twice, unless the caller asked for `retry_unknown`.
    """
    reported = [(line["of"], line) for line in run.lines() if "of" in line]
    for call, line in zip(calls, call_lines(run)[1:]):
        if "recipients" in line:
            sent = sum("send_result" in one for one in line["recipients"])
            unknown = sum(one.get("error", {}).get("outcome") == "unknown" for one in line["recipients"])
            assert sent <= accepted.count(call["message"]) <= sent + unknown
        elif "results" in line:
            reported += [(item["message"], one) for item, one in zip(call["items"], line["results"]) if is_object(item)]
        else:
            reported.append((call.get("message"), line))
    for message, line in reported:
        # What is not text is checked on the wire.
        if not is_text(message):
            continue
        times = accepted.count(message)
        assert times <= 1 or may_repeat, f"accepted {times} times"
        if "send_result" in line:
            assert times >= 1, "reported as sent, but never accepted"
        elif "error" in line and line["error"]["outcome"] in ("not_sent", "rejected"):
            assert times == 0, f"reported as {line['error']['outcome']}, but accepted"


# A call may return this many seconds after its deadline.
GRACE = 0.5
DEFAULT_TIMEOUT = 10.0


def timely(run: Run, client: dict[str, Any], calls: list[dict[str, Any]]) -> bool:
    """Whether every call returned within its deadline plus GRACE."""
    default = client.get("timeout", DEFAULT_TIMEOUT)
    if not isinstance(default, (int, float)):
        return True
    # Of many messages, each has a deadline of its own.
    without = {"timeout": math.inf}
    own = [(without if is_many(call) else call.get("options", {})).get("timeout", default) for call in calls]
    deadlines = [deadline if isinstance(deadline, (int, float)) else default for deadline in own]
    elapsed = run.elapsed()
    if len(elapsed) != len(deadlines):  # A burst has a line for each send.
        deadlines = [default] * len(elapsed)
    return all(time <= deadline + GRACE for time, deadline in zip(elapsed, deadlines))


# Memory that a driver may need in addition to one plain send: a few copies of the largest message, and buffers.
SPARE_KIB = 24 * 1024
# And what some platforms add.
SPARE_KIB_ON = {
    # A large buffer cannot grow in place: both are there while it is copied.
    "windows": 16 * 1024,
    # The code that the emulator has translated is memory of the process.
    "emulated": 24 * 1024,
}


def memory(driver: Driver, run: Run, baseline_kib: int) -> None:
    """The memory is limited, however much a server sends."""
    allowed = baseline_kib + SPARE_KIB + sum(SPARE_KIB_ON.get(trait, 0) for trait in driver.traits)
    assert run.peak_kib <= allowed, f"{run.peak_kib} KiB of {allowed}; {baseline_kib} for one plain send"


def attempts(lines: list[dict[str, Any]]) -> int:
    """The sum of the reported attempts, also of each recipient and each of many messages."""
    several = (line.get("recipients") or line.get("results") or [line] for line in lines)
    reported = (one.get("send_result") or one.get("error") or {} for one in itertools.chain(*several))
    return sum(one.get("attempts", 0) for one in reported)

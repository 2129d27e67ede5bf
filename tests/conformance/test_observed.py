"""OpenTelemetry under the faults of the matrix: a span for each attempt, and no secret in any."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from harness import platforms
from harness.drivers import DRIVERS, Driver

from .cases import Case, load
from .checks import attempts
from .running import OPEN_TELEMETRY, run_case
from .servers import Servers

FILES = ("faults", "retries")
# And those in which the server's words have secrets.
ECHOES = ("answers/echo", "answers/echo-part")
# The drivers that have spans made with the variable OPEN_TELEMETRY, and print them.
OBSERVED = ("python", "python-async")

PAIRS = [
    pytest.param(case, DRIVERS[name], id=f"{case.id}-{name}")
    for case in load()
    for name in OBSERVED
    if (case.id.split("/")[0] in FILES or case.id in ECHOES) and name in DRIVERS and name not in case.not_in
]


# The packages' platforms have no OpenTelemetry.
@pytest.mark.skipif(platforms.TESTED is not None, reason="OpenTelemetry is not installed there")
@pytest.mark.parametrize(("case", "driver"), PAIRS)
def test_each_attempt_is_a_span(case: Case, driver: Driver, servers: Servers) -> None:
    # It also checks that what the driver prints has no secret, token or text, and that the server saw as many requests
    # as attempts were reported.
    seen = run_case(dataclasses.replace(case, env={**case.env, OPEN_TELEMETRY: "1"}), driver, servers)
    spans = spans_of(seen.run.err)
    requests = [span for span in spans if span["kind"] == "SpanKind.CLIENT"]
    assert len(requests) == attempts(seen.run.lines())
    operations = {span["context"]["span_id"] for span in spans if span["kind"] == "SpanKind.INTERNAL"}
    assert {span["parent_id"] for span in requests} <= operations
    if seen.requests is not None:
        sent_by = {request.headers["traceparent"].split("-")[2] for request in seen.requests}
        assert {f"0x{span_id}" for span_id in sent_by} <= {span["parent_id"] for span in requests}


def spans_of(err: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in err.splitlines() if line.startswith("{")]

"""The medians of each client's figures over the rounds of a table."""

from __future__ import annotations

import statistics

from suite import DELAY_MS, FLOOR, Table


def medians(table: Table, rounds: list[dict[str, dict]]) -> dict[str, dict[str, float]]:
    keys = {key: None for measured in rounds for key in measured}
    return {key: of_client(table, key, [measured for measured in rounds if key in measured]) for key in keys}


def of_client(table: Table, key: str, rounds: list[dict[str, dict]]) -> dict[str, float]:
    def median(figure) -> float:
        return statistics.median(figure(measured[key]) for measured in rounds)

    # Relative to the floor of the same round, since a slow phase of the machine affects both.
    ratios = [cpu(measured[key]) / cpu(measured[FLOOR.key]) for measured in rounds]
    found = {
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "cpu_us": median(cpu),
        "rate": median(rate),
        "memory_mib": median(lambda run: (run["peak_kib"] - run["idle_kib"]) / 1024),
    }
    if table.server == "delayed" and key != FLOOR.key:
        found["ideal"] = found["rate"] / (table.in_flight * 1000 / DELAY_MS)
    return found


def cpu(run: dict) -> float:
    """Microseconds per message."""
    return run["cpu_s"] / run["messages"] * 1e6


def rate(run: dict) -> float:
    """Messages per second."""
    return run["messages"] / run["wall_s"]

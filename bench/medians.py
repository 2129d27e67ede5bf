"""From the rounds of a table to one figure of each kind for each client."""

from __future__ import annotations

import statistics

from suite import DELAY_MS, FLOOR, Table


def medians(table: Table, rounds: list[dict[str, dict]]) -> dict[str, dict[str, float]]:
    keys = {key: None for measured in rounds for key in measured}
    return {key: of_client(table, key, [measured for measured in rounds if key in measured]) for key in keys}


def of_client(table: Table, key: str, rounds: list[dict[str, dict]]) -> dict[str, float]:
    def median(figure) -> float:
        return statistics.median(figure(measured[key]) for measured in rounds)

    # Each with the floor of its own round: what slows the machine down for a while slows both.
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
    """Microseconds for a message."""
    return run["cpu_s"] / run["messages"] * 1e6


def rate(run: dict) -> float:
    """Messages per second."""
    return run["messages"] / run["wall_s"]

"""The tables in Markdown, as they are printed and as they stand in the README."""

from __future__ import annotations

from collections.abc import Iterable

from suite import BY_KEY, DELAY_MS, OURS, TABLES, Client

DELAYED = [table for table in TABLES if table.server == "delayed"]


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---", "---", *["---:"] * (len(head) - 2)], *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def title(client: Client) -> list[str]:
    return [f"**{client.name}**" if client.ours else client.name, client.language]


def ordered(found: dict[str, dict]) -> list[Client]:
    """The cheapest first."""
    return [BY_KEY[key] for key in sorted(found, key=lambda key: found[key]["ratio"])]


def without_delay(key: str, results: dict) -> str:
    found = results["medians"][key]
    rows = []
    for client in ordered(found):
        it = found[client.key]
        row = [*title(client), f"{it['ratio']:.2f}", f"{it['cpu_us']:.1f}", f"{it['rate']:,.0f}"]
        rows.append(row if key != "many" else [*row, client.many or "one send in flight"])
    rows += [[*title(BY_KEY[missing]), "missing", why, ""] for missing, why in results["missing"][key].items()]
    head = ["client", "language", "CPU against the floor", "CPU µs a message", "messages a second"]
    return markdown(head if key != "many" else [*head, "in flight by"], rows)


def with_delay(results: dict) -> str:
    """A row for each client, a column for each number of sends in flight."""
    tables = [table for table in DELAYED if table.key in results["medians"]]
    head = ["client", "language"]
    head += [f"{table.in_flight:,} (ideal {table.in_flight * 1000 // DELAY_MS:,}/s)" for table in tables]
    keys = {key: None for table in tables for key in table.clients}
    rows = []
    for key in sorted(keys, key=lambda key: key not in OURS):
        cells = []
        for table in tables:
            it = results["medians"][table.key].get(key)
            if it is None:
                cells.append("missing" if key in results["missing"][table.key] else "")
                continue
            figures = [f"{it['rate']:,.0f}/s", f"{it['ideal'] * 100:.0f} %", f"{it['cpu_us']:.0f} µs"]
            cells.append(", ".join([*figures, f"{it['memory_mib']:.1f} MiB"]))
        if any(cells):
            rows.append([*title(BY_KEY[key]), *cells])
    return markdown(head, rows)


def everything(results: dict) -> str:
    """Every table that was measured, with a line that says what it shows."""
    floor = "client CPU, user and system, of a message"
    texts = {
        "one": f"**One after another**: {floor}.",
        "many": f"**64 in flight**: {floor}, against the same floor, which has one in flight.",
        "tls": f"**TLS, one after another**: {floor}, against the floor without TLS.",
    }
    parts = []
    for key in ("one", "many"):
        if key in results["medians"]:
            parts += [texts[key], without_delay(key, results)]
    if any(table.key in results["medians"] for table in DELAYED):
        parts += [
            f"**A server that takes {DELAY_MS} ms**, by sends in flight: messages a second, what part of the ideal "
            "that is (in flight / delay), CPU of a message, and the most memory above that of the idle client.",
            with_delay(results),
        ]
    if "tls" in results["medians"]:
        parts += [texts["tls"], without_delay("tls", results)]
    return "\n\n".join(parts)

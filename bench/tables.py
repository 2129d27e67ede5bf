"""The tables in Markdown, for the terminal and for RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from suite import BY_KEY, DELAY_MS, OURS, TABLES, Client

DELAYED = [table for table in TABLES if table.server == "delayed"]


def markdown(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    full = ([*row, *[""] * len(head)][: len(head)] for row in rows)
    lines = [head, ["---", "---", *["---:"] * (len(head) - 2)], *full]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def title(client: Client) -> list[str]:
    return [f"**{client.name}**" if client.ours else client.name, client.language]


def ordered(found: dict[str, dict]) -> list[Client]:
    """Sorted by ratio."""
    return [BY_KEY[key] for key in sorted(found, key=lambda key: found[key]["ratio"])]


def without_delay(key: str, results: dict) -> str:
    found = results["medians"][key]
    rows = []
    for client in ordered(found):
        it = found[client.key]
        rounds = f"{it['ratio_min']:.2f} to {it['ratio_max']:.2f}"
        row = [*title(client), f"{it['ratio']:.2f}", rounds, f"{it['cpu_us']:.1f}", f"{it['rate']:,.0f}"]
        rows.append(row if key != "many" else [*row, client.many or "one send in flight"])
    rows += [[*title(BY_KEY[missing]), "missing", why] for missing, why in results["missing"][key].items()]
    head = ["client", "language", "CPU / floor", "range of rounds", "CPU µs per message", "messages per second"]
    return markdown(head if key != "many" else [*head, "in flight by"], rows)


def million(results: dict) -> str:
    found = results["medians"]["million"]
    rows = []
    for client in ordered(found):
        it = found[client.key]
        figures = [f"{it['ratio']:.2f}", f"{it['cpu_us']:.1f}", f"{it['rate']:,.0f}", f"{it['memory_mib']:.1f} MiB"]
        rows.append([*title(client), *figures])
    head = ["client", "language", "CPU / floor", "CPU µs per message", "messages per second", "memory above idle"]
    return markdown(head, rows)


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


def packages(figures: dict) -> str:
    """One row per figure, with the figures of other packages in parentheses."""
    size, idle = figures["bytes"], figures["idle"]

    def loading(what: str) -> str:
        times = {name: f"{seconds * 1000:.1f}" for name, seconds in figures[what].items()}
        ours = times.pop("roomcast")
        others = ", ".join(f"{name} {time}" for name, time in times.items())
        return f"{ours} ms ({others})"

    def created(scheme: str) -> str:
        each = (f"{language} {it[f'{scheme}_s'] * 1e6:,.0f} µs" for language, it in idle.items())
        return ", ".join(each)

    def memory(scheme: str) -> str:
        return ", ".join(f"{language} {it[f'{scheme}_kib']:,.1f} KiB" for language, it in idle.items())

    megabytes = {key: f"{value / 1e6:.2f} MB" for key, value in size.items()}
    rows = [
        ["import of the Python package", loading("import_s")],
        ["require of the Node package", loading("require_s")],
        ["wheel", f"{megabytes['wheel']} ({megabytes['wheel_so']} of native code, unpacked)"],
        ["npm tarballs", f"{size['npm'] / 1e3:.0f} kB, plus {megabytes['npm_native']} for the platform"],
        ["libroomcast.so", megabytes["so"]],
        ["creating a client, http", created("plain")],
        ["creating a client, https, with the system's CA certificates", created("https")],
        ["memory of an idle client, http", memory("plain")],
        ["memory of an idle client, https", memory("https")],
        ["memory of an idle connection, http", f"{idle['Rust']['connection_kib']:.1f} KiB"],
    ]
    lines = ["| | |", "| --- | --- |", *(f"| {what} | {figure} |" for what, figure in rows)]
    return "\n".join(lines)


@dataclass(frozen=True)
class Section:
    title: str
    # An introductory sentence.
    caption: str
    table: str


def sections(results: dict) -> dict[str, Section]:
    """Every measured table, by name."""
    introduced = {
        "one": ("One after another", "Client CPU time per message, user and system."),
        "many": ("64 in flight", "Client CPU time per message, user and system. The floor has one in flight."),
        "tls": ("TLS, one after another", "Client CPU time per message, user and system. The floor uses no TLS."),
    }
    found = {}
    for key in ("one", "many"):
        if key in results["medians"]:
            found[key] = Section(*introduced[key], without_delay(key, results))
    if "million" in results["medians"]:
        caption = "1,000,000 messages from a generator, in one call, 64 in flight."
        found["million"] = Section("A million messages", caption, million(results))
    if any(table.key in results["medians"] for table in DELAYED):
        caption = (
            "By sends in flight: messages per second, their share of the ideal (in flight / delay), CPU time per "
            "message, and peak memory above that of the idle client. Clients that need one thread per send are in "
            "the other tables only, except roomcast's own."
        )
        found["delay"] = Section(f"A server that responds after {DELAY_MS} ms", caption, with_delay(results))
    if "tls" in results["medians"]:
        found["tls"] = Section(*introduced["tls"], without_delay("tls", results))
    if "packages" in results:
        caption = "The cost of loading the packages and creating a client, before a message is sent."
        found["packages"] = Section("Packages and clients", caption, packages(results["packages"]))
    return found


def everything(results: dict) -> str:
    return "\n\n".join(f"{it.title}. {it.caption}\n\n{it.table}" for it in sections(results).values())

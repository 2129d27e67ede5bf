"""The performance targets, as data. A missed target is reported as missed; targets are not lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from suite import ALTERNATIVES, BATCHES, BY_KEY, OBSERVED, OURS, TABLES

# The table with the most sends in flight.
CROWDED = max(TABLES, key=lambda table: table.in_flight)

# The keys of a figure in the results.
Path = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    what: str
    figure: Path
    # "at most", "at least", "under"
    how: str
    limit: float | Path
    # The factor for a limit that is another figure.
    of: float = 1.0
    show: Callable[[float], str] = "{:.2f}".format


def name(key: str) -> str:
    client = BY_KEY[key]
    return client.name if client.language in client.name else f"{client.language} {client.name}"


def percent(value: float) -> str:
    return f"{value * 100:.1f} %"


def rate(value: float) -> str:
    return f"{value:,.0f}/s"


def mib(value: float) -> str:
    return f"{value:.1f} MiB"


def milliseconds(value: float) -> str:
    return f"{value * 1e3:.1f} ms"


def megabytes(value: float) -> str:
    return f"{value / 1e6:.2f} MB"


def median(table: str, client: str, figure: str) -> Path:
    return ("medians", table, client, figure)


def fixed_targets() -> Iterator[Target]:
    ratio = "CPU against the floor"
    for key, limit in (("rust", 1.35), ("c", 1.35), ("python", 1.6), ("node", 3.0)):
        yield Target(f"{name(key)}, one after another: {ratio}", median("one", key, "ratio"), "at most", limit)
    yield Target(
        f"{name('python-async')}, 64 in flight: {ratio}, half of aiohttp's",
        median("many", "python-async", "ratio"),
        "at most",
        median("many", "aiohttp", "ratio"),
        of=0.5,
    )
    node, undici = (median("many", key, "ratio") for key in ("node", "undici"))
    yield Target(f"{name('node')}, 64 in flight: {ratio}, undici's", node, "under", undici)
    node, undici = (median("many", key, "rate") for key in ("node", "undici"))
    yield Target(f"{name('node')}, 64 in flight: rate, undici's", node, "at least", undici, show=rate)
    for key, single in BATCHES.items():
        limit = median("many", single, "ratio")
        what = f"{name(key)}, 64 in flight: {ratio}, 1.1 times that of single sends"
        yield Target(what, median("many", key, "ratio"), "at most", limit, of=1.1)
        what = f"{name(key)}, a million messages: memory above idle"
        yield Target(what, median("million", key, "memory_mib"), "under", 64, show=mib)
    for key, unobserved in OBSERVED.items():
        limit = median("many", unobserved, "ratio")
        what = f"{name(key)}, 64 in flight: {ratio}, at most 1.05 times that without"
        yield Target(what, median("many", key, "ratio"), "at most", limit, of=1.05)
    for key in OURS:
        what = f"{name(key)}, 50 ms, 256 in flight: of the ideal rate"
        yield Target(what, median("delay-256", key, "ideal"), "at least", 0.95, show=percent)
    what = f"{name('rust')}, 50 ms, 1,000 in flight: of the ideal rate"
    yield Target(what, median("delay-1000", "rust", "ideal"), "at least", 0.75, show=percent)
    for key in OURS:
        what = f"{name(key)}, 50 ms, 1,000 in flight: memory above idle"
        yield Target(what, median("delay-1000", key, "memory_mib"), "under", 64, show=mib)
    packages = ("packages",)
    yield Target("import of the Python package", (*packages, "import_s", "roomcast"), "under", 0.015, show=milliseconds)
    yield Target("require of the Node package", (*packages, "require_s", "roomcast"), "under", 0.015, show=milliseconds)
    yield Target("wheel", (*packages, "bytes", "wheel"), "under", 2.5e6, show=megabytes)
    yield Target(".so", (*packages, "bytes", "so"), "under", 3e6, show=megabytes)


def first_places() -> Iterator[Target]:
    """Roomcast's clients are ahead of their alternatives in every table."""
    for key, alternatives in ALTERNATIVES.items():
        for alternative in alternatives:
            for table, where in (("one", "one after another"), ("many", "64 in flight"), ("tls", "TLS")):
                ours, theirs = (median(table, client, "ratio") for client in (key, alternative))
                yield Target(f"{name(key)}, {where}: CPU, {name(alternative)}'s", ours, "under", theirs)
            if alternative not in CROWDED.clients:
                continue
            ours, theirs = (median(CROWDED.key, client, "rate") for client in (key, alternative))
            what = f"{name(key)}, 50 ms, 1,000 in flight: rate, {name(alternative)}'s"
            yield Target(what, ours, "at least", theirs, show=rate)


TARGETS = (*fixed_targets(), *first_places())


def value(results: dict, path: Path) -> float | None:
    here: object = results
    for part in path:
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return here  # type: ignore[return-value]


def reached(target: Target, results: dict) -> tuple[bool, str] | None:
    """Whether a target is reached, and its figures; None if they were not measured."""
    figure = value(results, target.figure)
    limit = value(results, target.limit) if isinstance(target.limit, tuple) else target.limit
    if figure is None or limit is None:
        return None
    limit *= target.of
    compare = {"at most": figure <= limit, "at least": figure >= limit, "under": figure < limit}
    return compare[target.how], f"{target.show(figure)}, {target.how} {target.show(limit)}"


def verdict(results: dict) -> list[dict]:
    """Every target; `reached` is None if its figures were not measured."""
    lines = []
    for target in TARGETS:
        it, figures = reached(target, results) or (None, "not measured")
        lines.append({"what": target.what, "reached": it, "figures": figures})
    return lines


def listing(lines: list[dict]) -> str:
    words = {True: "reached", False: "MISSED", None: "NOT MEASURED"}
    rows = [f"{words[line['reached']]:<12}  {line['what']}: {line['figures']}" for line in lines]
    count = sum(line["reached"] is True for line in lines)
    return "\n".join([*rows, f"{count} of {len(lines)} targets reached"])

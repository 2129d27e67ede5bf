"""Tests of the evaluation: ratios, targets, missing clients, tables, charts. They measure nothing."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

import chart
import measure
import record
import tables
import targets
from medians import medians
from suite import ALTERNATIVES, BATCHES, BY_KEY, FLOOR, OBSERVED, ROOT, TABLES, Client, Table

TABLE = TABLES[0]


def run(cpu_us: float) -> dict:
    """A run of 1,000 messages with this CPU time per message, and twice as much wall time."""
    return {"messages": 1000, "cpu_s": cpu_us / 1e3, "wall_s": cpu_us / 500, "idle_kib": 1024, "peak_kib": 3072}


class Scripted(measure.Bench):
    """Runs no program: records the order of clients, and fails those in `failing`."""

    def __init__(self, failing: set[str]) -> None:
        self.missing: dict[str, dict[str, str]] = {}
        self.turns: list[str] = []
        self._failing = failing

    def once(self, client: Client, table: Table) -> dict:
        self.turns.append(client.key)
        if client.key in self._failing:
            raise RuntimeError("it is not installed")
        return run(10)


def test_a_ratio_is_to_the_floor_of_its_own_round() -> None:
    # The machine was ten times slower in the second round: a ratio of separate medians would be 5.5.
    rounds = [{"floor": run(10), "rust": run(12)}, {"floor": run(100), "rust": run(110)}]
    found = medians(TABLE, [*rounds, {"floor": run(10), "rust": run(11)}])["rust"]
    assert found["ratio"] == pytest.approx(1.1)
    assert (found["ratio_min"], found["ratio_max"]) == (pytest.approx(1.1), pytest.approx(1.2))
    assert found["cpu_us"] == pytest.approx(12)
    assert found["rate"] == pytest.approx(1e6 / 24)
    assert found["memory_mib"] == 2


def test_the_ideal_is_in_flight_by_delay() -> None:
    table = next(table for table in TABLES if table.key == "delay-1000")
    found = medians(table, [{"floor": run(10), "rust": run(50)}])["rust"]
    assert found["ideal"] == pytest.approx(found["rate"] / 20_000)


def test_every_round_begins_with_the_floor_and_another_client() -> None:
    bench = Scripted(set())
    bench.rounds(TABLE, {"rust", "c", "node"}, 3, lambda _: None)
    assert bench.turns == "floor rust c node floor c node rust floor node rust c".split()


def test_another_client_that_fails_is_reported_and_not_run_again() -> None:
    bench = Scripted({"undici"})
    rounds = bench.rounds(TABLE, {"node", "undici"}, 2, lambda _: None)
    assert bench.turns.count("undici") == 1
    results = {"medians": {TABLE.key: medians(TABLE, rounds)}, "missing": bench.missing}
    assert "| undici `Pool` | Node | missing | it is not installed |" in tables.without_delay(TABLE.key, results)


@pytest.mark.parametrize(
    ("stderr", "why"),
    [
        (
            "Traceback …\nModuleNotFoundError: No module named 'pycurl'\n",
            "ModuleNotFoundError: No module named 'pycurl'",
        ),
        (f"throw\nError: no package in {ROOT}/bench/node\n    at …\n\nNode.js v20", "Error: no package in bench/node"),
        ("bench-c: timeout: a|b\n", "bench-c: timeout: a\\|b"),
        ("", "no error output"),
    ],
)
def test_the_reason_of_a_failure_is_one_line_without_absolute_paths(stderr: str, why: str) -> None:
    assert measure.reason(stderr) == why


@pytest.mark.parametrize("key", ["floor", "rust"])
def test_a_failure_of_roomcast_or_the_floor_ends_the_run(key: str) -> None:
    with pytest.raises(SystemExit, match="it is not installed"):
        Scripted({key}).rounds(TABLE, {"rust"}, 1, lambda _: None)


@pytest.mark.parametrize(
    ("how", "reached"),
    [("at most", [True, True, False]), ("under", [True, False, False]), ("at least", [False, True, True])],
)
def test_targets(how: str, reached: list[bool]) -> None:
    for value, expected in zip((1.34, 1.35, 1.36), reached):
        for target in (
            targets.Target("it", ("a",), how, 1.35),
            targets.Target("it", ("a",), how, ("b",), of=0.5),
        ):
            found = targets.reached(target, {"a": value, "b": 2.7})
            assert found is not None and found[0] is expected, (target, value)
    assert targets.reached(targets.Target("it", ("c",), how, 1.35), {}) is None


def test_what_was_not_measured_is_not_reached() -> None:
    lines = targets.verdict({"medians": {}})
    assert len(lines) == len(targets.TARGETS)
    assert targets.listing(lines).endswith(f"\n0 of {len(lines)} targets reached")
    assert "NOT MEASURED" in targets.listing(lines)


def test_every_target_names_a_figure_that_is_measured() -> None:
    by_key = {table.key: table for table in TABLES}
    for target in targets.TARGETS:
        for path in (target.figure, target.limit):
            if isinstance(path, tuple) and path[0] == "medians":
                _, table, client, figure = path
                assert client in by_key[table].clients, target
                assert figure in {"ratio", "rate", "ideal", "memory_mib"}, target


def test_every_other_client_is_an_alternative() -> None:
    alternatives = {key for keys in ALTERNATIVES.values() for key in keys}
    assert alternatives | set(ALTERNATIVES) | set(BATCHES) | set(OBSERVED) | {FLOOR.key} == set(BY_KEY)


def test_many_messages_are_compared_with_single_ones_of_the_same_language() -> None:
    for many, single in BATCHES.items():
        assert BY_KEY[many].language == BY_KEY[single].language
    table = next(table for table in TABLES if table.key == "million")
    found = medians(table, [{"floor": run(10), "rust-many": run(3)}])
    shown = tables.million({"medians": {"million": found}})
    assert "| **roomcast `send_many`** | Rust | 0.30 | 3.0 | 166,667 | 2.0 MiB |" in shown


def test_what_is_watched_is_compared_with_the_same_client_that_nobody_watches() -> None:
    for observed, unobserved in OBSERVED.items():
        assert BY_KEY[observed].language == BY_KEY[unobserved].language
    ratios = {"many": {"node": {"ratio": 1.0}, "node-observed": {"ratio": 1.06}}}
    (line,) = (line for line in targets.verdict({"medians": ratios}) if line["reached"] is not None)
    assert line["reached"] is False and line["figures"] == "1.06, at most 1.05"
    assert "Node roomcast with a subscriber, 64 in flight" in line["what"]
    rounds = [{"floor": run(10), "node": run(10), "node-observed": run(10.4)}]
    shown = tables.without_delay("many", {"medians": {"many": medians(TABLE, rounds)}, "missing": {"many": {}}})
    assert "| **roomcast with a subscriber** | Node | 1.04 | 1.04 to 1.04 | 10.4 |" in shown


def test_the_chart_has_every_client_as_text_and_as_bar() -> None:
    found = {key: {"ratio": 0.5 + place} for place, key in enumerate(BY_KEY)}
    root = ElementTree.fromstring(chart.svg({"medians": {"one": found, "many": found}}))
    space = "{http://www.w3.org/2000/svg}"
    description = root.findtext(f"{space}desc")
    for client in BY_KEY.values():
        assert client is FLOOR or client.name.replace("`", "") in description
    bars = root.findall(f"{space}rect")
    assert len(bars) == 2 * (len(BY_KEY) - 1)
    assert all(float(bar.attrib["width"]) > 0 for bar in bars)
    assert root.findtext(f"{space}title")


def test_the_readmes_chart_has_five_rows_even_if_one_was_not_measured() -> None:
    found = {key: {"ratio": 1.5 + place} for place, key in enumerate(BY_KEY)}
    space = "{http://www.w3.org/2000/svg}"
    for missing in (None, "httpx"):
        measured = {key: it for key, it in found.items() if key != missing}
        root = ElementTree.fromstring(chart.summary({"medians": {"one": measured}}))
        names = [BY_KEY[key] for key in chart.SUMMARY]
        assert len(names) == 5 and len({client.key for client in names}) == 5
        texts = [text.text for text in root.findall(f"{space}text")]
        assert all(f"{client.name.replace('`', '')}, {client.language}" in texts for client in names)
        bars = root.findall(f"{space}rect")
        assert len(bars) == (5 if missing is None else 4)
        assert [float(bar.attrib["width"]) for bar in bars] == sorted(float(bar.attrib["width"]) for bar in bars)
        assert ("not measured" in texts) is (missing is not None)


def test_the_page_has_every_table_and_links_to_the_figures() -> None:
    results = json.loads(record.RESULTS.read_text())
    page = record.page(results)
    for section in tables.sections(results).values():
        assert f"\n## {section.title}\n\n{section.caption}\n\n{section.table}\n" in page
    assert f"]({record.CHART.name})" in page and f"]({record.RESULTS.name})" in page
    assert "targets were reached" in page


def test_a_missed_target_is_on_the_page() -> None:
    results = json.loads(record.RESULTS.read_text())
    results["verdict"][0] |= {"reached": False, "figures": "2.00, at most 1.35"}
    what = results["verdict"][0]["what"]
    assert f"Missed:\n\n- {what}: 2.00, at most 1.35\n" in record.page(results)


def test_a_token_is_as_long_as_those_that_roomcast_mints() -> None:
    head, claims, signature = measure.token().split(".")
    assert [len(part) for part in (head, signature)] == [36, 43] and len(claims) > 200

"""Where the figures of a whole run go: results.json, the chart, and the README."""

from __future__ import annotations

import json
import re

import chart
import machine
from suite import BENCH, ROOT
from tables import FOLDED, sections

README = ROOT / "README.md"
MARKED = re.compile(r"(?<=<!-- bench -->\n).*(?=<!-- /bench -->)", re.DOTALL)
# What a round's figures of one client are, in this order.
COLUMNS = ("messages", "wall_s", "cpu_s", "idle_kib", "peak_kib")


def record(results: dict) -> None:
    rounds = {
        table: [{key: [run[column] for column in COLUMNS] for key, run in measured.items()} for measured in rounds]
        for table, rounds in results["rounds"].items()
    }
    text = json.dumps(results | {"columns": COLUMNS, "rounds": rounds}, indent=1)
    # A client's figures of a round in one line.
    text = re.sub(r"\[([^][{}]*)\]", lambda found: f"[{' '.join(found[1].split())}]", text)
    chart.RESULTS.write_text(text + "\n")
    chart.CHART.write_text(chart.svg(results))
    readme, count = MARKED.subn(lambda _: shown(results), README.read_text())
    if count != 1:
        raise SystemExit(f"bench: {README.name} has no place for the tables")
    README.write_text(readme)


def shown(results: dict) -> str:
    """As it stands in the README: the longer tables folded."""
    where = chart.CHART.relative_to(ROOT)
    parts = [f"![Client CPU of a message against a raw socket, as bars]({where})"]
    for key, (caption, table) in sections(results).items():
        if key in FOLDED:
            parts.append(f"<details><summary>{caption}</summary>\n\n{table}\n\n</details>")
        else:
            parts += [caption, table]
    lines = results["verdict"]
    reached = sum(line["reached"] is True for line in lines)
    told = f"{reached} of {len(lines)} targets were reached"
    missed = [f"{line['what']}: {line['figures']}" for line in lines if line["reached"] is not True]
    told += "." if not missed else ". Missed:\n\n" + "\n".join(f"- {line}" for line in missed)
    folder = BENCH.relative_to(ROOT)
    parts += [told, f"Measured on: {machine.told(results['machine'])}. [All figures]({folder}/results.json)."]
    return "\n\n".join(parts) + "\n"

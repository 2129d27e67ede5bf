"""Where the figures of a whole run go: results.json, and from there into the chart and the README.

`record.py` draws these two anew from results.json; with `--check` it tells whether they are what it would draw.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import machine
from chart import svg
from suite import BENCH, ROOT
from tables import FOLDED, sections

RESULTS = BENCH / "results.json"
CHART = BENCH / "chart.svg"
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
    RESULTS.write_text(re.sub(r"\[([^][{}]*)\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n")
    for path, made in drawn(results).items():
        path.write_text(made)


def drawn(results: dict) -> dict[Path, str]:
    """What is made of the results: the chart, and the README with its tables."""
    readme, count = MARKED.subn(lambda _: shown(results), README.read_text())
    if count != 1:
        raise SystemExit(f"bench: {README.name} has no place for the tables")
    return {CHART: svg(results), README: readme}


def shown(results: dict) -> str:
    """As it stands in the README: the longer tables folded."""
    where = CHART.relative_to(ROOT)
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    for path, made in drawn(json.loads(RESULTS.read_text())).items():
        if not options.check:
            path.write_text(made)
        elif path.read_text() != made:
            raise SystemExit(f"bench: {path.relative_to(ROOT)} is not what bench/record.py makes of results.json")


if __name__ == "__main__":
    main()

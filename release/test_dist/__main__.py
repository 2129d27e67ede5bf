"""Runs what is in dist/, prints a table, and fails if a test failed or if nothing was run of an artifact."""

from __future__ import annotations

import json
import sys

from ..build import cargo
from ..build.targets import DIST, Target, select
from . import sdist, symbols
from .cache import CannotRun
from .describe import Describer
from .matrix import run_matrix
from .results import Results
from .systems import system
from .table import table
from .verdict import failures


def main(arguments: list[str]) -> int:
    whole = "--whole" in arguments
    triples = [argument for argument in arguments if argument != "--whole"]
    manifest = DIST / "manifest.json"
    if not manifest.exists():
        raise SystemExit("there is no dist/manifest.json: run make dist first")
    rows = json.loads(manifest.read_text())
    targets = select(triples)
    rows = [row for row in rows if row["triple"] is None or row["triple"] in {target.triple for target in targets}]
    tests: dict[tuple[str | None, str], Results] = {}
    for target in targets:
        for kind, done in test(target, rows, whole).items():
            tests.setdefault((target.triple, kind), Results()).add(done)
    # Every Node runs the main package.
    nodes = [done for (_, kind), done in tests.items() if kind == "npm"]
    tests[None, "npm-main"] = Results(
        passed=sum(done.passed for done in nodes), started=sum(done.started for done in nodes)
    )
    tests[None, "sdist"] = sdist.check(rows)
    print(table(rows, targets, tests))
    found = failures(rows, targets, tests)
    for failure in found:
        print(f"\nFAILED: {failure}", file=sys.stderr)
    return 1 if found else 0


def test(target: Target, rows: list[dict], whole: bool) -> dict[str, Results]:
    """The tests of a target, by the kind of artifact."""
    if not target.built_here:
        return {}
    artifacts = {
        row["kind"]: DIST / row["file"] for row in rows if "file" in row and row["triple"] in (target.triple, None)
    }
    try:
        cargo.prepare(target)
        with system(target) as started:
            description = Describer(target, started, artifacts, whole=whole).describe()
            tests = run_matrix(description, "conformance", "artifacts", "--whole-matrix")
    except (CannotRun, cargo.CannotBuild) as why:
        tests = {"crate": Results()}
        tests["crate"].not_run[str(why)] += 1
    except cargo.BuildFailed as error:
        tests = {"crate": Results(failed=[str(error)])}
    for row in rows:
        if "file" in row and row["triple"] == target.triple:
            tests.setdefault(row["kind"], Results()).add(symbols.check(row, target))
    return tests


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Runs what is in dist/, prints a table, and fails if a test failed or if nothing was run of an artifact."""

from __future__ import annotations

import json
import sys

from ..build import cargo
from ..build.targets import DIST, Target, select
from . import sdist, symbols
from .cache import CannotRun
from .describe import Describer
from .matrix import Tests, run_matrix
from .systems import system
from .table import table


def main(arguments: list[str]) -> int:
    whole = "--whole" in arguments
    triples = [argument for argument in arguments if argument != "--whole"]
    manifest = DIST / "manifest.json"
    if not manifest.exists():
        raise SystemExit("there is no dist/manifest.json: run make dist first")
    rows = json.loads(manifest.read_text())
    targets = select(triples)
    rows = [row for row in rows if row["triple"] is None or row["triple"] in {target.triple for target in targets}]
    tests: dict[tuple[str | None, str], Tests] = {}
    for target in targets:
        for kind, done in test(target, rows, whole).items():
            tests.setdefault((target.triple, kind), Tests()).add(done)
    # Every Node runs the main package.
    tests[None, "npm-main"] = Tests(passed=sum(done.passed for (_, kind), done in tests.items() if kind == "npm"))
    tests[None, "sdist"] = sdist.check(rows)
    print(table(rows, targets, tests))
    failures = [f"{triple or 'all'}: {kind}: {name}" for (triple, kind), done in tests.items() for name in done.failed]
    for row in rows:
        done = tests.get((row["triple"], row["kind"]))
        if "file" in row and not (done and done.run):
            failures.append(f"{row['file']}: nothing was run")
    for target in targets:
        if target.built_here and not any(done.run for (triple, _), done in tests.items() if triple == target.triple):
            failures.append(f"{target.triple}: nothing was run")
    for failure in failures:
        print(f"\nFAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


def test(target: Target, rows: list[dict], whole: bool) -> dict[str, Tests]:
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
        tests = {"crate": Tests()}
        tests["crate"].not_run[str(why)] += 1
    except cargo.BuildFailed as error:
        tests = {"crate": Tests(failed=[str(error)])}
    for row in rows:
        if "file" in row and row["triple"] == target.triple:
            tests.setdefault(row["kind"], Tests()).add(symbols.check(row, target))
    return tests


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

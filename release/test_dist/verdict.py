"""What failed, and what was not run although it was built."""

from __future__ import annotations

from ..build.targets import Target
from .results import Results


def failures(rows: list[dict], targets: list[Target], tests: dict[tuple[str | None, str], Results]) -> list[str]:
    """One line each. Without any, what `make dist` built here was run, and it works."""
    found = [f"{triple or 'all'}: {kind}: {name}" for (triple, kind), done in tests.items() for name in done.failed]
    for row in rows:
        done = tests.get((row["triple"], row["kind"]), Results())
        if "file" in row and not done.started:
            found.append(f"{row['file']}: none of its programs was run: {done.reasons() or 'no test uses it'}")
    for target in targets:
        of_target = [done for (triple, _), done in tests.items() if triple == target.triple]
        if target.built_here and not any(done.started for done in of_target):
            reasons = "; ".join(filter(None, (done.reasons() for done in of_target)))
            found.append(f"{target.triple}: nothing was run: {reasons or 'nothing was built'}")
    return found

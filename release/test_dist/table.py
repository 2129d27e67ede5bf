"""The table that `make test-dist` prints."""

from __future__ import annotations

from ..build.targets import DIST, Target
from .results import Results

HEAD = ["artifact", "size", "glibc", "SBOM", "run", "passed", "not run, and why"]


def table(rows: list[dict], targets: list[Target], tests: dict[tuple[str | None, str], Results]) -> str:
    lines = [HEAD]
    for target in targets:
        if done := tests.get((target.triple, "crate")):
            lines.append([f"the Rust crate, {target.triple}", "-", target.glibc or "-", "-", *numbers(done)])
    for row in rows:
        done = tests.get((row["triple"], row["kind"]), Results())
        if "file" in row:
            sbom = "yes" if row["sbom"] and (DIST / row["sbom"]).is_file() else "NO"
            lines.append([row["file"], f"{row['bytes']:,}", row["glibc"] or "-", sbom, *numbers(done)])
        else:
            lines.append([f"{row['kind']} for {row['triple']}", "-", "-", "-", "-", "-", f"not built: {row['why']}"])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in lines)


def numbers(done: Results) -> list[str]:
    return [str(done.run), str(done.passed), done.reasons() or "-"]

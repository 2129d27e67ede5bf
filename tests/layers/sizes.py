"""Fails when a source file has more than 500 lines, or when the median of all is above 150.

    python tests/layers/sizes.py

All lines count. Tests, generated files and data do not.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
from pathlib import Path

from crate_modules import crates

MOST_LINES = 500
MOST_LINES_IN_THE_MEDIAN = 150
SHOWN = 5
SOURCES = {".rs", ".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".c", ".h", ".cpp"}
TESTS = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|conftest\.py$|[^/]*\.test\.[^/]*$)")
GENERATED = {"bindings-c/include/roomcast.h", "bindings-c/include/roomcast-ffi.h"}


def source_files(root: Path) -> list[str]:
    """Those that git knows or would add."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    test_modules = {crate.shown(module.file) for crate in crates(root) for module in crate.test_modules.values()}
    return sorted(
        file
        for file in set(listed) - GENERATED - test_modules
        if Path(file).suffix in SOURCES and not TESTS.search(file) and (root / file).is_file()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks how many lines source files have.")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[2], help="(default: this project)"
    )
    root = parser.parse_args().root.resolve()
    sizes = {file: (root / file).read_bytes().count(b"\n") for file in source_files(root)}
    if not sizes:
        print(f"sizes: {root} has no source files")
        return 1
    largest = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    median = statistics.median(sizes.values())
    print(f"{len(sizes)} source files, median {median:g} lines; the largest:")
    for file, lines in largest[:SHOWN]:
        print(f"{lines:6} {file}")
    failed = [f"{file}:{lines}: sizes: more than {MOST_LINES} lines" for file, lines in largest if lines > MOST_LINES]
    if median > MOST_LINES_IN_THE_MEDIAN:
        failed.append(f"sizes: the median is above {MOST_LINES_IN_THE_MEDIAN} lines")
    for line in failed:
        print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""`make bench`: compares roomcast with a raw socket and with other clients. See README.md."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

import machine
import packages
import targets
from measure import Bench
from medians import medians
from record import record
from servers import all_servers, nginx
from suite import CLIENTS, TABLES
from tables import everything

# The table without sends; the others are in `suite`.
PACKAGES = "packages"


def progress(text: str) -> None:
    """Prints a progress line, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, help="the rounds of each table")
    parser.add_argument("--only", default="", help="tables and clients, separated by commas")
    options = parser.parse_args()
    only = {name for name in options.only.split(",") if name}
    tables = {PACKAGES, *(table.key for table in TABLES)}
    known = tables | {client.key for client in CLIENTS}
    if only - known:
        parser.error(f"--only: unknown {', '.join(sorted(only - known))} (known: {', '.join(sorted(known))})")

    # Enough file descriptors for 1,000 connections.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if 0 < hard < 4096 else 4096, hard))
    cores = sorted(os.sched_getaffinity(0))
    server_core, client_core = (cores[0], cores[1]) if len(cores) > 1 else (None, None)
    pinned = f"server on core {server_core}, client on core {client_core}" if client_core else "one core for both"
    print(f"{'nginx' if nginx() else 'own server (nginx is not installed)'}; {pinned}\n")

    results: dict = {"medians": {}, "rounds": {}, "missing": {}}
    with tempfile.TemporaryDirectory() as directory, all_servers(server_core, Path(directory)) as servers:
        bench = Bench(servers, Path(directory), client_core)
        for table in TABLES:
            if only & tables and table.key not in only:
                continue
            rounds = bench.rounds(table, only - tables, options.rounds, progress)
            if rounds:
                results["rounds"][table.key] = rounds
                results["medians"][table.key] = medians(table, rounds)
        if not only or PACKAGES in only:
            progress(PACKAGES)
            results[PACKAGES] = packages.measured(bench)
        results["missing"] = bench.missing
    progress("")
    print(everything(results), end="\n\n")
    lines = targets.verdict(results)
    if options.rounds or only:
        print(targets.listing([line for line in lines if line["reached"] is not None]))
        print("\nOnly a part of the benchmark was run, so nothing was recorded.")
        return
    print(targets.listing(lines))
    record({"machine": machine.of(results), "verdict": lines, **results})
    print("\nRecorded in bench/results.json, bench/RESULTS.md, bench/chart.svg and bench/summary.svg.")


if __name__ == "__main__":
    main()

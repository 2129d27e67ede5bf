"""Prints the fault matrix as a table: the fault, the outcome that each language reported, and what the server accepted.

Exits with 0 only if every row is true in every language.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.cases import Case, load
from conformance.checks import call_lines
from conformance.running import Seen, run_case
from conformance.servers import Servers
from harness.drivers import DRIVERS, Driver

FILES = ("faults", "internal", "tls", "retries", "answers")
# Parallel runs. More than two processors' worth, since most cases wait for a deadline.
PARALLEL = 4


def outcome(line: dict) -> str:
    """The outcome in a line of a driver, or in a case's expectation."""
    for key in ("error", "client_error"):
        if key in line:
            return str(line[key].get("outcome") or "not_sent")
    if "error_one_of" in line:
        return "|".join(one["outcome"] for one in line["error_one_of"])
    if "send_result" in line:
        return "sent"
    return "one per message" if {"burst", "fork", "drain"} & set(line) else ""


def outcomes(lines: list[dict]) -> str:
    return ", ".join(filter(None, map(outcome, lines)))


def accepted(seen: Seen) -> str:
    """How many of the messages the server read whole and did not refuse."""
    if seen.accepted is None:
        return "by the named peers"
    single = [
        call["message"] for call in seen.calls if "message" in call and call["method"] not in ("burst", "fork", "drain")
    ]
    many = [line["of"] for line in seen.run.lines() if "of" in line]
    messages = single + many
    return f"{sum(message in seen.accepted for message in messages)} of {len(messages)}"


# Servers are per thread: a recording must contain the requests of one case only.
per_thread = threading.local()


def run(case: Case, driver: Driver) -> tuple[str, str, str]:
    """The reported outcomes, what the server accepted, and the failed check, if any."""
    try:
        seen = run_case(case, driver, per_thread.servers)
    except Exception as error:  # Any failure makes the row false.
        return "?", "?", f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
    return outcomes(call_lines(seen.run)[1:]), accepted(seen), ""


def main() -> int:
    cases = [case for case in load() if case.id.split("/")[0] in FILES]
    languages = list(DRIVERS)
    failures: list[str] = []
    all_servers: list[Servers] = []

    def start_servers(folder: str) -> None:
        per_thread.servers = Servers(Path(tempfile.mkdtemp(dir=folder)))
        all_servers.append(per_thread.servers)

    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(PARALLEL, initializer=start_servers, initargs=(folder,)) as pool,
    ):
        results = {
            case.id: {
                name: None if name in case.not_in else pool.submit(run, case, driver)
                for name, driver in DRIVERS.items()
            }
            for case in cases
        }
        head = f"{'fault':42}{'expected':24}" + "".join(f"{name:24}" for name in languages)
        print(f"{head}{'accepted':20}verdict\n{'─' * (len(head) + 27)}")
        for case in cases:
            row, accepted_counts, problems = "", set(), []
            for name, future in results[case.id].items():
                if future is None:
                    row += f"{'not possible':24}"
                    continue
                reported, count, problem = future.result()
                row += f"{reported:24}"
                accepted_counts.add(count)
                problems += [f"{case.id} in {name}: {problem}"] if problem else []
            failures += problems
            verdict = "FALSE" if problems else "true"
            counts = " / ".join(sorted(accepted_counts))
            print(f"{case.id:42}{outcomes(case.expect):24}{row}{counts:20}{verdict}", flush=True)
        for servers in all_servers:
            servers.close()
    rows = len(cases)
    print("\n".join(["", *failures]))
    false_rows = len({problem.split(" in ")[0] for problem in failures})
    print(f"{rows - false_rows} of {rows} rows are true in every language.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

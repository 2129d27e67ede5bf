"""The fault matrix as a table: what goes wrong, what each language said of the message, and what the server saw.

Exits 0 only if every row is true in every language.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.cases import Case, load
from conformance.checks import own_lines
from conformance.running import Seen, run_case
from conformance.servers import Servers
from harness.drivers import DRIVERS, Driver

FILES = ("faults", "internal", "tls", "retries", "answers")
# As many at once as make sense on two processors: most cases wait for a deadline.
AT_ONCE = 4


def word(line: dict) -> str:
    """What a driver's line, or a case's expectation, says of the message."""
    for key in ("error", "client_error"):
        if key in line:
            return str(line[key].get("outcome") or "not_sent")
    if "error_one_of" in line:
        return "|".join(one["outcome"] for one in line["error_one_of"])
    if "send_result" in line:
        return "sent"
    return "each its own" if {"burst", "fork"} & set(line) else ""


def told(lines: list[dict]) -> str:
    words = [word(line) for line in lines]
    return ", ".join(word for word in words if word)


def saw(seen: Seen) -> str:
    """How many of the messages the server read whole and did not refuse."""
    if seen.taken is None:
        return "peers, as named"
    single = [call["message"] for call in seen.calls if "message" in call and call["method"] not in ("burst", "fork")]
    many = [line["of"] for line in seen.run.lines() if "of" in line]
    messages = single + many
    return f"{sum(message in seen.taken for message in messages)} of {len(messages)}"


# Each thread has servers of its own, since a recording of the wire knows no cases.
own = threading.local()


def run(case: Case, driver: Driver) -> tuple[str, str, str]:
    """What was told, what the server saw, and what is wrong, if anything."""
    try:
        seen = run_case(case, driver, own.servers)
    except Exception as error:  # Whatever it is, the row is not true.
        return "?", "?", f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
    return told(own_lines(seen.run)[1:]), saw(seen), ""


def main() -> int:
    cases = [case for case in load() if case.id.split("/")[0] in FILES]
    languages = list(DRIVERS)
    wrong: list[str] = []
    every: list[Servers] = []

    def begin(folder: str) -> None:
        own.servers = Servers(Path(tempfile.mkdtemp(dir=folder)))
        every.append(own.servers)

    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(AT_ONCE, initializer=begin, initargs=(folder,)) as pool,
    ):
        results = {
            case.id: {
                name: None if name in case.not_in else pool.submit(run, case, driver)
                for name, driver in DRIVERS.items()
            }
            for case in cases
        }
        head = f"{'fault':42}{'expected':24}" + "".join(f"{name:24}" for name in languages)
        print(f"{head}{'the server took':17}verdict\n{'─' * (len(head) + 24)}")
        for case in cases:
            row, took, problems = "", set(), []
            for name, future in results[case.id].items():
                if future is None:
                    row += f"{'cannot':24}"
                    continue
                words, seen, problem = future.result()
                row += f"{words:24}"
                took.add(seen)
                problems += [f"{case.id} in {name}: {problem}"] if problem else []
            wrong += problems
            verdict = "WRONG" if problems else "true"
            print(f"{case.id:42}{told(case.expect):24}{row}{' / '.join(sorted(took)):17}{verdict}", flush=True)
        for servers in every:
            servers.close()
    rows = len(cases)
    print("\n".join(["", *wrong]))
    print(f"{rows - len({problem.split(' in ')[0] for problem in wrong})} of {rows} rows are true in every language.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

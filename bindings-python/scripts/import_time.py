"""Print how long imports take, in milliseconds: the median over new interpreters."""

import statistics
import subprocess
import sys

RUNS = 31
CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def milliseconds(modules: str) -> float:
    command = [sys.executable, "-I", "-c", CODE.format(modules)]
    times = [float(subprocess.check_output(command)) for _ in range(RUNS)]
    return statistics.median(times) * 1000


for modules in ("json, socket", "roomcast"):
    print(f"import {modules}: {milliseconds(modules):.1f} ms")

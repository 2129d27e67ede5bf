"""The sdist: built to a wheel on this machine, and a message sent with that."""

from __future__ import annotations

import sys

from ..build import cargo
from ..build.targets import DIST, TARGET_DIR
from .cache import anew
from .describe import DRIVERS, LANGUAGES
from .matrix import run_matrix
from .results import Results

# Cases of the matrix that send messages.
CASES = "routing"


def check(rows: list[dict]) -> Results:
    [sdist] = [DIST / row["file"] for row in rows if row["kind"] == "sdist" and "file" in row] or [None]
    if sdist is None:
        return Results()
    wheel, installed = anew("sdist/wheel"), anew("sdist/python")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    try:
        # With the release's maturin. What the other targets' builds have compiled is not compiled again.
        env = {**cargo.tools_environment(), "CARGO_TARGET_DIR": str(TARGET_DIR)}
        cargo.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheel, sdist], env=env)
        cargo.run([*pip, "install", "--no-deps", "--no-index", "--target", installed, *wheel.glob("*.whl")])
    except cargo.BuildFailed as error:
        return Results(failed=[str(error)])
    program = {
        "command": [sys.executable, str(DRIVERS / "python" / "driver.py")],
        "environment": {"PYTHONPATH": str(installed)},
    }
    usual = {"traits": [], "only": None, "error_file": False}
    description = {
        "name": "sdist",
        "shim": None,
        "drivers": {"python": {**usual, "released": program, "faultpoints": program}},
        "without": dict.fromkeys(set(LANGUAGES) - {"python"}, "it is Python's"),
        "static_c": None,
        "sandbox": None,
        "cli": None,
    }
    return run_matrix(description, "conformance/test_conformance.py", "-k", CASES).get("wheel", Results())

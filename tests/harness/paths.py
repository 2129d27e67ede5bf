"""Paths in the checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
DRIVERS = ROOT / "tests" / "drivers"
RELEASE = ROOT / "target" / "release"
SANDBOX = RELEASE / ("roomcast-sandbox.exe" if os.name == "nt" else "roomcast-sandbox")
BUILD = ROOT / "tests" / "build"
# Builds that panic at the point that ROOMCAST_PANIC_AT names. Never released.
FAULTPOINTS = BUILD / "faultpoints"

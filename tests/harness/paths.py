"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
DRIVERS = ROOT / "tests" / "drivers"
RELEASE = ROOT / "target" / "release"
SANDBOX = RELEASE / "roomcast-sandbox"
# Builds whose core panics where it is told to: never shipped.
BUILD = ROOT / "tests" / "build"
FAULTPOINTS = BUILD / "faultpoints"

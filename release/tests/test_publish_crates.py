"""publish-crates.sh, with a cargo that only writes down what it is called with."""

import os
import subprocess
from pathlib import Path

import pytest

import version

SCRIPT = Path(version.__file__).parent / "publish-crates.sh"
CARGO = """#!/bin/sh
if [ "$1" = info ]; then
    for crate; do :; done
    grep -qx "$crate" "$PUBLISHED"
    exit
fi
echo "$@" >>"$CALLS"
"""


CRATES = ["roomcast-process-local", "roomcast", "roomcast-sandbox", "roomcast-testing"]


@pytest.mark.parametrize("published", [[], CRATES[:1], CRATES[:2], CRATES])
def test_what_is_not_there_is_published_in_the_order_of_dependencies(tmp_path, published):
    (tmp_path / "cargo").write_text(CARGO)
    (tmp_path / "cargo").chmod(0o755)
    number = version.current(version.ROOT)
    (tmp_path / "published").write_text("".join(f"{crate}@{number}\n" for crate in published))
    (tmp_path / "calls").touch()
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PUBLISHED": str(tmp_path / "published"),
        "CALLS": str(tmp_path / "calls"),
    }
    done = subprocess.run([SCRIPT, "--dry-run"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    missing = [f"-p {crate}" for crate in CRATES if crate not in published]
    call = f"publish --locked --dry-run {' '.join(missing)}\n" if missing else ""
    assert (tmp_path / "calls").read_text() == call
    assert done.stdout == "".join(f"{crate} {number}: published already\n" for crate in published)

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


@pytest.mark.parametrize(
    "published, call",
    [
        ([], "publish --locked --dry-run -p roomcast-process-local -p roomcast\n"),
        (["roomcast-process-local"], "publish --locked --dry-run -p roomcast\n"),
        (["roomcast-process-local", "roomcast"], ""),
    ],
)
def test_what_is_not_there_is_published_in_the_order_of_dependencies(tmp_path, published, call):
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
    assert (tmp_path / "calls").read_text() == call
    assert done.stdout == "".join(f"{crate} {number}: published already\n" for crate in published)

"""Builds the package with maturin, and says in a sentence what is missing where there is no Rust.

pip gets here where no wheel fits. Without Rust, maturin would fetch a toolchain: behind a proxy that fails,
with an error about something that nobody asked for.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from typing import Any

import maturin

# The hooks that a frontend calls later, as they are.
from maturin import build_editable as build_editable
from maturin import build_sdist as build_sdist
from maturin import build_wheel as build_wheel
from maturin import prepare_metadata_for_build_editable as prepare_metadata_for_build_editable
from maturin import prepare_metadata_for_build_wheel as prepare_metadata_for_build_wheel

# The platform tags of a release's wheels.
WHEELS = (
    "manylinux_2_17_x86_64",
    "manylinux_2_17_aarch64",
    "manylinux_2_17_armv7l",
    "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64",
    "macosx_11_0_arm64",
    "macosx_10_12_x86_64",
    "win_amd64",
)
NO_RUST = (
    "roomcast has to be built from source here ({platform}), which needs Rust 1.89 or newer "
    "(https://rustup.rs) and a C compiler: install them, and run this again. There are wheels, which need "
    "neither, for CPython 3.9 and newer on {wheels}; if this is one of them, update pip: "
    "python -m pip install --upgrade pip."
)


def _require_rust() -> None:
    if shutil.which("cargo") is None:
        sys.exit(NO_RUST.format(platform=sysconfig.get_platform(), wheels=", ".join(WHEELS)))


# Called first, and before anything that it returns is fetched.
def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    _require_rust()
    return maturin.get_requires_for_build_wheel(config_settings)


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    _require_rust()
    return maturin.get_requires_for_build_editable(config_settings)


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    _require_rust()
    return maturin.get_requires_for_build_sdist(config_settings)

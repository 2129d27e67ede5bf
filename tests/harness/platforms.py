"""Another platform, whose programs run here by an emulator: the file that ROOMCAST_PLATFORM names describes it.

    {
      "name": "aarch64-unknown-linux-gnu",
      "shim": "…/shim.so",                      harness/shim.c, built for it; null where nothing can be preloaded
      "drivers": {
        "rust": {
          "traits": ["static"],                 what `not_on` of a case may name: see TRAITS
          "only": ["routing", …],               the files of cases that are run, or null: all
          "error_file": false,                  whether its standard error is a file instead of a pipe
          "released": {"command": ["qemu-aarch64-static", "…/roomcast-driver"], "environment": {}},
          "faultpoints": {"command": ["qemu-aarch64-static", "…/faultpoints/roomcast-driver"], "environment": {}}
        }
      },
      "without": {"node": "there is no Node for it"},
      "static_c": {"command": […], "environment": {}},    the C driver with the static library, the sandbox
      "sandbox": {"command": […], "environment": {}},     and the command line: null where there is none
      "cli": {"command": […], "environment": {}}
    }

Every language is in `drivers` or, with the reason, in `without`. release/test_dist writes these files.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What a case may need that a platform lacks.
TRAITS = {
    "windows": "Windows",
    "wine": "Windows' programs on Linux",
    "macos": "macOS",
    "static": "a statically linked program",
    "emulated": "another processor, by an emulator",
}


@dataclass(frozen=True)
class Program:
    """How a program is started."""

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Programs:
    """A language's driver on a platform, with the released package and with a build that has faultpoints."""

    traits: frozenset[str]
    # The files of cases that are run with it; None: all.
    only: frozenset[str] | None
    error_file: bool
    released: Program
    faultpoints: Program


@dataclass(frozen=True)
class Platform:
    """A platform and its drivers."""

    name: str
    shim: str | None
    programs: dict[str, Programs]
    # The languages that cannot be run on it, each with the reason.
    without: dict[str, str]
    static_c: Program | None
    sandbox: Program | None
    cli: Program | None


def read(description: dict[str, Any]) -> Platform:
    programs = {
        language: Programs(
            frozenset(one["traits"]),
            None if one["only"] is None else frozenset(one["only"]),
            one["error_file"],
            Program(**one["released"]),
            Program(**one["faultpoints"]),
        )
        for language, one in description["drivers"].items()
    }
    unknown = {trait for one in programs.values() for trait in one.traits} - set(TRAITS)
    assert not unknown, f"unknown traits {unknown}"
    others = {name: Program(**one) if (one := description[name]) else None for name in ("static_c", "sandbox", "cli")}
    return Platform(description["name"], description["shim"], programs, description["without"], **others)


def tested() -> Platform | None:
    path = os.environ.get("ROOMCAST_PLATFORM")
    return read(json.loads(Path(path).read_text("utf-8"))) if path else None


# None: this machine itself.
TESTED = tested()

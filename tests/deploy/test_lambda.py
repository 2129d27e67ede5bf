"""AWS Lambda on arm64: a function with its dependencies in a zip, which is unpacked and called in an arm64 userland."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest
from release.build.targets import select
from release.test_dist import nodes, pythons
from release.test_dist.cache import CannotRun
from release.test_dist.systems import system

from harness import dist
from harness.registries import Machine

from .conftest import Receiver

HERE = Path(__file__).parent
TRIPLE = "aarch64-unknown-linux-gnu"
# What Lambda's runtimes do, for one event.
CALL_NODE = """
const { handler } = await import(process.cwd() + '/index.mjs')
console.log(JSON.stringify(await handler(JSON.parse(process.argv[1]))))
"""
CALL_PYTHON = """
import json, platform, sys
from lambda_function import handler
assert platform.machine() == "aarch64"
print(json.dumps(handler(json.loads(sys.argv[1]), None)))
"""


@dataclass(frozen=True)
class Arm64:
    """What runs Node and Python for arm64, as `make test-dist` does."""

    node: list[str]
    python: list[str]


@pytest.fixture(scope="module")
def arm64() -> Iterator[Arm64]:
    (target,) = select([TRIPLE])
    built = dist.target(TRIPLE)
    for kind, file in [("wheel", built.wheel_file), ("npm", built.npm_package)]:
        if not file:
            pytest.skip(built.why_not_built(kind))
    try:
        with system(target) as started:
            python, _ = pythons.python(target, started)
            yield Arm64([*started.start, str(nodes.node(target))], [*started.start, str(python)])
    except CannotRun as why:
        # In CI nothing that runs it may be missing.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"NOT TESTED: arm64: {why}")


@pytest.fixture
def function(tmp_path: Path) -> Path:
    function = tmp_path / "function"
    function.mkdir()
    return function


def unpacked(function: Path) -> Path:
    """Makes a zip of the folder, and unpacks it elsewhere, as Lambda does."""
    archive = shutil.make_archive(str(function), "zip", function)
    shutil.rmtree(function)
    task = function.parent / "task"
    zipfile.ZipFile(archive).extractall(task)
    return task


def assert_sends(machine: Machine, command: list[str], task: Path, receiver: Receiver, text: str) -> None:
    event = json.dumps({"room": receiver.room_id, "text": text})
    printed = machine.run(*command, event, directory=task, **receiver.environment)
    assert json.loads(printed) == {"message": "message sent"}
    receiver.assert_received(text)


def test_node(machine: Machine, install: Callable[..., None], arm64: Arm64, function: Path, receiver: Receiver) -> None:
    shutil.copy(HERE / "lambda" / "index.mjs", function)
    install(function, "--os=linux", "--cpu=arm64", "--libc=glibc")
    task = unpacked(function)
    assert [each.name for each in (task / "node_modules" / "@roomcast").iterdir()] == ["linux-arm64-gnu"]
    command = [*arm64.node, "--input-type=module", "--eval", CALL_NODE]
    assert_sends(machine, command, task, receiver, "from Node on arm64")


def test_python(machine: Machine, index: str, arm64: Arm64, function: Path, receiver: Receiver) -> None:
    shutil.copy(HERE / "lambda" / "lambda_function.py", function)
    platform = ["--platform", "manylinux2014_aarch64", "--python-version", "3.11", "--only-binary=:all:"]
    pip = [sys.executable, "-m", "pip", "install", "--index-url", index, *platform, "--target", function, "roomcast"]
    machine.run(*pip, directory=function)
    task = unpacked(function)
    assert_sends(machine, [*arm64.python, "-c", CALL_PYTHON], task, receiver, "from Python on arm64")

"""Tracers and bundlers: what they write is moved elsewhere, and sends from there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable

import pytest

from harness.registries import Machine

from .conftest import Receiver

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules"
ESBUILD = [TOOLS / ".bin" / "esbuild", "send.mjs", "--bundle", "--platform=node", "--log-level=warning"]
NCC = ["node", TOOLS / "@vercel" / "ncc" / "dist" / "ncc" / "cli.js", "build", "send.mjs", "--out", "out"]
ROLLUP = ["node", TOOLS / "rollup" / "dist" / "bin" / "rollup", "--config", HERE / "rollup.config.mjs", "send.mjs"]
WEBPACK = ["node", HERE / "webpack.mjs"]
# What builds a bundle in which roomcast is external, and the program in out/.
EXTERNAL = {
    "esbuild-esm": ([*ESBUILD, "--external:roomcast", "--format=esm", "--outfile=out/send.mjs"], "send.mjs"),
    "esbuild-cjs": ([*ESBUILD, "--external:roomcast", "--format=cjs", "--outfile=out/send.cjs"], "send.cjs"),
    "ncc": ([*NCC, "--external", "roomcast"], "index.mjs"),
    "rollup-esm": ([*ROLLUP, "--format", "es", "--file", "out/send.mjs"], "send.mjs"),
    "rollup-cjs": ([*ROLLUP, "--format", "cjs", "--file", "out/send.cjs"], "send.cjs"),
    "webpack": (WEBPACK, "send.cjs"),
}
ADVICE = (
    "If a bundler made this program, mark roomcast as external (esbuild, rollup: external; webpack: externals; "
    "Next.js: serverExternalPackages), and deploy node_modules/roomcast and node_modules/@roomcast with the bundle."
)


@pytest.fixture
def app(tmp_path: Path, install: Callable[[Path], None]) -> Path:
    """The folder of a program that uses roomcast."""
    app = tmp_path / "app"
    app.mkdir()
    install(app)
    shutil.copy(HERE / "send.mjs", app)
    return app


def deployed(app: Path, *parts: str) -> Path:
    """Moves these parts of the program's folder to another one, and removes what remains."""
    elsewhere = app.parent / "deployed"
    elsewhere.mkdir()
    for part in parts:
        shutil.move(app / part, elsewhere / part)
    shutil.rmtree(app)
    return elsewhere


def assert_sends(machine: Machine, program: Path, receiver: Receiver, text: str) -> None:
    command = ["node", program.name, receiver.room_id, text]
    assert machine.run(*command, directory=program.parent, **receiver.environment) == "message sent\n"
    receiver.assert_received(text)


def test_nft(machine: Machine, app: Path, receiver: Receiver) -> None:
    machine.run("node", HERE / "trace.mjs", app / "send.mjs", app / "traced", directory=app)
    traced = deployed(app, "traced") / "traced"
    # The one addon, and no file that the program does not need.
    assert len(list(traced.glob("node_modules/@roomcast/*/*.node"))) == 1
    assert not list(traced.glob("**/*.d.ts"))
    assert_sends(machine, traced / "send.mjs", receiver, "from what nft traced")


@pytest.mark.parametrize("name", EXTERNAL)
def test_external(machine: Machine, app: Path, receiver: Receiver, name: str) -> None:
    command, program = EXTERNAL[name]
    printed = machine.run(*command, directory=app, EXTERNAL="roomcast")
    assert "warning" not in printed.lower()
    elsewhere = deployed(app, "out", "node_modules")
    assert_sends(machine, elsewhere / "out" / program, receiver, f"from {name}")


def test_ncc_takes_the_addon_along(machine: Machine, app: Path, receiver: Receiver) -> None:
    machine.run(*NCC, directory=app)
    elsewhere = deployed(app, "out")
    assert_sends(machine, elsewhere / "out" / "index.mjs", receiver, "from ncc")


def test_esbuild_takes_the_addon_along(machine: Machine, app: Path, receiver: Receiver) -> None:
    """With a loader for native files, into a CommonJS bundle. As documented in the package's README."""
    machine.run(*ESBUILD, "--loader:.node=copy", "--format=cjs", "--outfile=out/send.cjs", directory=app)
    elsewhere = deployed(app, "out")
    assert_sends(machine, elsewhere / "out" / "send.cjs", receiver, "from esbuild with a loader")


REFUSING = {"esbuild": [*ESBUILD, "--outfile=out/send.cjs"], "rollup": ROLLUP, "webpack": WEBPACK}


@pytest.mark.parametrize("command", REFUSING.values(), ids=REFUSING)
def test_a_bundler_refuses_the_addon(machine: Machine, app: Path, command: list[str]) -> None:
    """If roomcast is not external: when the bundle is made, in the bundler's own words, which name the native file."""
    assert "@roomcast/linux-" in machine.run(*command, directory=app, exits=None)


@pytest.mark.parametrize("format", ["esm", "cjs"])
def test_a_bundle_without_the_addon_says_what_to_do(machine: Machine, app: Path, format: str) -> None:
    suffix = {"esm": "mjs", "cjs": "cjs"}[format]
    options = ["--external:@roomcast/*", f"--format={format}", f"--outfile=out/send.{suffix}"]
    machine.run(*ESBUILD, *options, directory=app)
    out = deployed(app, "out") / "out"
    printed = machine.run("node", f"send.{suffix}", "room", "text", directory=out, exits=None)
    assert "roomcast found no native addon that loads" in printed and ADVICE in printed
    # What happened, in the bundle's own words if it is an ES module.
    cause = {"esm": 'Dynamic require of "@roomcast/', "cjs": "@roomcast/linux-"}[format]
    assert cause in printed

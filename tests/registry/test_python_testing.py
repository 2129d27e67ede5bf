"""`pip install roomcast[sandbox]` in an empty folder without Rust, and there the test of examples/cards."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest

from harness import paths
from harness.registries import Machine

SAMPLE = paths.ROOT / "examples" / "cards" / "python"
DEALT = "send_to_peer(room_id, player.peer_id, cards)"


@pytest.fixture
def app(machine: Machine, index: str, folder: Path) -> Path:
    """The sample app, with what it needs."""
    for name in ("app.py", "test_app.py"):
        shutil.copy(SAMPLE / name, folder)
    machine.run("python3", "-m", "venv", "venv", directory=folder)
    pip = ["venv/bin/pip", "install", "--only-binary", ":all:", "--index-url", index]
    machine.run(*pip, "roomcast[sandbox]", directory=folder)
    # The local index has nothing else. Those of the tests follow after the folder's own.
    (packages,) = folder.glob("venv/lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def run_pytest(machine: Machine, app: Path, exits: int = 0) -> str:
    return machine.run("venv/bin/python", "-m", "pytest", "-q", "--rootdir", ".", directory=app, exits=exits)


def test_the_sample_passes_and_fails_if_it_broadcasts_the_cards(machine: Machine, app: Path) -> None:
    where = "import roomcast, roomcast_sandbox as sandbox; print(roomcast.__file__, sandbox.program())"
    installed = machine.run("venv/bin/python", "-c", where, directory=app)
    assert installed.count(str(app)) == 2
    assert "1 passed" in run_pytest(machine, app)
    text = (app / "app.py").read_text()
    assert DEALT in text
    (app / "app.py").write_text(text.replace(DEALT, "broadcast(room_id, cards)"))
    assert "1 failed" in run_pytest(machine, app, exits=1)


def test_the_script(machine: Machine, app: Path) -> None:
    assert machine.run("venv/bin/roomcast-sandbox", "--version", directory=app).startswith("roomcast-sandbox ")

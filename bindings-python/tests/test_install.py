"""The wheel and the source distribution, each installed into an empty virtual environment."""

import email
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import venv
import zipfile

import pytest

# The first compilation is slow.
pytestmark = pytest.mark.timeout(900)

ROOT = pathlib.Path(__file__).parents[2]
CARGO_TARGET_DIR = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-LICENSES"]

SEND = """
import asyncio, sys, roomcast
options = dict(base_url=sys.argv[1], access_key="k", secret="s")
roomcast.Client(**options).broadcast("r", "sync")

async def main():
    async with roomcast.AsyncClient(**options) as client:
        await client.broadcast("r", "async")

asyncio.run(main())
print(roomcast.__version__, roomcast.__file__)
"""


def run(*command, **environment):
    environment = {**os.environ, "CARGO_TARGET_DIR": CARGO_TARGET_DIR, **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def maturin(command, directory, *arguments):
    manifest = str(ROOT / "bindings-python" / "Cargo.toml")
    run(sys.executable, "-m", "maturin", command, "-m", manifest, "--out", str(directory), *arguments)
    (built,) = directory.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return maturin("build", tmp_path_factory.mktemp("wheel"), "--release", "--locked")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return maturin("sdist", tmp_path_factory.mktemp("sdist"))


def workspace_version():
    return re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]


def sends_from(environment, server):
    """Send with the package that is installed in the environment, isolated from the checkout."""
    python = environment / "bin" / "python"
    version, file = run(str(python), "-I", "-W", "error", "-c", SEND, server.base_url).split()
    assert version == workspace_version()
    assert pathlib.Path(file).is_relative_to(environment)
    assert [body["message"] for body in server.bodies] == ["sync", "async"]
    installed = run(str(python), "-m", "pip", "list", "--format=freeze").split()
    assert {name.partition("==")[0] for name in installed} <= {"pip", "setuptools", "roomcast"}


def test_the_wheel_sends(server, wheel, tmp_path):
    assert "-cp39-abi3-" in wheel.name
    venv.create(tmp_path, with_pip=True)
    # Without an index: a dependency could not be installed.
    run(str(tmp_path / "bin" / "pip"), "install", "--no-index", str(wheel))
    sends_from(tmp_path, server)


def test_the_source_distribution_sends(server, sdist, tmp_path):
    # The place depends on the content: each content is compiled once.
    digest = hashlib.sha256(sdist.read_bytes()).hexdigest()[:16]
    unpacked = pathlib.Path(CARGO_TARGET_DIR) / "sdist" / digest
    if not unpacked.exists():
        with tarfile.open(sdist) as archive:
            archive.extractall(unpacked, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (source,) = unpacked.iterdir()
    venv.create(tmp_path, with_pip=True)
    run(str(tmp_path / "bin" / "pip"), "install", str(source))
    sends_from(tmp_path, server)


def test_the_contents_of_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = f"roomcast-{workspace_version()}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
    package = {name for name in names if name.startswith("roomcast/")}
    assert {"roomcast/py.typed", "roomcast/_roomcast.pyi", "roomcast/_roomcast.abi3.so"} < package
    ours = ("roomcast/", "roomcast_pytest/", info)
    assert not [name for name in names if not name.startswith(ours) or name.endswith(".pyc")]
    assert sorted(name for name in names if "licenses/" in name) == [
        f"{info}/licenses/{file}" for file in LICENSES
    ]
    check_metadata(email.message_from_string(metadata))


def test_the_contents_of_the_source_distribution(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        metadata = archive.extractfile(f"roomcast-{workspace_version()}/PKG-INFO").read().decode()
        for file in LICENSES:
            packed = archive.extractfile(f"roomcast-{workspace_version()}/{file}").read()
            assert packed == (ROOT / "bindings-python" / file).read_bytes()
    assert {"Cargo.lock", "core/Cargo.toml", "core/src/lib.rs", "bindings-python/src/lib.rs"} < names
    assert not [name for name in names if name.endswith(".so") or "__pycache__" in name]
    check_metadata(email.message_from_string(metadata))


def test_pypy_is_refused_when_the_package_is_built(tmp_path):
    """Else a wheel would be built that can't be imported. The interpreter is described, not present."""
    config = tmp_path / "config.txt"
    config.write_text("implementation=PyPy\nversion=3.11\nshared=true\nabi3=false\n")
    target = {"CARGO_TARGET_DIR": str(pathlib.Path(CARGO_TARGET_DIR) / "pypy")}
    done = subprocess.run(
        ["cargo", "check", "--locked", "--manifest-path", ROOT / "bindings-python" / "Cargo.toml"],
        env={**os.environ, **target, "PYO3_CONFIG_FILE": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "roomcast supports only CPython 3.9 or later: a wheel for PyPy could be built" in done.stderr


def check_metadata(metadata):
    """Check what a package index shows."""
    assert (metadata["Name"], metadata["Version"]) == ("roomcast", workspace_version())
    assert metadata["License-Expression"] == "MIT OR Apache-2.0"
    assert metadata.get_all("License-File") == LICENSES
    assert metadata["Requires-Python"] == ">=3.9"
    # Nothing at run time.
    assert all("; extra ==" in required for required in metadata.get_all("Requires-Dist"))
    links = dict(link.split(", ") for link in metadata.get_all("Project-URL"))
    assert set(links) == {"Homepage", "Documentation", "Source", "Issues", "Changelog"}
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    readme = (ROOT / "bindings-python" / "README.md").read_text()
    assert metadata.get_payload().strip() == readme.strip()

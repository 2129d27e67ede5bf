"""The Dockerfiles of examples/deploy: their commands are run with what is in dist/, and what they build sends."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import dist, paths
from harness.registries import Machine, Server

from .conftest import Receiver
from .dockerfiles import Build

EXAMPLES = paths.ROOT / "examples" / "deploy"
RELEASE_PYTHON = paths.ROOT / "release" / ".venv" / "bin" / "python"
DOCKERFILES = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.glob("*/Dockerfile*"))
VERSION = subprocess.run(
    [sys.executable, paths.ROOT / "release" / "version.py", "show"], check=True, capture_output=True, text=True
).stdout.strip()
pytestmark = pytest.mark.timeout(1800)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def context(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the folder, since lock files are added to it."""
    return Path(shutil.copytree(EXAMPLES / request.param, tmp_path / "context"))


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page such as GitHub's, with the C libraries of this version."""
    page = tmp_path_factory.mktemp("releases")
    directory = page / f"v{VERSION}"
    directory.mkdir()
    with (directory / "SHA256SUMS").open("w") as checksums:
        for file in dist.artifacts("c", "*.tar.gz"):
            shutil.copy(file, directory)
            checksums.write(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(page))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def assert_sends(build: Build, receiver: Receiver) -> None:
    text = f"from {build.image.base}"
    assert build.start(receiver.room_id, text, **receiver.environment) == "message sent\n"
    receiver.assert_received(text)
    print(f"not run: {'; '.join(build.not_run) or 'nothing'}")


def test_there_is_one_for_each_language() -> None:
    languages = {path.parent.name for path in DOCKERFILES}
    assert languages == {"python", "node", "c", "rust"}
    for language in languages:
        alpine = [path for path in DOCKERFILES if path.parent.name == language and path.name.endswith(".alpine")]
        assert alpine or "VARIANT=alpine" in (EXAMPLES / language / "Dockerfile").read_text(), language


@pytest.mark.parametrize("variant", ["slim", "alpine"])
@pytest.mark.parametrize("context", ["python"], indirect=True)
def test_python(context: Path, tmp_path: Path, machine: Machine, index: str, receiver: Receiver, variant: str) -> None:
    environment = {**machine.environment, "PIP_INDEX_URL": index, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    build = Build(context / "Dockerfile", made(tmp_path), environment, VARIANT=variant)
    assert build.image.base == f"python:3.13-{variant}"
    assert_sends(build, receiver)


@pytest.mark.parametrize("variant", ["slim", "alpine"])
@pytest.mark.parametrize("context", ["node"], indirect=True)
def test_node(
    context: Path, tmp_path: Path, machine: Machine, registry: Server, receiver: Receiver, variant: str
) -> None:
    # The lock file of a user's project, which names the packages of all platforms.
    machine.run("npm", "install", "--package-lock-only", "--registry", registry.url, directory=context)
    environment = {**machine.environment, "NPM_CONFIG_REGISTRY": registry.url}
    build = Build(context / "Dockerfile", made(tmp_path), environment, VARIANT=variant)
    assert build.image.base == f"node:24-{variant}"
    assert_sends(build, receiver)


@pytest.fixture
def musl_compiler(tmp_path: Path) -> str:
    """zig in place of Alpine's gcc: Debian's musl-gcc has only a libgcc for glibc."""
    zig = [RELEASE_PYTHON, "-m", "ziglang"]
    assert subprocess.run([*zig, "version"], capture_output=True).returncode == 0, "run make dist first"
    compiler = tmp_path / "cc"
    command = f'exec {RELEASE_PYTHON} -m ziglang cc -target {dist.MACHINE}-linux-musl "$@"'
    compiler.write_text("#!/bin/sh\n" + command + "\n")
    compiler.chmod(0o755)
    return str(compiler)


C_LIBRARIES = {
    "Dockerfile": f"{dist.MACHINE}-unknown-linux-gnu",
    "Dockerfile.alpine": f"{dist.MACHINE}-unknown-linux-musl",
}


@pytest.mark.parametrize("dockerfile", C_LIBRARIES)
@pytest.mark.parametrize("context", ["c"], indirect=True)
def test_c(
    context: Path, tmp_path: Path, releases: str, receiver: Receiver, musl_compiler: str, dockerfile: str
) -> None:
    need_library(dockerfile)
    environment = {**os.environ, "CC": musl_compiler if dockerfile == "Dockerfile.alpine" else "cc"}
    build = Build(context / dockerfile, made(tmp_path), environment, RELEASES=releases, VERSION=VERSION)
    assert_sends(build, receiver)


@pytest.mark.parametrize("dockerfile", C_LIBRARIES)
@pytest.mark.parametrize("context", ["c"], indirect=True)
def test_c_refuses_another_tarball(context: Path, tmp_path: Path, releases: str, dockerfile: str) -> None:
    """The checksum is compared before anything is unpacked."""
    need_library(dockerfile)
    changed = (context / dockerfile).read_text().replace(" && \\\n    grep", ' && printf x >> "$name" && \\\n    grep')
    (context / dockerfile).write_text(changed)
    with pytest.raises(AssertionError, match="FAILED"):
        Build(context / dockerfile, made(tmp_path), dict(os.environ), RELEASES=releases, VERSION=VERSION)


def need_library(dockerfile: str) -> None:
    target = dist.target(C_LIBRARIES[dockerfile])
    if not target.c_tarball:
        pytest.skip(target.why_not_built("c"))


# Compiles the crates.
@pytest.mark.slow
@pytest.mark.parametrize("dockerfile", ["Dockerfile", "Dockerfile.alpine"])
@pytest.mark.parametrize("context", ["rust"], indirect=True)
def test_rust(context: Path, tmp_path: Path, receiver: Receiver, dockerfile: str) -> None:
    # The crates of this checkout in place of those on crates.io, with the dependencies' versions that are locked here.
    patches = {"roomcast": paths.ROOT / "core", "roomcast-process-local": paths.ROOT / "process-local"}
    lines = [f"{crate}.path = {str(path)!r}\n" for crate, path in patches.items()]
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text("[patch.crates-io]\n" + "".join(lines))
    shutil.copy(paths.ROOT / "Cargo.lock", context)
    subprocess.run(["cargo", "update", "--quiet", "--workspace", "--offline"], cwd=context, check=True)
    # The dependencies are compiled once for both; a Cargo before 1.91 ignores it.
    environment = {**os.environ, "CARGO_BUILD_BUILD_DIR": str(paths.ROOT / "target" / "deploy")}
    build = Build(context / dockerfile, made(tmp_path), environment)
    assert_sends(build, receiver)


def made(directory: Path) -> Path:
    """An empty folder for the images."""
    images = directory / "images"
    images.mkdir(parents=True)
    return images

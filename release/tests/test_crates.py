"""What `cargo publish` would send to crates.io. The compiling of it is a step of the release: see RELEASING.md."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# In the order of their dependencies.
RELEASED = ["roomcast-process-local", "roomcast", "roomcast-sandbox", "roomcast-testing"]


@pytest.fixture(scope="module")
def metadata():
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="module")
def packaged(metadata, tmp_path_factory):
    """Each crate's archive, by the crate's name."""
    target = tmp_path_factory.mktemp("packaged")
    command = ["cargo", "package", "--locked", "--no-verify", "--allow-dirty", "--target-dir", target]
    for name in RELEASED:
        command += ["--package", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # A missing licence, description or repository is a warning, which crates.io does not accept.
    assert "warning" not in done.stderr, done.stderr
    version = {package["name"]: package["version"] for package in metadata["packages"]}
    return {name: tarfile.open(target / "package" / f"{name}-{version[name]}.crate") for name in RELEASED}


def test_only_these_crates_are_released(metadata):
    released = [package["name"] for package in metadata["packages"] if package["publish"] is None]
    assert sorted(released) == sorted(RELEASED)


@pytest.mark.parametrize("name", RELEASED)
def test_a_crate_says_what_it_is(metadata, name):
    (package,) = [package for package in metadata["packages"] if package["name"] == name]
    for field in (
        "description",
        "license",
        "repository",
        "homepage",
        "readme",
        "rust_version",
        "keywords",
        "categories",
    ):
        assert package[field], field
    for dependency in package["dependencies"]:
        # Those of tests only may have no version: cargo leaves them out.
        assert dependency["req"] != "*" or dependency["kind"] == "dev", dependency["name"]


@pytest.mark.parametrize("name", RELEASED)
def test_a_crate_has_its_licences_and_readme_and_no_links(packaged, name):
    members = {member.name.split("/", 1)[1]: member for member in packaged[name].getmembers()}
    for licence in ("LICENSE-MIT", "LICENSE-APACHE"):
        assert packaged[name].extractfile(members[licence]).read() == (ROOT / licence).read_bytes()
    assert "README.md" in members
    assert "src/lib.rs" in members
    assert all(member.isfile() for member in members.values())
    # crates.io accepts 10 MiB.
    assert sum(member.size for member in members.values()) < 2 * 1024 * 1024

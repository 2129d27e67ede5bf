"""release.build.gather, on what machines of each system would have built."""

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile

import pytest

import version

ROWS = json.loads((version.ROOT / "release/targets.json").read_text())
NUMBER = version.current(version.ROOT)
KINDS = ["wheel", "npm", "c", "sandbox", "sandbox-npm", "sandbox-wheel", "cli", "cli-npm", "cli-wheel"]
# Of targets that say so; and those that are no archive.
OPTIONAL = KINDS[3:]
PROGRAMS = ["sandbox", "cli"]
MACHINES = {
    "linux": lambda row: row["built"] != "workflow",
    "mac": lambda row: "darwin" in row["triple"],
    "msvc": lambda row: row["triple"].endswith("-msvc"),
}


def tarball(path, name, content):
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))


def platform_of(row):
    """As Node names it, without the C library."""
    return "-".join(row["npm"].split("-")[:2])


def write(directory, row, kind, machine):
    """An artifact as `make dist` names it, which says on which machine it was made; returns its row of the manifest."""
    name, content = {
        "wheel": (f"wheels/roomcast-{NUMBER}-cp39-abi3-{row['wheel']}.whl", "roomcast/_roomcast.abi3.so"),
        "npm": (f"npm/roomcast-{row['npm']}-{NUMBER}.tgz", f"package/roomcast.{row['npm']}.node"),
        "c": (f"c/roomcast-c-{NUMBER}-{row['triple']}.tar.gz", "libroomcast.so"),
        "sandbox": (f"sandbox/roomcast-sandbox-{NUMBER}-{row['triple']}", ""),
        "sandbox-wheel": (f"wheels/roomcast_sandbox-{NUMBER}-py3-none-{row['wheel']}.whl", "roomcast_sandbox/bin/x"),
        "sandbox-npm": (f"npm/roomcast-sandbox-{platform_of(row)}-{NUMBER}.tgz", "package/roomcast-sandbox"),
        "cli": (f"cli/roomcast-cli-{NUMBER}-{row['triple']}", ""),
        "cli-wheel": (f"wheels/roomcast_cli-{NUMBER}-py3-none-{row['wheel']}.whl", "roomcast_cli/bin/x"),
        "cli-npm": (f"npm/roomcast-cli-{platform_of(row)}-{NUMBER}.tgz", "package/roomcast"),
    }[kind]
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(content, machine)
    elif kind in PROGRAMS:
        path.write_text(machine)
    else:
        tarball(path, content, machine.encode())
    sbom = directory / "sbom" / f"{path.name}.cdx.json"
    sbom.parent.mkdir(exist_ok=True)
    sbom.write_text("{}")
    return {
        "file": name,
        "kind": kind,
        "triple": row["triple"],
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "glibc": None,
        "sbom": f"sbom/{sbom.name}",
    }


@pytest.fixture
def machines(tmp_path):
    """What each machine made. As on the real ones, Linux names what it could not build."""
    for machine, built_here in MACHINES.items():
        directory = tmp_path / machine
        (directory / "parts").mkdir(parents=True)
        for row in ROWS:
            kinds = [kind for kind in KINDS if kind not in OPTIONAL or row.get("sandbox")]
            if built_here(row):
                rows = [write(directory, row, kind, machine) for kind in kinds]
            elif machine == "linux":
                rows = [{"kind": kind, "triple": row["triple"], "why": "not on this system"} for kind in kinds]
            else:
                continue
            (directory / "parts" / f"{row['triple']}.json").write_text(json.dumps(rows))
        (directory / "sdist").mkdir()
        tarball(directory / "sdist" / f"roomcast-{NUMBER}.tar.gz", "PKG-INFO", machine.encode())
        (directory / "sbom" / "sdist.cdx.json").write_text("{}")
        sdist = {"file": f"sdist/roomcast-{NUMBER}.tar.gz", "kind": "sdist", "triple": None, "glibc": None}
        content = (directory / sdist["file"]).read_bytes()
        sdist.update(bytes=len(content), sha256=hashlib.sha256(content).hexdigest(), sbom="sbom/sdist.cdx.json")
        (directory / "parts" / "sdist.json").write_text(json.dumps([sdist]))
        # Of one machine's platforms only, so not for a release.
        for kind in ("npm-main", "sandbox-npm-main", "cli-npm-main"):
            (directory / "parts" / f"{kind}.json").write_text(json.dumps([{"kind": kind, "file": "npm/nothing.tgz"}]))
    return tmp_path


def gather(checkout, machines, *names):
    command = [sys.executable, "-m", "release.build.gather", *(machines / name for name in names)]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True)


@pytest.fixture
def checkout(copied):
    yield copied
    version.git(copied, "clean", "-ffdxq")


def contents(path):
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.read(archive.namelist()[0]).decode()
    with tarfile.open(path) as archive:
        return archive.extractfile(archive.getmembers()[0]).read().decode()


def test_every_artifact_is_gathered_and_the_main_packages_have_all_platforms(checkout, machines):
    done = gather(checkout, machines, "linux", "mac", "msvc")
    assert done.returncode == 0, done.stdout + done.stderr
    dist = checkout / "dist"
    assert "NOT BUILT" not in done.stdout

    with tarfile.open(dist / "npm" / f"roomcast-{NUMBER}.tgz") as archive:
        main = json.load(archive.extractfile("package/package.json"))
    assert main["optionalDependencies"] == {f"@roomcast/{row['npm']}": NUMBER for row in ROWS}
    platforms = {platform_of(row) for row in ROWS if row.get("sandbox")}
    assert len(platforms) == 5
    for program in PROGRAMS:
        with tarfile.open(dist / "npm" / f"roomcast-{program}-{NUMBER}.tgz") as archive:
            main = json.load(archive.extractfile("package/package.json"))
        assert main["optionalDependencies"] == {f"@roomcast/{program}-{name}": NUMBER for name in platforms}
    # Windows' wheel and npm package are built with MinGW, too; those by MSVC are released, and the C libraries of both.
    assert contents(dist / "wheels" / f"roomcast-{NUMBER}-cp39-abi3-win_amd64.whl") == "msvc"
    assert contents(dist / "npm" / f"roomcast-win32-x64-{NUMBER}.tgz") == "msvc"
    for triple, machine in (("x86_64-pc-windows-gnu", "linux"), ("x86_64-pc-windows-msvc", "msvc")):
        assert contents(dist / "c" / f"roomcast-c-{NUMBER}-{triple}.tar.gz") == machine
    # The first directory's.
    assert contents(dist / "sdist" / f"roomcast-{NUMBER}.tar.gz") == "linux"

    rows = json.loads((dist / "manifest.json").read_text())
    files = {path.relative_to(dist).as_posix() for path in dist.rglob("*") if path.is_file()}
    named = {row["file"] for row in rows} | {row["sbom"] for row in rows}
    assert files == named | {"manifest.json", "SHA256SUMS"}
    for row in rows:
        assert hashlib.sha256((dist / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def test_the_checksums_are_of_every_file(checkout, machines):
    assert gather(checkout, machines, "linux", "mac", "msvc").returncode == 0
    dist = checkout / "dist"
    # On the page of a release, all files are in one directory.
    downloads = machines / "downloads"
    downloads.mkdir()
    for path in dist.rglob("*"):
        if path.is_file():
            (downloads / path.name).write_bytes(path.read_bytes())
    check = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=downloads, capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr
    assert len(check.stdout.splitlines()) == len(list(downloads.iterdir())) - 1


def test_a_machine_that_is_missing_is_named(checkout, machines):
    done = gather(checkout, machines, "linux", "msvc")
    assert done.returncode == 1
    for kind in KINDS:
        assert f"{kind} for aarch64-apple-darwin: not on this system" in done.stderr
    assert "windows" not in done.stderr


def test_an_artifact_that_was_changed_on_the_way_is_refused(checkout, machines):
    wheel = next((machines / "mac" / "wheels").iterdir())
    wheel.write_bytes(wheel.read_bytes() + b"\n")
    done = gather(checkout, machines, "linux", "mac", "msvc")
    assert done.returncode == 1
    assert "SHA-256 differs" in done.stderr


def test_a_directory_that_is_no_dist_is_refused(checkout, machines):
    (machines / "empty").mkdir()
    assert "parts/*.json" in gather(checkout, machines, "linux", "empty").stderr

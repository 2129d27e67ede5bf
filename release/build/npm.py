"""The npm packages: one for each platform, and `roomcast` itself; and the same for each program."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from . import cargo, programs
from .programs import Program
from .sbom import write_sbom
from .targets import DIST, ROOT, VERSION, WORK, Target
from .wheels import place

RELEASE = ROOT / "bindings-node" / "scripts" / "release.mjs"
RELEASE_PROGRAM = ROOT / "release" / "launcher" / "npm" / "release.mjs"
ADDON = {"linux": "libroomcast_node.so", "macos": "libroomcast_node.dylib", "windows": "roomcast_node.dll"}


def build_platform_package(target: Target) -> tuple[Path, Path]:
    """Returns the package with the native addon, and the SBOM that is in it."""
    built = cargo.build(target, "-p", "roomcast-node", dynamic=True)
    native = WORK / "addon" / target.triple / f"roomcast.{target.npm}.node"
    native.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(built / ADDON[target.system], native)
    sbom = write_sbom("roomcast-node", target, DIST / "sbom" / f"roomcast-{target.npm}-{VERSION}.cdx.json")
    shutil.copy(sbom, native.with_suffix(".cdx.json"))
    packages = WORK / "npm" / target.triple
    shutil.rmtree(packages, ignore_errors=True)
    cargo.run(["node", RELEASE, packages, native])
    return pack(packages / target.npm), sbom


def build_main_package(targets: list[str]) -> tuple[Path, Path]:
    """Returns `roomcast`, whose optional dependencies are the packages of these platforms, and its SBOM."""
    packages = WORK / "npm" / "main"
    shutil.rmtree(packages, ignore_errors=True)
    cargo.run(["node", RELEASE, "--main", packages, *sorted(targets)])
    sbom = DIST / "sbom" / f"roomcast-{VERSION}.cdx.json"
    shutil.copy(packages / "roomcast" / "sbom.cdx.json", sbom)
    return pack(packages / "roomcast"), sbom


def build_program_package(program: Program, target: Target) -> tuple[Path, Path]:
    """Returns the package with a program, and the SBOM that is in it."""
    file, sbom = programs.build(program, target)
    copy = WORK / program.kind / target.triple / program.command
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, copy)
    shutil.copy(sbom, f"{copy}.cdx.json")
    packages = WORK / f"npm-{program.kind}" / target.triple
    shutil.rmtree(packages, ignore_errors=True)
    cargo.run(["node", RELEASE_PROGRAM, program.kind, packages, f"{target.machine}={copy}"])
    return pack(packages / target.machine), sbom


def build_program_main_package(program: Program, machines: list[str]) -> tuple[Path, Path]:
    """Returns a program's main package, whose optional dependencies are those for these machines, and its SBOM."""
    packages = WORK / f"npm-{program.kind}" / "main"
    shutil.rmtree(packages, ignore_errors=True)
    cargo.run(["node", RELEASE_PROGRAM, program.kind, "--main", packages, *sorted(machines)])
    sbom = DIST / "sbom" / f"{program.crate}-npm-{VERSION}.cdx.json"
    shutil.copy(packages / program.crate / "sbom.cdx.json", sbom)
    return pack(packages / program.crate), sbom


def pack(directory: Path) -> Path:
    """`npm pack`, whose tarballs have neither times nor users."""
    [packed] = json.loads(cargo.run(["npm", "pack", "--json", "--pack-destination", directory.parent], cwd=directory))
    return place(directory.parent / packed["filename"], "npm")

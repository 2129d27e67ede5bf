"""Builds the artifacts of all targets, or of those that are named, into dist/; prints what was not built, and why."""

from __future__ import annotations

import os
import sys
import tarfile
import time
from functools import partial

from . import cargo, clib, manifest, npm, program_wheel, programs, wheels
from .targets import DIST, Target, select

BUILDERS = {
    "wheel": wheels.build_wheel,
    "npm": npm.build_platform_package,
    "c": clib.build_tarball,
}
# Static programs and their packages: built only for the targets that say so.
PROGRAMS = {
    f"{program.kind}{suffix}": partial(builder, program)
    for program in programs.PROGRAMS
    for suffix, builder in [
        ("", programs.build),
        ("-npm", npm.build_program_package),
        ("-wheel", program_wheel.build_wheel),
    ]
}
BUILDERS |= PROGRAMS


def main(triples: list[str]) -> int:
    failures = []
    for target in select(triples):
        rows = build(target, failures)
        manifest.save(target.triple, rows)
    for kind, builder in [("sdist", wheels.build_sdist), *MAIN_PACKAGES.items()]:
        manifest.save(kind, [attempt(kind, None, builder, failures)])
    rows = manifest.merge()
    print(manifest.table(rows))
    for built in rows:
        if "file" in built:
            failures += manifest.too_large(built)
    for failure in failures:
        print(f"\nFAILED: {failure}", file=sys.stderr)
    return 1 if failures else 0


def build(target: Target, failures: list[str]) -> list[dict]:
    """Builds all artifacts of a target, and returns their rows."""
    kinds = [kind for kind in BUILDERS if kind not in PROGRAMS or target.sandbox]
    try:
        cargo.prepare(target)
    except cargo.CannotBuild as why:
        if target.built_here and os.environ.get("CI"):
            failures.append(f"{target.triple}: {why}")
        return [{"kind": kind, "triple": target.triple, "why": str(why)} for kind in kinds]
    return [attempt(kind, target, BUILDERS[kind], failures) for kind in kinds]


def attempt(kind: str, target: Target | None, builder, failures: list[str]) -> dict:
    triple = target.triple if target else None
    started = time.monotonic()
    try:
        file, sbom = builder(target) if target else builder()
        built = manifest.row(kind, triple, file, sbom)
    except cargo.BuildFailed as error:
        failures.append(f"{kind} for {triple or 'all targets'}: {error}")
        return {"kind": kind, "triple": triple, "why": "the build failed"}
    except cargo.CannotBuild as why:
        return {"kind": kind, "triple": triple, "why": str(why)}
    print(f"{built['file']}: {built['bytes']:,} bytes, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if target and target.glibc and built["glibc"]:
        newest = tuple(map(int, built["glibc"].split(".")))
        if newest > tuple(map(int, target.glibc.split("."))):
            failures.append(f"{built['file']} needs glibc {built['glibc']}; it must run on {target.glibc}")
    return built


def build_main_package():
    """The main package, for the platforms whose packages are in dist/, from whichever machine."""
    addons = []
    for package in sorted((DIST / "npm").glob("roomcast-*.tgz")):
        with tarfile.open(package) as archive:
            addons += [name for name in archive.getnames() if name.endswith(".node")]
    if not addons:
        raise cargo.CannotBuild("no package of a platform was built, here or elsewhere")
    return npm.build_main_package([name[len("package/roomcast.") : -len(".node")] for name in addons])


def build_program_main_package(program: programs.Program):
    """The same for a program's."""
    prefix, machines = f"{program.crate}-", []
    for package in (DIST / "npm").glob(f"{prefix}*-*-[0-9]*.tgz"):
        machines.append("-".join(package.name[len(prefix) :].split("-")[:2]))
    if not machines:
        raise cargo.CannotBuild("no package of a platform was built, here or elsewhere")
    return npm.build_program_main_package(program, machines)


MAIN_PACKAGES = {"npm-main": build_main_package}
for each in programs.PROGRAMS:
    MAIN_PACKAGES[f"{each.kind}-npm-main"] = partial(build_program_main_package, each)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Describes a target to the matrix, as tests/harness/platforms.py says: how each language's driver is started there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..build import cargo
from ..build.targets import ROOT, TARGET_DIR, Target
from . import compilers, packages
from .cache import CACHE, CannotRun, anew
from .nodes import node
from .pythons import python
from .results import KINDS
from .systems import System

DRIVERS = ROOT / "tests" / "drivers"
CRATES = ["roomcast-driver", "roomcast-python", "roomcast-node", "roomcast-c"]
# What cargo calls the libraries of the crates.
LIBRARIES = {
    "linux": {"python": "lib_roomcast.so", "node": "libroomcast_node.so", "c": "libroomcast.so"},
    "macos": {"python": "lib_roomcast.dylib", "node": "libroomcast_node.dylib", "c": "libroomcast.dylib"},
    "windows": {"python": "_roomcast.dll", "node": "roomcast_node.dll", "c": "roomcast.dll"},
}
MODULES = {"linux": "_roomcast.abi3.so", "macos": "_roomcast.abi3.so", "windows": "_roomcast.pyd"}
# The C library in its tarball, and the variable by which programs find it; on Windows it is beside them.
SHARED = {
    "linux": ("lib/libroomcast.so*", "LD_LIBRARY_PATH"),
    "macos": ("lib/libroomcast.*dylib", "DYLD_LIBRARY_PATH"),
    "windows": ("bin/roomcast.dll", None),
}
# The cases in which an interpreter's package does the work. An emulated interpreter takes a second or two to start, so
# that all would take an hour more. Programs without an interpreter run all cases everywhere.
FOR_INTERPRETERS = "client credentials helpers internal routing tls types webhooks".split()
LANGUAGES = ["rust", "python", "python-async", "node", "c"]


class Describer:
    """Installs a target's artifacts and builds the programs that use them."""

    def __init__(self, target: Target, system: System, artifacts: dict[str, Path], *, whole: bool) -> None:
        self.target = target
        self.system = system
        # By kind.
        self.artifacts = artifacts
        # All cases with emulated interpreters, too.
        self.whole = whole

    def describe(self) -> dict[str, Any]:
        drivers: dict[str, Any] = {}
        without: dict[str, str] = {}
        faultpoints = self.build_faultpoints()
        for languages, build in [
            (["rust"], self.rust),
            (["python", "python-async"], self.python),
            (["node"], self.node),
            (["c"], self.c),
        ]:
            kind = KINDS.get(languages[0])
            try:
                if kind and kind not in self.artifacts:
                    raise CannotRun(f"the {kind} was not built")
                drivers |= build(faultpoints)
            except CannotRun as why:
                without |= dict.fromkeys(languages, str(why))
        static = {name: self.static_program(name) for name in ("sandbox", "cli")}
        return {
            "name": self.target.triple,
            "shim": str(compilers.build_shim(self.target, anew(f"{self.target.triple}/shim")) or "") or None,
            "drivers": drivers,
            "without": without,
            "static_c": self.static_c() if "c" in drivers else None,
            **static,
        }

    def static_program(self, kind: str) -> dict[str, Any] | None:
        """One of the programs that a release has beside the packages."""
        program = self.artifacts.get(kind)
        if not program:
            return None
        program.chmod(0o755)
        return self.program([str(program)], static=self.target.musl)

    def build_faultpoints(self) -> Path:
        """Builds every driver's package with faultpoints, as `make faultpoints` does. Quicker without symbols."""
        chosen = [word for crate in CRATES for word in ("-p", crate)]
        features = ",".join(f"{crate}/faultpoints" for crate in CRATES)
        env = {**cargo.environment(self.target, dynamic=True), "CARGO_PROFILE_DEV_DEBUG": "0"}
        cargo.run(cargo.command(self.target, "build", *chosen, "--features", features), env=env)
        return TARGET_DIR / self.target.triple / "debug"

    def program(
        self, command: list[str], environment: dict[str, str] | None = None, *, static: bool = False
    ) -> dict[str, Any]:
        """A program of the target. A static one needs no loader."""
        start = [*self.system.start, *([] if static else self.system.loader)]
        return {"command": [*start, *command], "environment": {**self.system.environment, **(environment or {})}}

    def driver(self, released: dict[str, Any], faultpoints: dict[str, Any], **more: Any) -> dict[str, Any]:
        usual = {"traits": self.system.traits, "only": None, "error_file": False}
        return {**usual, "released": released, "faultpoints": faultpoints, **more}

    def interpreted(self, *programs: dict[str, Any], **more: Any) -> dict[str, Any]:
        only = FOR_INTERPRETERS if self.system.start and not self.whole else None
        return self.driver(*programs, only=only, **more)

    def rust(self, faultpoints: Path) -> dict[str, Any]:
        name = "roomcast-driver.exe" if self.target.system == "windows" else "roomcast-driver"
        built = cargo.build(self.target, "-p", "roomcast-driver")
        released = self.program([str(built / name)], static=self.target.musl)
        traits = self.system.traits + (["static"] if self.target.musl else [])
        # Zig links a program for musl statically, whatever rustc asks for.
        broken = self.program([str(faultpoints / name)], static=self.target.musl)
        return {"rust": self.driver(released, broken, traits=traits)}

    def python(self, faultpoints: Path) -> dict[str, Any]:
        program, environment = python(self.target, self.system)
        released = packages.install_wheel(self.artifacts["wheel"], self.target)
        library = faultpoints / LIBRARIES[self.target.system]["python"]
        broken = packages.replaced(released, f"roomcast/{MODULES[self.target.system]}", library)
        drivers = {}
        for language, options in [("python", []), ("python-async", ["--async"])]:
            programs = []
            for directory in (released, broken):
                path = [*filter(None, [environment.get("PYTHONPATH")]), self.system.path(directory)]
                command = [str(program), str(DRIVERS / "python" / "driver.py"), *options]
                programs.append(self.program(command, {**environment, "PYTHONPATH": ";".join(path)}))
            drivers[language] = self.interpreted(*programs)
        return drivers

    def node(self, faultpoints: Path) -> dict[str, Any]:
        command = [str(node(self.target)), str(DRIVERS / "node" / "driver.mjs")]
        released = packages.install_npm(self.artifacts["npm-main"], self.artifacts["npm"], self.target)
        modules = released.parents[1]
        library = faultpoints / LIBRARIES[self.target.system]["node"]
        broken = packages.replaced(modules, "node_modules/@roomcast/*/*.node", library) / "node_modules" / "roomcast"
        programs = (self.program(command, {"ROOMCAST_PACKAGE": str(directory)}) for directory in (released, broken))
        # Under wine, Node cannot open a pipe as its standard error, and Python no file.
        return {"node": self.interpreted(*programs, error_file=self.target.run == "wine")}

    def c(self, faultpoints: Path) -> dict[str, Any]:
        released = packages.install_c(self.artifacts["c"], self.target)
        driver = compilers.build_driver(self.target, released).relative_to(released)
        pattern, search = SHARED[self.target.system]
        broken = packages.replaced(released, pattern, faultpoints / LIBRARIES[self.target.system]["c"])
        programs = []
        for directory in (released, broken):
            where = {search: str(directory / "lib")} if search else {}
            programs.append(self.program([str(directory / driver)], where))
        return {"c": self.driver(*programs)}

    def static_c(self) -> dict[str, Any] | None:
        program = compilers.build_static_driver(self.target, CACHE / self.target.triple / "c")
        return self.program([str(program)], static=self.target.musl) if program else None

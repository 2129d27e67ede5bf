"""Fails when a layer of the core imports from one above it, or when modules import from each other in a circle.

    python tests/layers/check.py           # one line for each violation; exit code 1 if there are any
    python tests/layers/check.py --graph   # which top-level module imports from which

layers: layers.json lists the modules of core/src/lib.rs, from top to bottom. Each imports only from those below it.
Each module is listed, and each listed one exists. Those under "test_only" are compiled for tests only and import
anything.

circle: in each crate, the modules beside lib.rs or main.rs do not import from each other in a circle, nor do those in
any one folder. What lies inside a module counts as that module. A folder's own file (mod.rs) is one of its modules: it
may use its children, or they may use what it defines, but not both. `mod child;` is no import. Nor is a `pub use` of a
child's item that mod.rs itself does not mention: whoever imports that item imports from the child.

An import is a `use`, or a path in code. The sources are read as text, so every feature and platform is covered and no
build is needed. Comments, strings and code under #[cfg(test)] are ignored. Not seen: #[path], and paths made by macros.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from crate_modules import Crate, Import, ModulePath, crates

HERE = Path(__file__).resolve().parent
Graph = dict  # by importing module, by imported module: the first place


def graph_of(folder: ModulePath, imports: list[Import]) -> Graph:
    """The imports between the modules of one folder, its own file included."""
    graph: Graph = {}
    depth = len(folder)
    for item in imports:
        if item.source[:depth] == folder == item.target[:depth]:
            source, target = item.source[: depth + 1], item.target[: depth + 1]
            if source != target:
                graph.setdefault(source, {}).setdefault(target, item)
    return graph


# --- layers ---


def layer_violations(crate: Crate, file: Path) -> Iterator[str]:
    rules = json.loads(file.read_text(encoding="utf-8"))
    layers, test_only = rules["layers_from_top_to_bottom"], rules["test_only"]
    lines = file.read_text(encoding="utf-8").splitlines()
    shown = crate.shown(file) if crate.root in file.parents else file.name
    top = crate.shown(crate.root_file)
    existing = {crate.label(path[:1]) for path in crate.modules}
    # Tests inside a module are part of it.
    tests = {path[0] for path in crate.test_modules if len(path) == 1}
    for listed, found, what in ((layers, existing, "module"), (test_only, tests, "module under #[cfg(test)]")):
        for name in listed:
            if name not in found:
                line = next((number for number, line in enumerate(lines, 1) if f'"{name}"' in line), 1)
                yield f"{shown}:{line}: layers: {name} is listed, but {top} declares no such {what}"
    for listed, found, key in ((layers, existing, "layers_from_top_to_bottom"), (test_only, tests, "test_only")):
        for name in sorted(found.difference(listed)):
            yield f'{top}:{crate.declared_at[name]}: layers: module {name} is not listed under "{key}" of {shown}'
    height = {name: -number for number, name in enumerate(layers)}
    upward = {}
    for item in sorted(crate.imports(), key=lambda item: (item.file, item.line)):
        source, target = crate.label(item.source[:1]), crate.label(item.target[:1])
        if source in height and target in height and height[target] > height[source]:
            where = f"{item.file}:{item.line}"
            upward[f"{where}: layers: {source} imports {item.text} from {target}, which is above it"] = None
    yield from upward


# --- circles ---


def circle_violations(crate: Crate) -> Iterator[str]:
    imports = list(crate.imports())
    for folder in sorted({path[:depth] for path in crate.modules for depth in range(len(path))}):
        graph = graph_of(folder, imports)
        for circle in circles(graph):
            steps = [graph[source][target] for source, target in zip(circle, circle[1:])]
            ring = " -> ".join(crate.label(path) for path in circle)
            places = "; ".join(f"{item.file}:{item.line} imports {item.text}" for item in steps)
            yield f"{steps[0].file}:{steps[0].line}: circle: {crate.name}: {ring} ({places})"


def circles(graph: Graph) -> Iterator[list[ModulePath]]:
    """Circles, the shortest first, until they contain every import that is part of any."""
    found = []
    for source in sorted(graph):
        for target in sorted(graph[source]):
            back = shortest_path(graph, target, source)
            if back:
                first = back.index(min(back))
                found.append([*back[first:], *back[: first + 1]])
    covered: set[tuple[ModulePath, ModulePath]] = set()
    for circle in sorted(found, key=lambda circle: (len(circle), circle)):
        steps = set(zip(circle, circle[1:]))
        if not steps <= covered:
            covered |= steps
            yield circle


def shortest_path(graph: Graph, start: ModulePath, end: ModulePath) -> list[ModulePath] | None:
    paths, seen = deque([[start]]), {start}
    while paths:
        path = paths.popleft()
        if path[-1] == end:
            return path
        for following in sorted(graph.get(path[-1], {})):
            if following not in seen:
                seen.add(following)
                paths.append([*path, following])
    return None


# --- the program ---


def violations(root: Path, layers: Path) -> Iterator[str]:
    layered = json.loads(layers.read_text(encoding="utf-8"))["crate"]
    found = crates(root)
    if not any((crate.name, crate.top) == (layered, "lib") for crate in found):
        yield f"{layers.name}:1: layers: there is no {layered}/src/lib.rs"
    for crate in found:
        for file, line, name in crate.missing:
            yield f"{file}:{line}: modules: mod {name} has no file {name}.rs or {name}/mod.rs"
        if (crate.name, crate.top) == (layered, "lib"):
            yield from layer_violations(crate, layers)
        yield from circle_violations(crate)


def print_graph(root: Path) -> None:
    for crate in crates(root):
        print(f"{crate.name}/src/{crate.top}.rs")
        graph = graph_of((), list(crate.imports()))
        for path in sorted({path[:1] for path in crate.modules}):
            targets = ", ".join(crate.label(target) for target in sorted(graph.get(path, {})))
            print(f"  {crate.label(path)} -> {targets or '(none)'}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the core's layers, and that no modules import in a circle.")
    parser.add_argument("--graph", action="store_true", help="print which top-level module imports from which")
    parser.add_argument("--root", type=Path, default=HERE.parents[1], help="the project (default: this one)")
    parser.add_argument("--layers", type=Path, default=HERE / "layers.json", help="(default: layers.json beside this)")
    given = parser.parse_args()
    root = given.root.resolve()
    if given.graph:
        print_graph(root)
        return 0
    found = list(violations(root, given.layers.resolve()))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

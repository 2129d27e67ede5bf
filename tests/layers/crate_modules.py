"""The modules of a crate, found as the compiler finds them, and which of them import from which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import rust_source
from rust_source import Source, Use

# The names on the way from the crate's root, which itself is ().
ModulePath = tuple


class Import(NamedTuple):
    """One place where a module names what another one defines or re-exports."""

    source: ModulePath
    target: ModulePath
    file: str
    line: int
    text: str


class Found(NamedTuple):
    """Where a path leads: a module, what is left of the path in it, and the modules whose re-exports led there."""

    module: ModulePath
    rest: ModulePath
    via: tuple = ()


class Missing(NamedTuple):
    """`mod name;` without a file."""

    file: str
    line: int
    name: str


@dataclass
class Module:
    path: ModulePath
    file: Path
    source: Source
    # What it defines, declares or brings into scope.
    names: set = field(default_factory=set)


class Crate:
    """One tree of modules, from lib.rs or main.rs."""

    def __init__(self, root_file: Path, root: Path):
        self.root, self.root_file = root, root_file
        self.name = self.shown(root_file.parent.parent)
        self.top = root_file.stem
        self.modules: dict[ModulePath, Module] = {}
        # Only test builds compile these; they may import anything.
        self.test_modules: dict[ModulePath, Module] = {}
        self.missing: list[Missing] = []
        # The lines of lib.rs or main.rs that declare its modules.
        self.declared_at: dict[str, int] = {}
        self._load((), root_file, root_file.parent, self.modules)

    def shown(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()

    def label(self, path: ModulePath) -> str:
        return "::".join(path) or self.top

    def _load(self, path: ModulePath, file: Path, folder: Path, modules: dict[ModulePath, Module]) -> None:
        source = rust_source.read(file.read_text(encoding="utf-8"))
        modules[path] = module = Module(path, file, source, source.defined() | {use.name for use in source.uses})
        for declared in [*source.modules, *source.test_modules]:
            inside = folder.joinpath(*declared.inline)
            line = source.line(declared.offset)
            if not path:
                self.declared_at[declared.name] = line
            if not declared.inline:
                module.names.add(declared.name)
            files = [inside / f"{declared.name}.rs", inside / declared.name / "mod.rs"]
            found = next((file for file in files if file.is_file()), None)
            if found is None:
                self.missing.append(Missing(self.shown(file), line, declared.name))
            else:
                among = self.test_modules if declared in source.test_modules else modules
                self._load((*path, *declared.inline, declared.name), found, inside / declared.name, among)

    # --- where a path leads ---

    def resolve(self, module: Module, path: ModulePath, offset: int) -> Found | None:
        """None for a path into another crate or to something local."""
        return self._resolve(module, path, offset, frozenset())

    def _resolve(self, module: Module, path: ModulePath, offset: int, seen: frozenset) -> Found | None:
        first, rest = path[0], path[1:]
        here = (*module.path, *module.source.inline_at(offset))
        if first == "crate":
            return self._walk((), rest, seen)
        if first in ("self", "super"):
            if first == "super":
                here = here[:-1]
            while rest[:1] == ("super",):
                here, rest = here[:-1], rest[1:]
            return self._walk(here, rest, seen)
        if (*here, first) in self.modules:
            return self._walk((*here, first), rest, seen)
        return self._through_use(module, path, seen)

    def _walk(self, at: ModulePath, rest: ModulePath, seen: frozenset) -> Found:
        while rest and (*at, rest[0]) in self.modules:
            at, rest = (*at, rest[0]), rest[1:]
        while at not in self.modules:  # an inline module is part of its file
            at, rest = at[:-1], (at[-1], *rest)
        if not rest:
            return Found(at, rest)
        module = self.modules[at]
        found = self._through_use(module, rest, seen) or self._through_glob(module, rest, seen)
        return found._replace(via=(at, *found.via)) if found else Found(at, rest)

    def _through_use(self, module: Module, path: ModulePath, seen: frozenset) -> Found | None:
        if (module.path, path[0]) in seen:
            return None
        seen |= {(module.path, path[0])}
        uses = (use for use in module.source.uses if use.name == path[0])
        found = (self._resolve(module, (*use.path, *path[1:]), use.offset, seen) for use in uses)
        return next(filter(None, found), None)

    def _through_glob(self, module: Module, path: ModulePath, seen: frozenset) -> Found | None:
        if path[0] in module.names or (module.path, "*", path[0]) in seen:
            return None
        seen |= {(module.path, "*", path[0])}
        for use in module.source.uses:
            if use.name == "*" and len(use.path) > 1:
                found = self._resolve(module, (*use.path[:-1], *path), use.offset, seen)
                if found and path[0] in self.modules[found.module].names:
                    return found
        return None

    def _visible(self, path: ModulePath, seen: set) -> set:
        """What a glob of this module brings into scope, as far as this crate defines it."""
        if path in seen:
            return set()
        seen.add(path)
        module = self.modules[path]
        names = module.names - {"*"}
        for use in module.source.uses:
            of = self.resolve(module, use.path[:-1], use.offset) if use.name == "*" and len(use.path) > 1 else None
            if of and not of.rest:
                names |= self._visible(of.module, seen)
        return names

    # --- who imports from whom ---

    def imports(self) -> Iterator[Import]:
        for module in self.modules.values():
            for found, path, offset in self._found(module):
                for target in (found.module, *found.via):
                    # What a parent only re-exports is an import of the child that defines it.
                    of_parent = target in found.via and module.path[: len(target)] == target
                    if target != module.path and not of_parent:
                        line = module.source.line(offset)
                        yield Import(module.path, target, self.shown(module.file), line, "::".join(path))

    def _found(self, module: Module) -> Iterator[tuple[Found, ModulePath, int]]:
        for item in [*module.source.uses, *module.source.paths]:
            path, offset = (item.path, item.offset) if isinstance(item, Use) else item
            if path[-1] == "*":
                yield from self._found_by_glob(module, item)
                continue
            found = self.resolve(module, path, offset)
            if found and not _is_prefix(found, module) and not self._only_reexports(module, item, found.module):
                yield found, path, offset

    def _found_by_glob(self, module: Module, use: Use) -> Iterator[tuple[Found, ModulePath, int]]:
        of = self.resolve(module, use.path[:-1], use.offset) if len(use.path) > 1 else None
        if of is None or of.module == module.path:  # the latter: `use super::*` in an inline module
            return
        if of.rest:  # an enum's variants
            yield of, use.path, use.offset
            return
        visible = self._visible(of.module, set()) - module.names
        used = [name for name in sorted(visible) if module.source.mentions(name)]
        for name in used:
            yield self._walk(of.module, (name,), frozenset()), (*use.path[:-1], name), use.offset
        if not used and not (use.public and _is_below(of.module, module.path)):
            yield of, use.path, use.offset

    @staticmethod
    def _only_reexports(module: Module, item: Use | tuple, target: ModulePath) -> bool:
        """A `pub use` of what is defined below, which the module's own code does not mention."""
        is_public = isinstance(item, Use) and item.public
        return is_public and _is_below(target, module.path) and not module.source.mentions(item.name)


def _is_prefix(found: Found, module: Module) -> bool:
    """`use crate::net;` inside net: what it takes from there stands in the paths that begin with `net::`."""
    return not found.rest and module.path[: len(found.module)] == found.module


def _is_below(path: ModulePath, parent: ModulePath) -> bool:
    return len(path) > len(parent) and path[: len(parent)] == parent


def crates(root: Path) -> list[Crate]:
    """Those of every folder at the project's top that has a Cargo.toml and a src/lib.rs or src/main.rs."""
    files = (folder / "src" / name for folder in sorted(root.iterdir()) for name in ("lib.rs", "main.rs"))
    return [Crate(file, root) for file in files if file.is_file() and (file.parents[1] / "Cargo.toml").is_file()]

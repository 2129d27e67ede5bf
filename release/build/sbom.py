"""Software bills of materials in CycloneDX, with cargo-cyclonedx: what is linked into an artifact, for its target."""

from __future__ import annotations

import json
import re
from pathlib import Path

from . import cargo
from .licences import linked
from .targets import Target, all_targets

OPTIONS = "--format json --spec-version 1.5 --no-build-deps --quiet".split()
# cargo-cyclonedx writes a file of this name beside every Cargo.toml of the workspace.
TEMPORARY = "roomcast-sbom-temporary"


def write_sbom(crate: str, target: Target | None, to: Path) -> Path:
    """Writes the SBOM of a crate for a target, or for all targets."""
    options = [*OPTIONS, "--override-filename", TEMPORARY]
    triple = target.triple if target else "all"
    manifests = workspace_manifests()
    try:
        cargo.run(["cargo", "cyclonedx", "--manifest-path", manifests[crate], "--target", triple, *options])
        text = without_paths((manifests[crate].parent / f"{TEMPORARY}.json").read_text())
    finally:
        for manifest in manifests.values():
            (manifest.parent / f"{TEMPORARY}.json").unlink(missing_ok=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    bill = json.loads(text)
    check(bill, crate, [target] if target else all_targets())
    to.write_text(json.dumps(bill, indent=1) + "\n")
    return to


def check(bill: dict, crate: str, targets: list[Target]) -> None:
    """Every crate that is linked is in it. It also has macros, which generate code."""
    listed = {f"{component['name']} {component['version']}" for component in bill["components"]}
    missing = sorted({name for target in targets for name in linked(crate, target)} - listed)
    if missing:
        raise cargo.BuildFailed(f"the SBOM of {crate} lacks {', '.join(missing)}")


def workspace_manifests() -> dict[str, Path]:
    """The Cargo.toml of each crate of the workspace."""
    metadata = json.loads(cargo.run(["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]))
    return {package["name"]: Path(package["manifest_path"]) for package in metadata["packages"]}


def without_paths(text: str) -> str:
    """Names the workspace's own crates without the directories of the machine that built them."""
    text = re.sub(r'path\+file://[^"#]*#', "roomcast:", text)
    return re.sub(r'\?download_url=file://[^"#]*', "", text)

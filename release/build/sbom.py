"""Software bills of materials in CycloneDX, with cargo-cyclonedx: what is linked into an artifact, for its target."""

from __future__ import annotations

import json
import re
from pathlib import Path

from . import cargo
from .targets import Target

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
        text = (manifests[crate].parent / f"{TEMPORARY}.json").read_text()
    finally:
        for manifest in manifests.values():
            (manifest.parent / f"{TEMPORARY}.json").unlink(missing_ok=True)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(json.loads(without_paths(text)), indent=1) + "\n")
    return to


def workspace_manifests() -> dict[str, Path]:
    """The Cargo.toml of each crate of the workspace."""
    metadata = json.loads(cargo.run(["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]))
    return {package["name"]: Path(package["manifest_path"]) for package in metadata["packages"]}


def without_paths(text: str) -> str:
    """Names the workspace's own crates without the directories of the machine that built them."""
    text = re.sub(r'path\+file://[^"#]*#', "roomcast:", text)
    return re.sub(r'\?download_url=file://[^"#]*', "", text)

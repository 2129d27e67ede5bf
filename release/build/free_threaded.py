"""The wheel for a Python without the GIL, by that Python: `python3.14t -m release.build.free_threaded <triple>`.

The stable ABI, by which one wheel serves all other versions, has no such build.
"""

from __future__ import annotations

import sys
import sysconfig

from . import cargo, manifest, wheels
from .targets import select


def main(triples: list[str]) -> int:
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit(f"{sys.executable} has the GIL: run make dist-free-threaded PYTHON=python3.14t")
    [target] = select(triples)
    cargo.prepare(target)
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}t"
    file, sbom = wheels.build_wheel(target, tag)
    manifest.save(f"{tag}-{target.triple}", [manifest.row("free-threaded-wheel", target.triple, file, sbom)])
    print(manifest.table(manifest.merge()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

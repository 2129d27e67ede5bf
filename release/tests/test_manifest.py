"""release.build.manifest: the limits on sizes, and what an artifact must contain."""

import random
import zipfile

import pytest
from release.build import cargo, licences, manifest

SBOM = '{"bomFormat": "CycloneDX"}'
TEXTS = "All licences"
# Does not compress.
NOISE = random.Random(1).randbytes(3_000_000)


@pytest.fixture
def wheel(monkeypatch, tmp_path):
    """Writes a wheel with this module, and returns its row."""
    monkeypatch.setattr(manifest, "DIST", tmp_path)
    monkeypatch.setattr(licences, "PACKAGES", {"roomcast-python": tmp_path})
    (tmp_path / licences.FILE).write_text(TEXTS)
    sbom = tmp_path / "roomcast.cdx.json"
    sbom.write_text(SBOM)

    def write(module, documents=(SBOM, TEXTS)):
        file = tmp_path / "roomcast.whl"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("roomcast/_roomcast.abi3.so", module)
            for number, document in enumerate(documents):
                archive.writestr(f"roomcast.dist-info/{number}", document)
        return manifest.row("wheel", "x86_64-unknown-linux-gnu", file, sbom)

    return write


def test_a_wheel_within_the_limits(wheel):
    row = wheel(NOISE[:1_490_000] + bytes(1_210_000))
    assert row["bytes"] < 1_500_000
    assert manifest.too_large(row) == []


def test_a_large_wheel(wheel):
    row = wheel(NOISE[:1_500_001])
    assert manifest.too_large(row) == [f"roomcast.whl has {row['bytes']:,} bytes; the limit is 1,500,000"]


def test_a_large_shared_object(wheel):
    assert manifest.too_large(wheel(bytes(2_700_001))) == [
        "roomcast/_roomcast.abi3.so in roomcast.whl has 2,700,001 bytes; the limit is 2,700,000"
    ]


def test_the_glibc_that_it_needs(wheel):
    names = b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_2.9\0GLIBC_PRIVATE\0"
    assert wheel(b"\x7fELF" + names)["glibc"] == "2.17"
    assert wheel(b"MZ" + names)["glibc"] is None


@pytest.mark.parametrize(
    ("documents", "lacks"), [([TEXTS], "its SBOM, roomcast.cdx.json"), ([SBOM, "Some licences"], licences.FILE)]
)
def test_what_is_not_in_it(wheel, documents, lacks):
    with pytest.raises(cargo.BuildFailed, match=f"roomcast.whl does not contain {lacks}"):
        wheel(b"", documents)

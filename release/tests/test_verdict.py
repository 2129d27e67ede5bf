"""What `make test-dist` counts, shows and fails on."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from release.build.targets import Target  # noqa: E402
from release.test_dist.results import Results, kind_of, read_junit  # noqa: E402
from release.test_dist.table import table  # noqa: E402
from release.test_dist.verdict import failures  # noqa: E402

TARGET = Target("x86_64-unknown-linux-gnu", "zig", "manylinux_2_17_x86_64", "linux-x64-gnu", "native", glibc="2.17")
WHEEL = {
    "kind": "wheel",
    "triple": TARGET.triple,
    "file": "wheels/a.whl",
    "bytes": 1234,
    "glibc": "2.17",
    "sbom": "none",
}
JUNIT = """<testsuites><testsuite>
<testcase classname="conformance" name="test_case[a/b-python]"/>
<testcase classname="conformance" name="test_case[a/b-python-async]"><failure message="no"/></testcase>
<testcase classname="conformance" name="test_case[a/fork-rust]"><skipped message="there is no fork"/></testcase>
<testcase classname="artifacts" name="test_sandbox"/>
</testsuite></testsuites>"""


@pytest.fixture(autouse=True)
def on_linux(monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Linux")


def test_tests_count_for_the_artifact_that_they_use(tmp_path):
    (tmp_path / "junit.xml").write_text(JUNIT)
    tests = read_junit(tmp_path / "junit.xml")
    assert tests["wheel"] == Results(passed=1, failed=["conformance::test_case[a/b-python-async]"], started=2)
    assert tests["crate"] == Results(not_run=Counter({"there is no fork": 1}))
    assert tests["sandbox"] == Results(passed=1, started=1)
    assert [kind_of(f"test_case[x-{language}]") for language in ("c", "node", "rust")] == ["c", "npm", "crate"]


def test_what_works_fails_nothing():
    assert failures([WHEEL], [TARGET], {(TARGET.triple, "wheel"): Results(passed=1, started=1)}) == []


def test_a_failed_test_fails():
    tests = {(TARGET.triple, "wheel"): Results(failed=["a test"], started=1)}
    assert failures([WHEEL], [TARGET], tests) == ["x86_64-unknown-linux-gnu: wheel: a test"]


def test_an_artifact_that_was_only_read_was_not_run():
    tests = {(TARGET.triple, "wheel"): Results(passed=2), (TARGET.triple, "crate"): Results(passed=1, started=1)}
    assert failures([WHEEL], [TARGET], tests) == ["wheels/a.whl: none of its programs was run: no test uses it"]


def test_a_target_on_which_nothing_was_run_fails_with_the_reason():
    tests = {(TARGET.triple, "crate"): Results(not_run=Counter({"qemu is not installed": 1}))}
    assert failures([], [TARGET], tests) == ["x86_64-unknown-linux-gnu: nothing was run: 1: qemu is not installed"]


def test_what_only_another_machine_builds_is_in_the_table_with_the_reason():
    mac = Target("aarch64-apple-darwin", "workflow", "macosx_11_0_arm64", "darwin-arm64", "workflow")
    row = {"kind": "wheel", "triple": mac.triple, "why": "built by the release workflow only"}
    assert failures([row], [mac], {}) == []
    assert (
        table([row], [mac], {})
        .splitlines()[1]
        .split(maxsplit=8)[-1]
        .endswith("not built: built by the release workflow only")
    )


def test_the_table_has_a_line_for_each_artifact():
    tests = {(TARGET.triple, "wheel"): Results(passed=2, failed=["x"], not_run=Counter({"why": 4}), started=3)}
    assert table([WHEEL], [TARGET], tests).splitlines()[1].split() == "wheels/a.whl 1,234 2.17 NO 3 2 4: why".split()

"""release.build.licences: what it takes for a file of licences that ships to be complete."""

import pytest
from release.build import licences, targets

CRATE = "roomcast-c"
LINUX, WINDOWS = (
    targets.Target(triple=triple, built="zig", wheel="", npm="", run="")
    for triple in ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-gnu"]
)
LINKED = {
    LINUX: {"log 0.4.35": "MIT OR Apache-2.0", "ring 0.17.14": "Apache-2.0 AND ISC", "nix 0.31.4": "MIT"},
    WINDOWS: {"log 0.4.35": "MIT OR Apache-2.0", "schannel 0.1.30": "MIT", "roots 1.0.0": "CDLA-Permissive-2.0"},
}
TEXT = "Permission is hereby granted to everybody. " * 20
SECTIONS = {
    "MIT": ["log 0.4.35", "nix 0.31.4", "schannel 0.1.30"],
    "Apache-2.0": ["ring 0.17.14"],
    "ISC": ["ring 0.17.14"],
    "CDLA-Permissive-2.0": ["roots 1.0.0"],
    "NCSA": licences.runtimes(CRATE),
}


@pytest.fixture
def check(monkeypatch, tmp_path):
    """Checks a file with these sections, as changed by the test."""
    monkeypatch.setattr(licences, "ROOT", tmp_path)
    monkeypatch.setattr(licences, "PACKAGES", {CRATE: tmp_path})
    monkeypatch.setattr(licences, "policy", lambda: (["MIT", "Apache-2.0", "ISC"], {"roots": ["CDLA-Permissive-2.0"]}))
    monkeypatch.setattr(licences, "targets_of", lambda crate: [LINUX, WINDOWS])
    monkeypatch.setattr(licences, "linked", lambda crate, target: LINKED[target])

    def run(changes, text=TEXT):
        parts = [(licence, crates, text) for licence, crates in {**SECTIONS, **changes}.items()]
        (tmp_path / licences.FILE).write_text(licences.render(CRATE, parts))
        return licences.check(CRATE)

    return run


def test_a_complete_file(check):
    assert check({}) == []


def test_a_crate_that_is_linked_on_one_platform_only(check):
    assert check({"MIT": ["log 0.4.35", "nix 0.31.4"]}) == [
        "THIRD-PARTY-LICENSES lacks schannel 0.1.30, which is linked for x86_64-pc-windows-gnu"
    ]


def test_another_version(check):
    assert check({"MIT": ["log 0.4.34", "nix 0.31.4", "schannel 0.1.30"]}) == [
        "THIRD-PARTY-LICENSES lacks log 0.4.35, which is linked for x86_64-unknown-linux-gnu",
        "THIRD-PARTY-LICENSES has log 0.4.34, which is not linked any more",
    ]


def test_one_of_two_licences(check):
    assert check({"Apache-2.0": ["ring 0.17.14"], "ISC": []}) == [
        "THIRD-PARTY-LICENSES has Apache-2.0 for ring 0.17.14, which declares Apache-2.0 AND ISC"
    ]


def test_a_licence_that_is_not_allowed_for_that_crate(check):
    assert check({"CDLA-Permissive-2.0": ["roots 1.0.0", "nix 0.31.4"]}) == [
        "THIRD-PARTY-LICENSES: nix 0.31.4 is under CDLA-Permissive-2.0, which deny.toml does not allow"
    ]


def test_a_licence_without_its_text(check):
    assert check({}, "See the repository.") == [
        f"THIRD-PARTY-LICENSES: the text of {licence} is missing" for licence in sorted(SECTIONS)
    ]


def test_what_the_compilers_link_in(check):
    assert check({"NCSA": licences.runtimes(CRATE)[1:]}) == ["THIRD-PARTY-LICENSES lacks Rust's standard library"]


def test_no_file(check, tmp_path):
    assert licences.check(CRATE) == ["THIRD-PARTY-LICENSES is missing"]


@pytest.mark.parametrize(
    ("expression", "accepted", "satisfied"),
    [
        ("MIT OR Apache-2.0", {"MIT"}, True),
        ("MIT/Apache-2.0", {"Apache-2.0"}, True),
        ("Apache-2.0 AND ISC", {"ISC"}, False),
        ("Apache-2.0 AND ISC", {"ISC", "Apache-2.0"}, True),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", {"MIT"}, False),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", {"MIT", "Unicode-3.0"}, True),
        ("Apache-2.0 WITH LLVM-exception", {"Apache-2.0"}, False),
        ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", {"MIT"}, True),
        ("MIT", set(), False),
    ],
)
def test_satisfied(expression, accepted, satisfied):
    assert licences.satisfied(expression, accepted) is satisfied

"""The workflows agree with the Makefile and with release/targets.json. `make lint` checks their syntax."""

import json
import re

import pytest
import yaml

import version

WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (version.ROOT / ".github/workflows").glob("*.yml")}
TARGETS = json.loads((version.ROOT / "release/targets.json").read_text())


def commands(workflow):
    return [step["run"] for job in workflow["jobs"].values() for step in job.get("steps", []) if "run" in step]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_what_a_workflow_calls_exists(name):
    makefile = (version.ROOT / "Makefile").read_text()
    called = set()
    for command in commands(WORKFLOWS[name]):
        called |= {(match[1], match[0]) for match in re.finditer(r"\bmake ([\w-]+)", command)}
        for script in re.findall(r"(?:^|\s)((?:release|\.ci)/[\w./-]+)", command):
            assert (version.ROOT / script).exists(), command
    assert called
    for target, command in called:
        assert re.search(rf"(?m)^{target}:", makefile), command


def test_every_target_is_built_by_some_job():
    matrix = WORKFLOWS["release"]["jobs"]["own-system"]["strategy"]["matrix"]["include"]
    # The others are built on Linux.
    assert {row["triple"] for row in matrix} == {row["triple"] for row in TARGETS if row["built"] == "workflow"}
    free_threaded = WORKFLOWS["release"]["jobs"]["free-threaded"]["strategy"]["matrix"]["include"]
    assert {row["triple"] for row in free_threaded} <= {row["triple"] for row in TARGETS}


def test_ci_has_every_python_and_node_that_the_packages_claim():
    python = WORKFLOWS["ci"]["jobs"]["python"]["strategy"]["matrix"]["python"]
    pyproject = (version.ROOT / "bindings-python/pyproject.toml").read_text()
    assert set(re.findall(r"Programming Language :: Python :: (3\.\d+)", pyproject)) <= set(python)
    assert python[0] == re.search(r'requires-python = ">=(.*)"', pyproject)[1]
    assert "3.14t" in python
    node = WORKFLOWS["ci"]["jobs"]["node"]["strategy"]["matrix"]["node"]
    engines = json.loads((version.ROOT / "bindings-node/package.json").read_text())["engines"]
    assert f">={node[0]}" == engines["node"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_only_jobs_of_a_tag_may_write_or_prove_who_they_are(name):
    assert WORKFLOWS[name]["permissions"] == {}
    for job_name, job in WORKFLOWS[name]["jobs"].items():
        writes = {right for right, access in job["permissions"].items() if access == "write"}
        assert not writes or job["if"] == "github.event_name == 'push'", job_name
        if "id-token" in writes and job_name != "attest":
            assert job["environment"] == "release", job_name

"""schemathesis generates requests to the sandbox's control API from the OpenAPI document, and checks the responses.

Those that would make the sandbox post to generated URLs are left out: tests of the sandbox itself have them.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from pathlib import Path

import yaml

from harness.sandbox import Sandbox

from . import documents
from .running import run

POSTS_TO_URLS = {"/sandbox/webhooks", "/sandbox/webhook-target"}
# Generated requests per operation.
EXAMPLES = "40"


def test_the_control_api_conforms_to_its_document(tmp_path: Path) -> None:
    document = documents.control()
    document["paths"] = {path: item for path, item in document["paths"].items() if path not in POSTS_TO_URLS}
    # A response that waits for a minute would be an error.
    for _, _, operation in documents.operations(document):
        parameters = operation.get("parameters", [])
        operation["parameters"] = [each for each in parameters if not each["$ref"].endswith("/WaitMs")]
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document))
    with Sandbox() as sandbox:
        # The peer of the examples, so that they have what they ask for.
        headers = {"Content-Type": "application/json"}
        seat = urllib.request.Request(f"{sandbox.url}/sandbox/rooms/demo/peers", b'{"peer_id": "p1"}', headers)
        urllib.request.urlopen(seat, timeout=30).close()
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", sandbox.url]
        command += ["--mode", "all", "--checks", "all", "--seed", "1", "--max-examples", EXAMPLES]
        # An add with a room that a kind does not have, or the like, is valid by its schema and refused.
        command += ["--exclude-checks", "positive_data_acceptance"]
        command += ["--report", "har", "--report-har-path", "requests.har"]
        done = run(command, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    operations = list(documents.operations(document))
    assert re.search(rf"Tested: {len(operations)}$", done.stdout, re.MULTILINE), done.stdout
    entries = json.loads((tmp_path / "requests.har").read_text())["log"]["entries"]
    assert {entry["response"]["status"] for entry in entries} >= {200, 201, 204, 400, 404, 409}

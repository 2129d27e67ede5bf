"""The OpenAPI document is valid, its examples too, and the Postman collection calls what it describes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from harness import paths

from . import documents

DOCUMENT = documents.openapi()
API = documents.api()
RESPONSES = [
    (f"{method} {path} {status}", response)
    for method, path, operation in documents.operations(API)
    for status, response in operation["responses"].items()
]


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    # `$ref`s in the schema refer to the document's components.
    checked = {**schema, "components": DOCUMENT["components"]}
    validator = OAS31Validator(checked, format_checker=OAS31Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(value)]


def with_schema(node: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node of the document with a schema, so that it may have examples: parameters and bodies."""
    if isinstance(node, dict):
        if "schema" in node:
            yield where, node
        for key, child in node.items():
            yield from with_schema(child, f"{where}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from with_schema(child, f"{where}/{index}")


def test_the_document_is_openapi() -> None:
    validate(DOCUMENT)


def test_every_example_fits_its_schema() -> None:
    without = set()
    for where, node in with_schema(DOCUMENT, "#"):
        examples = [example["value"] for example in node.get("examples", {}).values()]
        examples += [node["example"]] if "example" in node else []
        for example in examples:
            assert problems(node["schema"], example) == [], where
        if not examples:
            without.add(where.split("/")[3])
    # Responses that the sandbox never sends, so no real example is known.
    assert without == {"Forbidden", "TooManyRequests", "ServerError"}


def test_an_example_that_does_not_fit_is_found() -> None:
    schema = {"$ref": "#/components/schemas/NotFound"}
    assert problems(schema, {"code": 404, "message": "Peer not found"}) == []
    assert problems(schema, {"code": 401, "message": "Peer not found"}) != []
    assert problems({"type": "string", "format": "date-time"}, "yesterday") != []


@pytest.mark.parametrize(("where", "response"), RESPONSES, ids=[where for where, _ in RESPONSES])
def test_every_response_is_documented_or_assumed(where: str, response: dict[str, Any]) -> None:
    response = documents.resolve(DOCUMENT, response)
    assert re.match("(Documented|Assumed)\\b", response["description"]), where
    assert "application/json" in response["content"], where


def test_the_control_api_has_a_tag_a_server_of_its_own_and_no_token() -> None:
    control = documents.control()
    assert {item["servers"][0]["url"] for item in control["paths"].values()} == {"http://{sandbox}"}
    for method, path, operation in documents.operations(control):
        assert (operation["tags"], operation["security"]) == (["control"], []), f"{method} {path}"


def split(url: str) -> tuple[str, set[str]]:
    """A request's path in OpenAPI's notation, and the names in its query."""
    path, _, query = url.removeprefix("{{base_url}}").partition("?")
    return re.sub("{{(.+?)}}", r"{\1}", path), {name for name, _ in parse_qsl(query)}


def test_the_collection_calls_every_operation_and_no_other() -> None:
    described = {(method, path) for method, path, _ in documents.operations(API)}
    called = {(request["method"], split(request["url"])[0]) for request in documents.requests().values()}
    assert called == described


@pytest.mark.parametrize("name", documents.requests())
def test_a_request_is_as_described(name: str) -> None:
    request = documents.requests()[name]
    path, query = split(request["url"])
    operation = DOCUMENT["paths"][path][request["method"].lower()]
    known = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    assert query <= known
    assert ("body" in request) == ("requestBody" in operation)
    if "body" in request:
        schema = {"$ref": "#/components/schemas/Message"}
        body = json.loads(request["body"]["raw"])
        assert problems(schema, body) == []
        # The API ignores unknown fields: a misspelt recipient would reach everyone.
        assert body.keys() <= documents.resolve(DOCUMENT, schema)["properties"].keys()


def test_the_environments_are_the_servers() -> None:
    sandbox, real = DOCUMENT["servers"]
    assert documents.variables("sandbox")["base_url"] == sandbox["url"].format(
        sandbox=sandbox["variables"]["sandbox"]["default"]
    )
    assert documents.variables("100ms")["base_url"] == real["url"]


@pytest.mark.filterwarnings("ignore:The HMAC key is")
def test_the_environments_hold_no_secret_but_the_sandboxs_default() -> None:
    real = documents.variables("100ms")
    assert {name for name, value in real.items() if value} == {"base_url"}
    for name in ("sandbox", "100ms"):
        assert documents.variables(name).keys() == real.keys()
        types = {value["key"]: value["type"] for value in documents.environment(name)["values"]}
        assert types["secret"] == "secret"
    # Without options, the sandbox signs with its default keys, which the environment must have.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HMS_")}
    token = subprocess.run(
        [paths.SANDBOX, "token", "management"], env=plain, capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()
    default = documents.variables("sandbox")
    assert jwt.decode(token, default["secret"], algorithms=["HS256"])["access_key"] == default["access_key"]

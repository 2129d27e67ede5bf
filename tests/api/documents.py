"""Loads the OpenAPI document and the Postman collection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from harness.paths import ROOT

OPENAPI = ROOT / "sandbox" / "openapi.yaml"
POSTMAN = ROOT / "postman"
COLLECTION = POSTMAN / "roomcast.postman_collection.json"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def openapi() -> dict[str, Any]:
    return yaml.safe_load(OPENAPI.read_text())


def api() -> dict[str, Any]:
    """The document without the sandbox's own control API."""
    document = openapi()
    document["paths"] = {path: item for path, item in document["paths"].items() if not is_control(path)}
    return document


def control() -> dict[str, Any]:
    """The document of the control API alone."""
    document = openapi()
    document["paths"] = {path: item for path, item in document["paths"].items() if is_control(path)}
    return document


def is_control(path: str) -> bool:
    return path == "/sandbox" or path.startswith("/sandbox/")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every method, path and operation."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield method.upper(), path, item[method]


def resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The object that a `$ref` refers to."""
    while "$ref" in node:
        found: Any = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def environment(name: str) -> dict[str, Any]:
    return json.loads((POSTMAN / f"{name}.postman_environment.json").read_text())


def variables(name: str) -> dict[str, str]:
    """The variables of an environment file."""
    return {value["key"]: value["value"] for value in environment(name)["values"]}


def requests() -> dict[str, dict[str, Any]]:
    """The collection's requests by name, in the order in which they run."""

    def flat(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in items:
            yield from flat(item["item"]) if "item" in item else [item]

    items = list(flat(json.loads(COLLECTION.read_text())["item"]))
    named = {item["name"]: item["request"] for item in items}
    assert len(named) == len(items), "two requests have the same name"
    return named

"""The OpenAPI document is valid, its examples fit its schemas, and it keeps the order of the house."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from conformance.selftest.spec.facts import Json, escape, follow, value_at
from conformance.specification import SPEC_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = SPEC_PATH.read_text(encoding="utf-8")
DOCUMENT: Json = yaml.safe_load(TEXT)
LONGEST_LINE = 125
METHODS = ["get", "post", "put", "patch", "delete"]
ORDERS = {
    "": ["openapi", "info", "servers", "security", "tags", "paths", "components"],
    "/components": ["securitySchemes", "parameters", "headers", "responses", "schemas", "examples"],
    r"/paths/[^/]+": METHODS,
    r"/paths/[^/]+/\w+": [
        "operationId",
        "summary",
        "description",
        "externalDocs",
        "tags",
        "security",
        "parameters",
        "requestBody",
        "responses",
    ],
}


def mappings(node: Json = DOCUMENT, pointer: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield each mapping of the document, with its JSON pointer."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from mappings(value, f"{pointer}/{escape(key)}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from mappings(item, f"{pointer}/{index}")


def resolved(node: Json) -> Json:
    return follow(DOCUMENT, node)


def samples() -> Iterator[tuple[str, Json, Json]]:
    """Yield where each example and each default stands, its schema, and its value."""
    for pointer, node in mappings():
        schema = node.get("schema", node if "type" in node else None)
        if schema is None:
            continue
        for key in ("example", "default"):
            if key in node:
                yield f"{pointer}/{key}", schema, node[key]
        for name, example in node.get("examples", {}).items():
            yield f"{pointer}/examples/{name}", schema, resolved(example)["value"]


SAMPLES = list(samples())
OPERATIONS = [(at, node) for at, node in mappings() if re.fullmatch(rf"/paths/[^/]+/({'|'.join(METHODS)})", at)]
PARAMETERS = [(at, node) for at, node in mappings() if "in" in node and "schema" in node]
PROPERTIES = [
    (f"{at}/{name}", resolved(schema))
    for at, node in mappings()
    if re.fullmatch(r"/components/schemas/.*/properties", at)
    for name, schema in node.items()
]
REFERENCES = [(at, str(node["$ref"])) for at, node in mappings() if "$ref" in node]


def test_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV30SpecValidator(DOCUMENT).iter_errors()] == []


@pytest.mark.parametrize(("schema", "value"), [sample[1:] for sample in SAMPLES], ids=[at for at, *_ in SAMPLES])
def test_example_fits_its_schema(schema: Json, value: Json) -> None:
    closed = {"allOf": [schema], "components": DOCUMENT["components"]}
    validator = jsonschema_rs.Draft4Validator(closed, validate_formats=False)

    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize("where", ORDERS)
def test_keys_stand_in_the_order_of_the_house(where: str) -> None:
    nodes = [node for pointer, node in mappings() if re.fullmatch(where, pointer)]

    assert nodes
    for node in nodes:
        assert list(node) == [key for key in ORDERS[where] if key in node]


def test_each_reference_resolves() -> None:
    assert REFERENCES
    for pointer, reference in REFERENCES:
        assert reference.startswith("#/components/"), pointer
        assert value_at(DOCUMENT, reference.removeprefix("#")), pointer


def test_each_component_is_used() -> None:
    schemes = {f"#/components/securitySchemes/{name}" for at, node in mappings() if "/security/" in at for name in node}
    components = {f"#/components/{kind}/{name}" for kind, named in DOCUMENT["components"].items() for name in named}

    assert components == {reference for _, reference in REFERENCES} | schemes


@pytest.mark.parametrize("node", [node for _, node in PROPERTIES], ids=[at for at, _ in PROPERTIES])
def test_property_has_a_description_and_an_example(node: dict[str, Json]) -> None:
    """An object has its example in its properties."""
    assert node["description"]
    assert "properties" in node or "example" in node


@pytest.mark.parametrize("node", [node for _, node in PARAMETERS], ids=[at for at, _ in PARAMETERS])
def test_parameter_says_its_text_in_its_schema_too(node: dict[str, Json]) -> None:
    assert node["description"]
    assert resolved(node["schema"])["description"] == node["description"]


@pytest.mark.parametrize("node", [node for _, node in OPERATIONS], ids=[at for at, _ in OPERATIONS])
def test_required_parameters_stand_first(node: dict[str, Json]) -> None:
    required = [resolved(parameter).get("required", False) for parameter in node["parameters"]]

    assert required == sorted(required, reverse=True)


def test_keys_are_not_repeated() -> None:
    """A YAML parser keeps the last of two equal keys without a word."""
    nodes = [yaml.compose(TEXT, Loader=yaml.SafeLoader)]
    for node in nodes:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), node.start_mark
            nodes += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value


def test_lines_are_short_and_without_tabs_or_trailing_blanks() -> None:
    lines = TEXT.splitlines()

    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE or "\t" in line] == []
    assert [number for number, line in enumerate(lines, 1) if line != line.rstrip()] == []

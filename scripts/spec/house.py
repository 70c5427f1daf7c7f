"""The house rules on order, descriptions, examples, provenance and effects; each yields places and messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import jsonschema_rs
import yaml

from scripts.spec.facts import Json, escape, follow, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Rule: TypeAlias = Callable[[Json], Iterator[tuple[str, str]]]

__all__ = ["RULES", "mappings", "operations", "repeated_keys", "untidy_lines"]

LONGEST_LINE = 125
EFFECTS = ("none", "creates", "bills")
"""Values of `x-effect`: a successful call does nothing, creates something, or creates something that is billed."""

METHODS = ["get", "post", "put", "patch", "delete"]
PROVENANCE = re.compile(r"https://support\.huaweicloud\.com/intl/en-us/api-drs/drs_\d\d_\d{4}\.html")
ORDERS = {
    "": ["openapi", "info", "servers", "security", "tags", "paths", "components"],
    "/components": ["securitySchemes", "parameters", "headers", "responses", "schemas", "examples"],
    r"/paths/[^/]+": METHODS,
    r"/paths/[^/]+/\w+": [
        "operationId",
        "summary",
        "description",
        "x-effect",
        "externalDocs",
        "tags",
        "security",
        "parameters",
        "requestBody",
        "responses",
    ],
}


def mappings(node: Json, pointer: str = "") -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield each mapping of a document, with its JSON pointer."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from mappings(value, f"{pointer}/{escape(str(key))}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from mappings(item, f"{pointer}/{index}")


def operations(document: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield each operation, with its JSON pointer."""
    pattern = rf"/paths/[^/]+/({'|'.join(METHODS)})"
    return ((pointer, node) for pointer, node in mappings(document) if re.fullmatch(pattern, pointer))


def untidy_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and a message for each line that is too long or has tabs or trailing white space."""
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LONGEST_LINE:
            yield number, f"the line has {len(line)} characters; at most {LONGEST_LINE} are allowed"
        if "\t" in line or line != line.rstrip():
            yield number, "the line has a tab or trailing white space; remove it"


def repeated_keys(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each repeated key in a mapping; a parser silently keeps the last one."""
    nodes = [yaml.compose(text, Loader=yaml.SafeLoader)]
    for node in nodes:
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    yield key.start_mark.line + 1, f"the key {key.value} is repeated; remove one"
                seen.add(key.value)
                nodes.append(value)
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value


def _order(document: Json) -> Iterator[tuple[str, str]]:
    for pattern, order in ORDERS.items():
        for pointer, node in mappings(document):
            if re.fullmatch(pattern, pointer) and list(node) != [key for key in order if key in node]:
                given = ", ".join(map(str, node))
                yield pointer, f"the keys are {given}; allowed are, in this order: {', '.join(order)}"


def _references(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        reference = node.get("$ref", "#/components/")
        if not str(reference).startswith("#/components/"):
            yield pointer, f"{reference} does not refer to #/components/; move the target there"
        elif "$ref" in node:
            try:
                value_at(document, reference.removeprefix("#"))
            except LookupError:
                yield pointer, f"{reference} does not exist; add the component or correct the reference"


def _use(document: Json) -> Iterator[tuple[str, str]]:
    used = {str(node["$ref"]).removeprefix("#") for _, node in mappings(document) if "$ref" in node}
    used |= {
        f"/components/securitySchemes/{name}"
        for pointer, node in mappings(document)
        if re.fullmatch(r"(/paths/.*)?/security/\d+", pointer)
        for name in node
    }
    for kind, named in document.get("components", {}).items():
        for name in named:
            if f"/components/{kind}/{name}" not in used:
                yield f"/components/{kind}/{name}", "the component is not used; remove it or refer to it"


def _properties(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if re.fullmatch(r"/components/schemas/.*/properties", pointer):
            for name, child in node.items():
                schema = follow(document, child)
                if not schema.get("description"):
                    yield f"{pointer}/{escape(name)}", "the property has no description; add one"
                if "properties" not in schema and "example" not in schema:
                    yield f"{pointer}/{escape(name)}", "the property has no example; add one"


def _parameters(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if "in" not in node or "schema" not in node:
            continue
        if not node.get("description"):
            yield pointer, "the parameter has no description; add one"
        elif follow(document, node["schema"]).get("description") != node["description"]:
            yield pointer, "the schema must repeat the description: some generators read only the schema"
        if "example" not in node:
            yield pointer, "the parameter has no example; add one"


def _samples(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, schema, value in samples(document):
        standalone = {"allOf": [schema], "components": document.get("components", {})}
        try:
            validator = jsonschema_rs.Draft4Validator(standalone, validate_formats=False)
            messages = [error.message for error in validator.iter_errors(value)]
        except ValueError as error:
            messages = [f"the schema is not valid: {error}"]
        for message in messages:
            yield pointer, f"the value does not match its schema: {message}"


def samples(document: Json) -> Iterator[tuple[str, Json, Json]]:
    """Yield the JSON pointer, schema and value of each example and each default."""
    for pointer, node in mappings(document):
        schema = node.get("schema", node if "type" in node else None)
        if schema is None or pointer.startswith("/components/securitySchemes"):
            continue
        for key in ("example", "default"):
            if key in node:
                yield f"{pointer}/{key}", schema, node[key]
        named = node.get("examples", {})
        for name, example in named.items() if isinstance(named, dict) else ():
            yield f"{pointer}/examples/{name}", schema, follow(document, example).get("value")


def _media(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if pointer.endswith("/content/application~1json") and not node.get("examples"):
            yield pointer, "the body has no named example; add one under examples"


def _provenance(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, operation in operations(document):
        if not PROVENANCE.fullmatch(str(operation.get("externalDocs", {}).get("url"))):
            yield pointer, "externalDocs.url does not link to the published page; set it to a page of the API reference"


def _effect(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, operation in operations(document):
        effect = operation.get("x-effect")
        if effect not in EFFECTS:
            given = f"x-effect is {effect!r}" if "x-effect" in operation else "x-effect is missing"
            meaning = "a successful call does nothing, creates something, or creates something that is billed"
            yield pointer, f"{given}; write one of {', '.join(EFFECTS)}: {meaning}"


RULES: dict[str, Rule] = {
    "order": _order,
    "references": _references,
    "use": _use,
    "properties": _properties,
    "parameters": _parameters,
    "samples": _samples,
    "media": _media,
    "provenance": _provenance,
    "effect": _effect,
}

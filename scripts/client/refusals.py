"""What openapi.yaml may not have, since the client would send or read something else than it says."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, Any

from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.strings import ClassName, PythonIdentifier

from scripts.client.media import JSON, json_schema, media_types
from scripts.client.operations import read_operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.client.operations import Operation

__all__ = ["refusals"]

STYLES = {"query": "form", "path": "simple", "header": "simple"}
TEXT_FORMATS = {
    "path": ("date-time", "binary"),
    "header": ("date-time", "date", "uuid", "binary"),
    "query": ("binary",),
}
"""Formats of text that are sent in another form in each place."""


def refusals(document: dict[str, Any]) -> Iterator[str]:
    """Yield what the client cannot express, each with its place in the document and what to do."""
    if not document["openapi"].startswith("3.0."):
        yield f"openapi: {document['openapi']} is not 3.0; write the document in OpenAPI 3.0"
    yield from _servers(document)
    yield from _choices(document)
    token = next(iter(document["components"]["securitySchemes"].values()))["name"]
    for operation in read_operations(document):
        yield from _operation(document, operation, token)


def _servers(document: dict[str, Any]) -> Iterator[str]:
    """Yield the names in the URLs of servers that have no value."""
    for number, server in enumerate(document.get("servers", ())):
        for _, name, _, _ in Formatter().parse(server["url"]):
            if name is not None and name not in server.get("variables", {}):
                yield f"servers.{number}.url: {{{name}}} is not one of the variables; describe it"


def _operation(document: dict[str, Any], found: Operation, token: str) -> Iterator[str]:
    place, item, operation = found.place, found.item, found.details
    if "operationId" not in operation:
        yield f"{place}: there is no operationId, of which the name of the method is made; add one"
    if "servers" in item or "servers" in operation:
        yield f"{place}.servers: each operation is sent to the server of the client; remove them"
    for number, given in enumerate([*item.get("parameters", ()), *operation.get("parameters", ())]):
        parameter = _resolved(document, given)
        at = f"{place}.parameters.{number} ({parameter['name']})"
        yield from (f"{at}: {reason}" for reason in _parameter(document, parameter, token))
    if "requestBody" in operation:
        content = _resolved(document, operation["requestBody"]).get("content", {})
        if media_types(content) != [JSON]:
            yield f"{place}.requestBody: the client sends {JSON} alone, not {', '.join(content)}"
    for status, given in operation["responses"].items():
        content = _resolved(document, given).get("content", {})
        at = f"{place}.responses.{status}"
        if "$ref" in given and "$ref" in _resolved(document, given, once=True):
            yield f"{at}: the answer is a reference to a reference; refer to the answer itself"
        is_text = not str(status).startswith("2") and [kind.partition("/")[0] for kind in content] == ["text"]
        if content and media_types(content) != [JSON] and not is_text:
            yield f"{at}: the client reads {JSON} alone, not {', '.join(content)}"
        yield from _answer(document, at, json_schema(content), set())


def _parameter(document: dict[str, Any], parameter: dict[str, Any], token: str) -> Iterator[str]:
    where = parameter["in"]
    schema = _resolved(document, parameter.get("schema", {}))
    if where == "cookie":
        yield "the client sends no cookies; send it in another place"
        return
    if "content" in parameter:
        yield "a parameter with content is not sent; describe it with a schema"
    if parameter.get("style", STYLES[where]) != STYLES[where]:
        yield f"the style {parameter['style']} is not sent, only {STYLES[where]}"
    if where == "query" and parameter.get("explode") is False and schema.get("type") in ("array", "object"):
        yield "explode: false is not sent; an array is repeated"
    if where == "path" and schema.get("type") in ("array", "object", "boolean"):
        yield f"a {schema['type']} is not sent in a path; use a string"
    if schema.get("format") in TEXT_FORMATS[where]:
        yield f"the format {schema['format']} is not sent in a {where}; use a string without format"
    if where == "header" and parameter["name"].lower() == token.lower():
        yield "the client sends this header with the token; remove the parameter"
    if parameter["name"] == "project_id" and where == "path" and schema.get("type") != "string":
        yield "connect takes the ID of the project as a string"


def _answer(document: dict[str, Any], place: str, node: object, seen: set[str]) -> Iterator[str]:
    """Yield what the client cannot read in a part of the schema of an answer."""
    for at, part in _parts(node, place):
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from _answer(document, reference[2:].replace("/", "."), _resolved(document, part), seen)
        for keyword in ("oneOf", "anyOf", "not", "discriminator"):
            if keyword in part:
                yield f"{at}.{keyword}: the client cannot tell which schema an answer has; describe one object"
        if part.get("format") == "binary":
            yield f"{at}.format: JSON has no binary; use byte"


def _parts(node: object, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object in a part of the document, except examples and maps of names, with its place."""
    if isinstance(node, dict):
        if not place.endswith(".properties"):
            yield place, node
        for key, part in node.items():
            if key not in ("enum", "example", "examples", "default"):
                yield from _parts(part, f"{place}.{key}".lstrip("."))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from _parts(item, f"{place}.{number}")


def _choices(document: dict[str, Any]) -> Iterator[str]:
    """Yield the enumerations whose values cannot be told apart by names in Python."""
    for place, part in _parts(document, ""):
        values = part.get("enum")
        if isinstance(values, list):
            texts = [value for value in values if isinstance(value, str)]
            try:
                names = EnumProperty.values_from_list(texts, Class(ClassName("E", ""), PythonIdentifier("e", "")), [])
            except ValueError:
                names = {}
            if len(names) < len(texts):
                yield f"{place}.enum: two values have one name in Python; describe them, and leave the enum out"


def _resolved(document: dict[str, Any], node: dict[str, Any], *, once: bool = False) -> dict[str, Any]:
    """Return what a reference refers to; an object that is not a reference is returned as it is."""
    while "$ref" in node:
        found: Any = document
        for step in node["$ref"].split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
        if once:
            break
    return node

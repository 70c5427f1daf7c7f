"""House rules against valid OpenAPI that some generators or validators refuse or silently drop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scripts.spec.facts import follow
from scripts.spec.house import mappings, operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.spec.facts import Json
    from scripts.spec.house import Rule

__all__ = ["RULES"]


def _version(document: Json) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(r"3\.0\.\d+", str(document.get("openapi"))):
        yield "/openapi", "write 3.0.x: some generators refuse 3.2, and validators check 3.1 in less depth"


def _statuses(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, operation in operations(document):
        for status in operation.get("responses", {}):
            if not re.fullmatch(r"[1-5]\d\d", str(status)):
                yield (
                    f"{pointer}/responses/{status}",
                    "write each status as a number: generators make invalid code of ranges such as 5XX",
                )


def _required_first(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, operation in operations(document):
        required = [follow(document, node).get("required", False) for node in operation.get("parameters", [])]
        if required != sorted(required, reverse=True):
            yield f"{pointer}/parameters", "put required parameters first: generated functions keep the order"


def _inline_enums(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if "in" in node and "$ref" in node.get("schema", {}):
            yield (
                f"{pointer}/schema",
                "write the schema of a parameter inline: generators lose the default of a referenced one",
            )


def _open_objects(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if node.get("additionalProperties") is False:
            yield pointer, "remove additionalProperties: a generated client must accept new fields"


def _free_identifiers(document: Json) -> Iterator[tuple[str, str]]:
    for pointer, node in mappings(document):
        if node.get("format") == "uuid":
            yield pointer, "remove the format: generated clients would refuse IDs that are not UUIDs"


def _servers(document: Json) -> Iterator[tuple[str, str]]:
    servers = document.get("servers") or [{}]
    if "{" in servers[0].get("url", "{"):
        yield "/servers", "make the first server a plain URL: some generators keep the braces of a template"
    for index, server in enumerate(servers):
        for name, variable in server.get("variables", {}).items():
            if "description" in variable:
                yield (
                    f"/servers/{index}/variables/{name}",
                    "remove the description of the variable: some parsers refuse it",
                )


RULES: dict[str, Rule] = {
    "version": _version,
    "statuses": _statuses,
    "required-first": _required_first,
    "inline-enums": _inline_enums,
    "open-objects": _open_objects,
    "free-identifiers": _free_identifiers,
    "servers": _servers,
}

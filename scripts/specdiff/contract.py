"""The binding part of a document: no prose, examples or irrelevant order, references resolved, servers excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.spec.openapi import Specification

__all__ = ["Json", "contract", "differences", "parameters"]

Json: TypeAlias = Any
"""Any JSON value; a recursive type would require an assertion at each level of a document."""

BINDING = ("security", "paths")
WORDS = {"description", "summary", "example", "examples", "externalDocs"}
SETS = {"enum", "required"}
NAMED = {"properties", "headers", "responses", "paths", "variables", "content", "callbacks", "securitySchemes"}
"""Mappings whose keys are names that the API defines, so `example` can be one of them."""


def contract(specification: Specification) -> Json:
    """Return the binding part of a document, with each reference replaced by its target."""
    document = specification.document
    schemes = document.get("components", {}).get("securitySchemes", {})
    return {
        **{key: _binding(specification, document.get(key), key) for key in BINDING},
        "components": {"securitySchemes": _binding(specification, schemes, "securitySchemes")},
    }


def parameters(specification: Specification) -> Iterator[tuple[str, str, Json]]:
    """Yield the name, JSON pointer and content of each parameter of each operation."""
    for operation in specification.operations:
        item = operation.pointer.rpartition("/")[0]
        for owner in (item, operation.pointer):
            for index, _ in enumerate(specification.at(owner).get("parameters", ())):
                pointer = f"{owner}/parameters/{index}"
                parameter = specification.at(pointer)
                yield f"{operation.id}, {parameter['in']} parameter {parameter['name']}", pointer, parameter


def differences(before: Json, after: Json, pointer: str = "") -> Iterator[tuple[str, bool]]:
    """Yield the JSON pointer of each topmost difference, and whether the value was removed."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            place = f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if key not in before or key not in after:
                yield place, key in before
            else:
                yield from differences(before[key], after[key], place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{pointer}/{index}")
    elif before != after or type(before) is not type(after):
        yield pointer, False


def _binding(specification: Specification, node: Json, key: str, within: tuple[str, ...] = ()) -> Json:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in within:  # a schema that contains itself
                return {"$ref": reference}
            target = specification.at(reference.removeprefix("#"))
            return _binding(specification, target, key, (*within, reference))
        return {
            name: _binding(specification, value, "" if key in NAMED else name, within)
            for name, value in node.items()
            if key in NAMED or not (name in WORDS or str(name).startswith("x-"))
        }
    if isinstance(node, list):
        items = [_binding(specification, item, "", within) for item in node]
        return sorted(items, key=repr) if key in SETS else items
    return node

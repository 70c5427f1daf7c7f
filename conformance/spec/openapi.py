"""The OpenAPI document: its operations, its schemas and the line number of each node."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from conformance.spec.yaml_files import parse_with_nodes

__all__ = ["EXAMPLE_PROJECT_ID", "SPEC_PATH", "Effect", "Operation", "Specification", "load"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def _locate() -> Path:
    package = Path(__file__).parents[1]
    packaged = package / "openapi.yaml"
    return packaged if packaged.exists() else package.parent / "openapi.yaml"


SPEC_PATH = _locate()
"""The path of the document, which is beside the package in a checkout and inside it in an installed wheel."""


EXAMPLE_PROJECT_ID = "054ba152d480d55b2f5dc0069e7ddef0"
"""The example of a project ID in the document, used by runs that need no project of their own."""


class Effect(StrEnum):
    """The effect of a successful call of an operation, as its extension `x-effect` declares it."""

    NONE = "none"
    """It creates nothing."""
    CREATES = "creates"
    """It creates something."""
    BILLS = "bills"
    """It creates something that is billed."""


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    Attributes:
        id: Its operationId.
        method: HTTP method, in upper case.
        template: Path template with `{name}` for each path parameter.
        pointer: JSON pointer to the operation.
        effect: Effect of a successful call; None if the document does not declare one.
    """

    id: str
    method: str
    template: str
    pointer: str
    effect: Effect | None

    @property
    def names_batch(self) -> bool:
        """Return whether the path names a batch."""
        return "{async_job_id}" in self.template


class Specification:
    """A parsed OpenAPI 3.0 document.

    Attributes:
        document: The parsed YAML.
        version: `info.version`.
        sha256: Hash of the file's bytes, in hexadecimal.
    """

    def __init__(self, source: bytes) -> None:
        """Parse the document; raises `yaml.YAMLError` if it is not valid YAML."""
        document, self._tree = parse_with_nodes(source)
        self.document: dict[str, Any] = document
        self.version: str = self.document["info"]["version"]
        self.sha256 = hashlib.sha256(source).hexdigest()

    @functools.cached_property
    def operations(self) -> tuple[Operation, ...]:
        """All operations, in the order of the document."""
        return tuple(
            Operation(
                id=item[method]["operationId"],
                method=method.upper(),
                template=template,
                pointer=f"/paths/{_escape(template)}/{method}",
                effect=_effect(item[method].get("x-effect")),
            )
            for template in self.document["paths"]
            if (item := self.at(f"/paths/{_escape(template)}"))
            for method in METHODS
            if method in item
        )

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with this operationId; raises `KeyError` if there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)

    def at(self, pointer: str) -> Any:  # noqa: ANN401 - a node of the document is any JSON value
        """Return the node at a JSON pointer, with each `$ref` resolved; raises `KeyError`."""
        return self._walk(pointer)[1]

    def line(self, pointer: str) -> int:
        """Return the 1-based line of the key of the node at a JSON pointer; raises `KeyError`."""
        node: yaml.Node | None = self._tree
        line = 1
        for token in _tokens(self._walk(pointer)[0]):
            if isinstance(node, yaml.MappingNode):
                key, node = next((key, value) for key, value in node.value if str(key.value) == token)
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode):
                node = node.value[int(token)]
                line = node.start_mark.line + 1
        return line

    def statuses(self, operation: Operation) -> frozenset[int]:
        """Return the statuses that the operation documents."""
        return frozenset(int(status) for status in self.at(f"{operation.pointer}/responses"))

    def response_schema(self, operation: Operation, status: int) -> str:
        """Return the pointer to the schema of a documented JSON answer; raises `KeyError` if there is none."""
        pointer = f"{operation.pointer}/responses/{status}/content/application~1json/schema"
        return self._walk(pointer)[0]

    def errors(self, pointer: str, instance: object) -> list[str]:
        """Validate a JSON value against the schema at a pointer; returns one sentence for each violation."""
        return [error.message for error in self._validator(pointer).iter_errors(instance)]

    @functools.lru_cache(maxsize=64)  # noqa: B019 - the one document lives as long as the process
    def _validator(self, pointer: str) -> jsonschema_rs.Draft4Validator:
        # OpenAPI 3.0 has the schemas of JSON Schema draft 4 except for `nullable`, which this document does not use.
        return jsonschema_rs.Draft4Validator({"$ref": f"#{pointer}", **self.document})

    def _walk(self, pointer: str) -> tuple[str, Any]:
        """Return the pointer to a node without references on the way, and the node."""
        resolved = ""
        node: Any = self.document
        for token in _tokens(pointer):
            node = node[int(token)] if isinstance(node, list) else node[token]
            resolved = f"{resolved}/{_escape(token)}"
            while isinstance(node, dict) and isinstance(node.get("$ref"), str):
                resolved = node["$ref"].removeprefix("#")
                node = self._walk(resolved)[1]
        return resolved, node


@functools.cache
def load(path: Path = SPEC_PATH) -> Specification:
    """Read and parse the document once; raises `OSError` or `yaml.YAMLError`."""
    return Specification(path.read_bytes())


def _effect(value: object) -> Effect | None:
    return next((effect for effect in Effect if effect.value == value), None)


def _tokens(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _escape(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")

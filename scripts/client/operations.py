"""The operations of the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Operation", "read_operations"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Operation:
    """An operation.

    Attributes:
        path: The template of its path.
        method: Its method, in lower case.
        item: The item of its path.
        details: What is said of it.
    """

    path: str
    method: str
    item: dict[str, Any]
    details: dict[str, Any]

    @property
    def place(self) -> str:
        """Its place in the document."""
        return f"paths.{self.path}.{self.method}"

    @property
    def name(self) -> str:
        """Its ID; its method and path if it has none."""
        return str(self.details.get("operationId", f"{self.method.upper()} {self.path}"))


def read_operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield the operations, in the order of the document."""
    for path, item in document["paths"].items():
        for method, details in item.items():
            if method in METHODS:
                yield Operation(path, method, item, details)

"""What changes of openapi.yaml have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

BATCHES = "/v5/{project_id}/batch-async-jobs"
COMMIT = f"{BATCHES}/{{async_job_id}}/commit"


@dataclass(frozen=True)
class Change:
    """A change of the document.

    Attributes:
        name: A name that can be that of a module.
        apply: Changes the document.
        program: What a user writes then. It follows `PROGRAM`.
    """

    name: str
    apply: Callable[[Document], object]
    program: str


CHANGES: list[Change] = []
"""All changes, once each module has been imported."""


def change(program: str) -> Callable[[Callable[[Document], object]], Callable[[Document], object]]:
    """Add a change with a program."""

    def add(apply: Callable[[Document], object]) -> Callable[[Document], object]:
        CHANGES.append(Change(apply.__name__, apply, program))
        return apply

    return add


def commit(document: Document) -> dict[str, Any]:
    """Return the operation."""
    operation: dict[str, Any] = document["paths"][COMMIT]["post"]
    return operation


def schemas(document: Document, **new: dict[str, Any]) -> dict[str, Any]:
    """Add schemas, and return all."""
    found: dict[str, Any] = document["components"]["schemas"]
    found.update(new)
    return found


def answered(schema: dict[str, Any] | str, media_type: str = "application/json") -> dict[str, Any]:
    """Return an answer with a schema, or with that of a name."""
    content = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"description": "An answer.", "content": {media_type: {"schema": content}}}


TASK = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
MODE = {"type": "string", "enum": ["fast", "slow"]}
STATE = {"type": "string", "enum": ["READY", "DONE"]}
AT = "#/components/schemas/"

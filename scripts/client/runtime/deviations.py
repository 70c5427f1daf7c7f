"""What in an answer breaks the documented limits; it is parsed all the same."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

from drs_batch_client.spec import MODELS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["DeviationWarning", "deviations", "warn"]

_KINDS: Mapping[str, type] = {"string": str, "object": dict}


class DeviationWarning(UserWarning):
    """An answer breaks a documented limit.

    Attributes:
        name: The limit: model, field and keyword, such as `ServiceError.error_code.minLength`; stable, for filters.
    """

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(name, message)
        self.name = name
        self._message = message

    def __str__(self) -> str:
        """Return the name and what it is about."""
        return f"{self.name}: {self._message}"


def deviations(model: str, document: object) -> Iterator[DeviationWarning]:
    """Return what in a JSON document is not as openapi.yaml documents it for a model.

    Args:
        model: Name of the model, such as `CommitResult`.
        document: The document, parsed.
    """
    if not isinstance(document, dict):
        yield DeviationWarning(f"{model}.type", "an object is documented")
        return
    members = cast("dict[str, Any]", document)
    for field in MODELS[model]:
        name = f"{model}.{field.name}"
        if field.name not in members:
            if field.required:
                yield DeviationWarning(f"{name}.required", "the field is missing")
            continue
        yield from _of_value(name, field, members[field.name])


def warn(model: str, document: object, *, stacklevel: int) -> None:
    """Warn of each deviation."""
    for deviation in deviations(model, document):
        warnings.warn(deviation, stacklevel=stacklevel + 1)


def _of_value(name: str, field: Field, value: object) -> Iterator[DeviationWarning]:
    if not isinstance(value, _KINDS[field.kind]):
        yield DeviationWarning(f"{name}.type", f"{field.kind} is documented, not {type(value).__name__}")
    elif field.model is not None:
        yield from deviations(field.model, value)
    elif isinstance(value, str):
        # Lengths are in characters, as JSON Schema counts them, and as Python does.
        if field.shortest is not None and len(value) < field.shortest:
            yield DeviationWarning(
                f"{name}.minLength", f"{len(value)} characters, at least {field.shortest} documented"
            )
        if field.longest is not None and len(value) > field.longest:
            yield DeviationWarning(f"{name}.maxLength", f"{len(value)} characters, at most {field.longest} documented")

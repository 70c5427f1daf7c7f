"""Deviations of an answer from the documented limits. Such an answer is parsed nevertheless."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

from drs_batch_client.spec import MODELS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["DeviationWarning", "OtherBatchWarning", "deviations", "warn"]

_KINDS: Mapping[str, type] = {"string": str, "object": dict}


class DeviationWarning(UserWarning):
    """An answer violates a documented limit.

    Attributes:
        name: The model, field and keyword of the limit, such as `ServiceError.error_code.minLength`. It is stable, for
            filters.
    """

    def __init__(self, name: str, message: str = "") -> None:
        super().__init__(name, message)
        self.name = name
        self._message = message

    def __str__(self) -> str:
        """Return the name and the description."""
        return f"{self.name}: {self._message}"


class OtherBatchWarning(DeviationWarning):
    """A success names another batch than the request did. The requested one has been committed, if any.

    Attributes:
        requested: The ID in the request.
        answered: The ID in the answer, on one line, and with secrets masked.
    """

    def __init__(self, requested: str, answered: str) -> None:
        super().__init__(
            "CommittedAsyncJob.async_job_id.other", f"batch {requested!r} was requested, {answered!r} is in the answer"
        )
        self.requested = requested
        self.answered = answered

    def __reduce__(self) -> tuple[type[OtherBatchWarning], tuple[str, str]]:
        """Return how a copy or a pickle is made."""
        return OtherBatchWarning, (self.requested, self.answered)


def deviations(model: str, document: object) -> Iterator[DeviationWarning]:
    """Yield the deviations of a JSON document from the model in openapi.yaml.

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
    """Issue a warning for each deviation."""
    for deviation in deviations(model, document):
        warnings.warn(deviation, stacklevel=stacklevel + 1)


def _of_value(name: str, field: Field, value: object) -> Iterator[DeviationWarning]:
    if not isinstance(value, _KINDS[field.kind]):
        yield DeviationWarning(f"{name}.type", f"{field.kind} is documented, not {type(value).__name__}")
    elif field.model is not None:
        yield from deviations(field.model, value)
    elif isinstance(value, str):
        # JSON Schema counts characters, like Python.
        if field.shortest is not None and len(value) < field.shortest:
            yield DeviationWarning(
                f"{name}.minLength", f"{len(value)} characters, at least {field.shortest} documented"
            )
        if field.longest is not None and len(value) > field.longest:
            yield DeviationWarning(f"{name}.maxLength", f"{len(value)} characters, at most {field.longest} documented")

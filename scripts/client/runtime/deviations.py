"""Deviations of an answer from the documented schema. Such an answer is parsed nevertheless."""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from drs_batch_client.spec import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sized

__all__ = ["DeviationWarning", "OtherBatchWarning", "deviations", "is_readable", "readable", "warn"]

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}

_FORMATS: Mapping[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": UUID,
}

_UNREADABLE = (".type", ".required", ".format")

_SIZES: Mapping[str, tuple[type, str]] = {
    "Length": (str, "characters"),  # JSON Schema counts them like Python
    "Items": (list, "items"),
    "Properties": (dict, "fields"),
}


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

    def __init__(self, requested: str, answered: str, field: str = "CommittedAsyncJob.async_job_id") -> None:
        super().__init__(f"{field}.other", f"batch {requested!r} was requested, {answered!r} is in the answer")
        self.requested = requested
        self.answered = answered
        self._field = field

    def __reduce__(self) -> tuple[type[OtherBatchWarning], tuple[str, str, str]]:
        """Return how a copy or a pickle is made."""
        return OtherBatchWarning, (self.requested, self.answered, self._field)


def deviations(model: str, document: object) -> Iterator[DeviationWarning]:
    """Yield the deviations of a JSON document from the model in openapi.yaml.

    Args:
        model: Name of the model, such as `CommitResult`.
        document: The document, parsed.
    """
    return _of_value(model, MODELS[model], document, model)


def is_readable(model: str, document: object) -> bool:
    """Return whether a document has the required fields of a model, and each field the documented type."""
    return _is_readable(MODELS[model], document)


def readable(model: str, document: object) -> object:
    """Return a document without the optional fields that its model cannot hold: of another type or format."""
    return _readable(MODELS[model], document)


def warn(model: str, document: object, *, stacklevel: int) -> Iterator[DeviationWarning]:
    """Issue a warning for each deviation; yield those that a filter makes an error instead of raising them."""
    for deviation in deviations(model, document):
        try:
            warnings.warn(deviation, stacklevel=stacklevel + 1)
        except DeviationWarning as error:
            yield error


def _of_value(name: str, schema: Mapping[str, Any], value: object, model: str = "") -> Iterator[DeviationWarning]:
    """Yield the deviations of a value from a schema.

    Args:
        name: The model and the field of the value.
        schema: The schema.
        value: The value.
        model: What begins the names of its fields; empty for `name`.
    """
    if "$ref" in schema:
        yield from _of_value(name, MODELS[schema["$ref"]], value, schema["$ref"])
        return
    if value is None and schema.get("nullable"):
        return
    kind = schema.get("type")
    if kind is not None and not (isinstance(value, _KINDS[kind]) and isinstance(value, bool) is (kind == "boolean")):
        text = "an object is documented" if kind == "object" else f"{kind} is documented, not {type(value).__name__}"
        yield DeviationWarning(f"{name}.type", text)
        return
    for keyword, text in _violations(schema, value):
        yield DeviationWarning(f"{name}.{keyword}", text)
    for part in schema.get("allOf", ()):
        yield from _of_value(name, part, value, model)
    if isinstance(value, dict):
        yield from _of_fields(model or name, schema, cast("dict[str, Any]", value))
    elif isinstance(value, list) and "items" in schema:
        for item in cast("list[object]", value):
            yield from _of_value(f"{name}[]", schema["items"], item)


def _of_fields(name: str, schema: Mapping[str, Any], members: dict[str, Any]) -> Iterator[DeviationWarning]:
    for field in schema.get("required", ()):
        if field not in members:
            yield DeviationWarning(f"{name}.{field}.required", "the field is missing")
    documented = schema.get("properties", {})
    for field, part in documented.items():
        if field in members:
            yield from _of_value(f"{name}.{field}", part, members[field])
    others = schema.get("additionalProperties", True)
    if others is not True:
        for field in members.keys() - documented.keys():
            if others is False:
                yield DeviationWarning(f"{name}.additionalProperties", "a field is not documented")
            else:
                yield from _of_value(f"{name}{{}}", others, members[field])


def _violations(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON value
    for size, (kind, unit) in _SIZES.items():
        if isinstance(value, kind):
            count, least, most = len(cast("Sized", value)), schema.get(f"min{size}", 0), schema.get(f"max{size}")
            if count < least:
                yield f"min{size}", f"{count} {unit}, at least {least} documented"
            if most is not None and count > most:
                yield f"max{size}", f"{count} {unit}, at most {most} documented"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _of_number(schema, value)
    if isinstance(value, str):
        yield from _of_text(schema, value)
    if "enum" in schema and not any(_same(value, documented) for documented in schema["enum"]):
        yield "enum", "another value is documented"
    if schema.get("uniqueItems") and isinstance(value, list):
        items = cast("list[object]", value)
        if any(_same(item, other) for index, item in enumerate(items) for other in items[:index]):
            yield "uniqueItems", "an item is repeated"


def _of_number(schema: Mapping[str, Any], value: float) -> Iterator[tuple[str, str]]:
    least, most, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if least is not None and (value < least or (value == least and schema.get("exclusiveMinimum"))):
        yield "minimum", f"at least {least} is documented"
    if most is not None and (value > most or (value == most and schema.get("exclusiveMaximum"))):
        yield "maximum", f"at most {most} is documented"
    if step is not None and value % step:
        yield "multipleOf", f"a multiple of {step} is documented"


def _of_text(schema: Mapping[str, Any], value: str) -> Iterator[tuple[str, str]]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield "pattern", f"a match of {schema['pattern']} is documented"
    read = _FORMATS.get(schema.get("format", ""))
    if read is not None:
        try:
            read(value)
        except ValueError:
            yield "format", f"a {schema['format']} is documented"


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _is_readable(schema: Mapping[str, Any], value: object) -> bool:
    return not any(found.name.endswith(_UNREADABLE) for found in _of_value("", schema, value))


def _readable(schema: Mapping[str, Any], value: object) -> object:
    if "$ref" in schema:
        return _readable(MODELS[schema["$ref"]], value)
    for part in schema.get("allOf", ()):
        value = _readable(part, value)
    if isinstance(value, list):
        return [_readable(schema.get("items", {}), item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    documented, others = schema.get("properties", {}), schema.get("additionalProperties")
    kept: dict[str, object] = {}
    for name, item in cast("dict[str, object]", value).items():
        part = documented.get(name, others if isinstance(others, dict) else {})
        item = _readable(part, item)  # noqa: PLW2901 - what is kept of it
        if name in schema.get("required", ()) or _is_readable(part, item):
            kept[name] = item
    return kept

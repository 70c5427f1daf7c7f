"""Media types of content in the document."""

from __future__ import annotations

from typing import Any

__all__ = ["JSON", "json_schema", "media_types"]

JSON = "application/json"


def media_types(content: dict[str, Any]) -> list[str]:
    """Return the media types of some content, without parameters such as charset; any kind of JSON is JSON."""
    types = (given.partition(";")[0].strip().lower() for given in content)
    return [JSON if given.endswith("+json") else given for given in types]


def json_schema(content: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of content that is JSON; None if it is not, or has no schema."""
    if media_types(content) != [JSON]:
        return None
    schema: dict[str, Any] | None = next(iter(content.values())).get("schema")
    return schema

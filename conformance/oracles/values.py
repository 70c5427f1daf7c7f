"""What several oracles say about bodies and media types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.oracles.registry import Judgement, breaks, holds

if TYPE_CHECKING:
    from conformance.exchange import Exchange

__all__ = ["described", "json_media_type"]

SHOWN = 120


def described(value: object) -> str:
    """Name a JSON value's type and show its beginning."""
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return f"{kinds.get(type(value), 'null')} {shown}" if value is not None else "null"


def json_media_type(exchange: Exchange) -> Judgement:
    """Judge that there is one Content-Type and that it is application/json, with whatever parameters."""
    values = exchange.response.values("Content-Type")
    if len(values) != 1:
        return breaks("one Content-Type", f"{len(values)} of them")
    essence = values[0].partition(";")[0].strip().lower()
    return holds() if essence == "application/json" else breaks("Content-Type: application/json", repr(values[0]))

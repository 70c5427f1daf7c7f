"""Lists of the control interface, and what they show of a batch and of a recorded request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from conformance.mock.batches import Batch
    from conformance.mock.record import RecordedRequest

__all__ = ["listing", "shown_batch", "shown_request"]

_ValueT = TypeVar("_ValueT")

_BLOCK = 16
"""Entries of a list that are in memory at the same time as JSON."""


def listing(name: str, items: Sequence[_ValueT], shown: Callable[[_ValueT], dict[str, Any]]) -> Response:
    """Return a list, which is made while it is sent, so that a client that does not read it takes no memory."""

    async def blocks() -> AsyncIterator[str]:
        yield f'{{"{name}":['
        for start in range(0, len(items), _BLOCK):
            entries = [shown(item) for item in items[start : start + _BLOCK]]
            yield ("," if start else "") + json.dumps(entries, ensure_ascii=False, separators=(",", ":"))[1:-1]
        yield "]}"

    return StreamingResponse(blocks(), media_type="application/json")


def shown_request(entry: RecordedRequest) -> dict[str, Any]:
    """Return a recorded request as the control interface shows it."""
    return {
        "method": entry.method,
        "target": entry.target,
        "headers": entry.headers,
        "status": entry.status,
        "operation_id": entry.operation_id,
        "async_job_id": entry.path_parameters.get("async_job_id"),
    }


def shown_batch(batch: Batch) -> dict[str, str]:
    """Return a batch as the control interface shows it."""
    return {"async_job_id": batch.async_job_id, "project_id": batch.project_id, "status": batch.status.value}

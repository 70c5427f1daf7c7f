"""Lists of the control interface, and what they show of a batch and of a recorded request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from conformance.mock.batches import Batch
    from conformance.mock.record import RecordedRequest

__all__ = ["listing", "shown_batch", "shown_request"]

_ValueT = TypeVar("_ValueT")


def listing(name: str, blocks: Iterable[list[_ValueT]], shown: Callable[[_ValueT], dict[str, Any]]) -> Response:
    """Return a list, whose blocks are read while it is sent, so that one that no client reads takes little memory."""

    async def pieces() -> AsyncIterator[str]:
        yield f'{{"{name}":['
        separator = ""
        for block in filter(None, blocks):
            entries = [shown(item) for item in block]
            yield separator + json.dumps(entries, ensure_ascii=False, separators=(",", ":"))[1:-1]
            separator = ","
        yield "]}"

    return StreamingResponse(pieces(), media_type="application/json")


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

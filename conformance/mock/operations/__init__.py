"""The operations of the API, one module each.

A module exports `OPERATION_ID`, the operationId of the OpenAPI document, and `create_handler`. To add an operation, add
its module and name it in `_MODULES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.mock.operations import commit

if TYPE_CHECKING:
    from conformance.mock.pipeline import Handler
    from conformance.mock.store import BatchStore

__all__ = ["create_handlers"]

_MODULES = (commit,)


def create_handlers(store: BatchStore) -> dict[str, Handler]:
    """Return the handler of each operation by operationId, in the order of the modules."""
    return {module.OPERATION_ID: module.create_handler(store) for module in _MODULES}

"""Batches and their states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Batch", "BatchStatus"]


class BatchStatus(Enum):
    """The documented states of a batch."""

    VALIDATING = "ASYNC_JOB_VALIDATING"
    VALIDATE_FAILED = "ASYNC_JOB_VALIDATE_FAILED"
    READY = "AUTO_PARAM_VALIDATE_SUCCESS"
    COMMITTED = "COMMIT_SUCCESS"


@dataclass(frozen=True)
class Batch:
    """One batch of tasks.

    Attributes:
        async_job_id: The ID, unique across all projects.
        project_id: The project that the batch belongs to.
        status: The state.
    """

    async_job_id: str
    project_id: str
    status: BatchStatus

"""The operation CommitAsyncJob: commit a batch whose parameters have been validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mock.answers import Answer, ServiceError
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.messages import AnswerLanguage, ServiceMessage, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.pipeline import OperationCall
    from conformance.mock.store import BatchStore

__all__ = ["OPERATION_ID", "CommitAsyncJob", "create_handler"]

OPERATION_ID = "CommitAsyncJob"

_WRONG_STATE = {
    BatchStatus.VALIDATING: ServiceMessage.VALIDATING,
    BatchStatus.VALIDATE_FAILED: ServiceMessage.VALIDATE_FAILED,
    BatchStatus.COMMITTED: ServiceMessage.ALREADY_COMMITTED,
    # Only if the batch was replaced by another with the same ID between the attempt and the lookup.
    BatchStatus.READY: ServiceMessage.CONFLICT,
}


def refuse(async_job_id: str, batch: Batch | None, language: AnswerLanguage) -> ServiceError | None:
    """Return the refusal of a batch that cannot be committed; `None` would accept it.

    The codes are a choice: the page documents only DRS.10000001, without a reason. Many other operations answer
    DRS.10000010 for a task that does not exist.
    """
    if batch is None:
        return ServiceError("DRS.10000010", text(ServiceMessage.UNKNOWN, language, async_job_id))
    return ServiceError("DRS.10000001", text(_WRONG_STATE[batch.status], language, async_job_id))


def render(async_job_id: str, language: AnswerLanguage) -> Answer:
    """Build the answer to a successful commit."""
    message = text(ServiceMessage.COMMITTED, language)
    job = {"async_job_id": async_job_id, "status": BatchStatus.COMMITTED.value, "msg": message}
    return Answer.of_json(200, {"job": job})


@dataclass(frozen=True)
class CommitAsyncJob:
    """The handler of the operation, composed of steps.

    Attributes:
        submit: Commits a batch, given project and batch ID, if it is ready; returns whether it did.
        find: Finds a batch, given project and batch ID.
        siblings: Lists the batches of a project, oldest first; only faults use it.
        refuse: Returns the refusal of a batch that was not committed.
        render: Builds the answer to a success.
    """

    submit: Callable[[str, str], bool]
    find: Callable[[str, str], Batch | None]
    siblings: Callable[[str], list[Batch]]
    refuse: Callable[[str, Batch | None, AnswerLanguage], ServiceError | None] = refuse
    render: Callable[[str, AnswerLanguage], Answer] = render

    def __call__(self, call: OperationCall) -> Answer:
        """Commit the batch of the path; raises `ServiceError` if it cannot be committed."""
        project_id, async_job_id = call.path_parameters["project_id"], call.path_parameters["async_job_id"]
        # Commit first and find the reason afterwards: a check before would leave a gap between check and change.
        if not self.submit(project_id, async_job_id):
            refusal = self.refuse(async_job_id, self.find(project_id, async_job_id), call.language)
            if refusal is not None:
                raise refusal
        return self.render(async_job_id, call.language)


def create_handler(store: BatchStore) -> CommitAsyncJob:
    """Return the handler that commits batches of this store."""

    def submit(project_id: str, async_job_id: str) -> bool:
        return store.transition(project_id, async_job_id, BatchStatus.READY, BatchStatus.COMMITTED)

    def find(project_id: str, async_job_id: str) -> Batch | None:
        return store.find(async_job_id, project_id)

    return CommitAsyncJob(submit, find, store.listed)

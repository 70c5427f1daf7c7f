"""The operations of the API, as calls in one project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.models import CommitAsyncJobXLanguage, CommittedAsyncJob
from drs_batch_client.runtime.answers import Call
from drs_batch_client.runtime.auth import ProjectAuth
from drs_batch_client.runtime.checks import check_number
from drs_batch_client.runtime.deadlines import SHORTEST, Deadline
from drs_batch_client.runtime.paths import check_segment
from drs_batch_client.runtime.redaction import Redactor
from drs_batch_client.runtime.settings import checked_timeout
from drs_batch_client.runtime.signing import sent_credentials

if TYPE_CHECKING:
    import httpx
    from drs_batch_client.client import Client

__all__ = ["Language", "LanguageName", "Project"]

Language = CommitAsyncJobXLanguage
"""Language of the messages in an answer."""

LanguageName = Literal["en-us", "zh-cn"]


@frozen(kw_only=True)
class Project:
    """A project, and the credentials for it.

    Attributes:
        project_id: ID of the project.
        base_url: Base URL of the service, without a slash at the end.
        auth: The credentials.
        secrets: Secrets besides those of the credentials.
        validate: Whether to compare answers with the documented limits.
        deadline: Seconds that a call may take unless it has a deadline of its own.
        generated: The client that the generated functions take.
    """

    project_id: str
    base_url: str
    auth: httpx.Auth
    secrets: tuple[str, ...] = field(repr=False)
    validate: bool
    deadline: float
    generated: Client = field(repr=False)

    def commit_async_job(
        self,
        async_job_id: str,
        language: Language | LanguageName,
        timeout: float | httpx.Timeout | None,
        deadline: float | None,
    ) -> Call[CommittedAsyncJob]:
        """Return the call of CommitAsyncJob.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An argument is not valid.
        """
        checked("async_job_id", async_job_id)
        if deadline is not None:
            check_number("deadline", deadline, least=SHORTEST)
        arguments = commit_async_job._get_kwargs(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this package
            self.project_id, async_job_id, x_language=Language(language)
        )
        limits = {} if timeout is None else {"timeout": checked_timeout(timeout)}
        return Call(
            operation="CommitAsyncJob",
            purpose=f"the commit of batch {async_job_id!r}",
            effect=f"batch {async_job_id!r} was committed",
            remedy=(
                "Check the state of the batch before you commit it again, in the console or by"
                f" GET {self.base_url}/v5/{self.project_id}/batch-async-jobs: COMMIT_SUCCESS means committed"
            ),
            arguments={**arguments, "url": self.base_url + arguments["url"], **limits},
            parse=_committed,
            other=lambda job: None if job.async_job_id == async_job_id else str(job.async_job_id),
            requested=async_job_id,
            validate=self.validate,
            redactor=self.redactor,
            deadline=Deadline(self.deadline if deadline is None else deadline),
        )

    def redactor(self, request: httpx.Request | None) -> Redactor:
        """Return what masks the secrets, and what authenticated a request if there is one."""
        secrets = self.auth.secrets if isinstance(self.auth, ProjectAuth) else ()
        return Redactor(*self.secrets, *secrets, *sent_credentials(request.headers.multi_items() if request else ()))


def checked(name: str, value: str) -> str:
    """Return an ID, or raise an error that names it if it is not valid."""
    check_segment(name, value)
    for end in (value[0], value[-1]):
        if end.isspace() or not end.isprintable():
            raise ValueError(f"{name} must not begin or end with a blank or an invisible character: {value!r}")
    if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} must be Unicode characters, without half of a surrogate pair: {value!r}")
    return value


def _committed(response: httpx.Response) -> CommittedAsyncJob:
    # Only the job is parsed, not the CommitResult around it, which would be discarded.
    return CommittedAsyncJob.from_dict(response.json()["job"])

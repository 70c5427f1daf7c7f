"""The operations of the API as calls on one project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import field, frozen
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.models import CommitAsyncJobXLanguage, CommittedAsyncJob
from drs_batch_client.runtime.answers import Call
from drs_batch_client.runtime.auth import ProjectAuth

if TYPE_CHECKING:
    import httpx
    from drs_batch_client.client import Client

__all__ = ["Language", "LanguageName", "Project"]

Language = CommitAsyncJobXLanguage
"""Language of the messages in an answer."""

LanguageName = Literal["en-us", "zh-cn"]

# What no path can have as a segment: it would be resolved, or name something else.
_NO_ID = ("", ".", "..")


@frozen(kw_only=True)
class Project:
    """A project at a service, and who asks.

    Attributes:
        project_id: ID of the project.
        base_url: Where the service is, without a slash at the end.
        auth: The credentials.
        validate: Whether answers are held against the documented limits.
        generated: The client that the generated functions take.
    """

    project_id: str
    base_url: str
    auth: httpx.Auth
    validate: bool
    generated: Client = field(repr=False)

    def commit_async_job(self, async_job_id: str, language: Language | LanguageName) -> Call[CommittedAsyncJob]:
        """Return the call of CommitAsyncJob.

        Raises:
            TypeError: The ID is no text.
            ValueError: The ID or the language is none.
        """
        checked("async_job_id", async_job_id)
        arguments = commit_async_job._get_kwargs(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - of this package
            self.project_id, async_job_id, x_language=Language(language)
        )
        return Call(
            operation="CommitAsyncJob",
            purpose=f"the commit of batch {async_job_id!r}",
            remedy=(
                "Do not commit the batch again before you have looked at it: the console shows its state, and so does"
                f" GET {self.base_url}/v5/{self.project_id}/batch-async-jobs; COMMIT_SUCCESS means that it is committed"
            ),
            arguments=arguments | {"url": self.base_url + arguments["url"]},
            parse=_committed,
            validate=self.validate,
            secrets=self.secrets,
        )

    def secrets(self) -> tuple[str, ...]:
        """Return what must not be shown anywhere."""
        return self.auth.secrets if isinstance(self.auth, ProjectAuth) else ()


def checked(name: str, value: str) -> str:
    """Return the ID of something, if it can be one."""
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody checks types
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value in _NO_ID:
        raise ValueError(f"{name} must not be {value!r}")
    return value


def _committed(response: httpx.Response) -> CommittedAsyncJob:
    # What is around it, a CommitResult, would be made only to be thrown away.
    return CommittedAsyncJob.from_dict(response.json()["job"])

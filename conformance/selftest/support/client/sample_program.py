"""A user's program that uses each public name of the client. Type checkers read it, and it runs on the mock."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from drs_batch_client import (
    AccessKeyAuth,
    AsyncDrsClient,
    AsyncRetryTransport,
    AuthenticatedClient,
    AuthenticationError,
    Client,
    DeviationWarning,
    DrsClient,
    DrsError,
    DrsResponse,
    Language,
    NotPublishedError,
    OtherBatchWarning,
    OutcomeUnknownError,
    PasswordAuth,
    PermissionDeniedError,
    ProjectAuth,
    RefusedError,
    Region,
    RejectedError,
    Retries,
    RetryTransport,
    ThrottledError,
    TokenAuth,
    TransportError,
    UnavailableError,
    UnexpectedAnswerError,
    connect,
    connect_async,
)
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.models import CommitResult, CommittedAsyncJob, GatewayError, ServiceError
from drs_batch_client.types import Response, Unset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REGION: Region = "cn-north-4"
RETRIES = Retries(attempts=2, wait=0.5, longest=10)


@dataclass(frozen=True)
class Account:
    base_url: str
    project_id: str
    token: str = field(repr=False)
    user: str
    password: str = field(repr=False)
    domain: str
    access_key: str
    secret_key: str = field(repr=False)


def credentials(account: Account) -> list[ProjectAuth]:
    return [
        TokenAuth(account.token),
        PasswordAuth(user=account.user, password=account.password, domain=account.domain, iam_url=account.base_url),
        AccessKeyAuth(access_key=account.access_key, secret_key=account.secret_key),
    ]


def commit(account: Account, batches: Sequence[str]) -> Iterator[CommittedAsyncJob]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeviationWarning)
        warnings.simplefilter("default", OtherBatchWarning)
        for auth, batch in zip(credentials(account), batches, strict=True):
            with connect(
                base_url=account.base_url, project_id=account.project_id, auth=auth, retries=RETRIES, validate=True
            ) as client:
                yield client.commit_async_job(batch, language=Language.ZH_CN)


async def commit_concurrently(account: Account, batches: Sequence[str]) -> list[CommittedAsyncJob]:
    client: AsyncDrsClient
    jobs: list[CommittedAsyncJob] = []
    for auth, batch in zip(credentials(account), batches, strict=True):
        client = connect_async(
            base_url=account.base_url, project_id=account.project_id, auth=auth, timeout=httpx.Timeout(30), retries=None
        )
        async with client:
            jobs.append(await client.commit_async_job(batch, language="zh-cn"))
    return jobs


def commit_over_own_connections(account: Account, batch: str) -> CommittedAsyncJob:
    auth = TokenAuth(account.token)
    with httpx.Client(transport=RetryTransport(httpx.HTTPTransport(), RETRIES)) as http:
        client = connect(base_url=account.base_url, project_id=account.project_id, auth=auth, http_client=http)
        return client.commit_async_job(batch)


async def commit_over_own_connections_concurrently(account: Account, batch: str) -> CommittedAsyncJob:
    auth = TokenAuth(account.token)
    async with httpx.AsyncClient(transport=AsyncRetryTransport(httpx.AsyncHTTPTransport(), Retries())) as http:
        client = connect_async(base_url=account.base_url, project_id=account.project_id, auth=auth, http_client=http)
        return await client.commit_async_job(batch)


def commit_with_response(account: Account, batch: str) -> tuple[str, str]:
    with connect(
        base_url=account.base_url, project_id=account.project_id, auth=TokenAuth(account.token), deadline=60
    ) as client:
        response: DrsResponse[CommittedAsyncJob] = client.with_response.commit_async_job(batch, timeout=30, deadline=40)
    assert response.request_id == response.headers["X-Request-Id"]
    return response.parsed.async_job_id, f"status {response.status_code}, {response.attempts} attempt"


async def commit_with_response_concurrently(account: Account, batch: str) -> DrsResponse[CommittedAsyncJob]:
    async with connect_async(
        base_url=account.base_url, project_id=account.project_id, auth=TokenAuth(account.token), deadline=60
    ) as client:
        return await client.with_response.commit_async_job(batch, timeout=httpx.Timeout(30), deadline=40)


def client_in_a_region(project_id: str, token: str) -> DrsClient:
    return connect(region=REGION, project_id=project_id, auth=TokenAuth(token), user_agent="sample", verify=True)


def commit_by_generated_functions(account: Account, batches: Sequence[str]) -> Iterator[str]:
    first, second, third = batches
    with AuthenticatedClient(account.base_url, account.token, timeout=httpx.Timeout(30)) as authenticated:
        answer: Response[CommitResult | GatewayError | ServiceError] = commit_async_job.sync_detailed(
            account.project_id, first, client=authenticated, x_language=Language.EN_US
        )
        yield describe(answer.parsed)
    with Client(account.base_url).with_headers({"X-Auth-Token": account.token}) as plain:
        yield describe(commit_async_job.sync(account.project_id, second, client=plain))
    with connect(base_url=account.base_url, project_id=account.project_id, auth=TokenAuth(account.token)) as client:
        yield describe(commit_async_job.sync(client.project_id, third, client=client.generated))


def describe(result: CommitResult | GatewayError | ServiceError | None) -> str:
    match result:
        case CommitResult(job=job):
            return job.async_job_id if isinstance(job.status, Unset) else f"{job.async_job_id} {job.status}"
        case ServiceError() | GatewayError():
            return result.error_code
        case None:
            return "undocumented"


def advise(error: DrsError) -> str:
    match error:
        case RefusedError():
            advice = f"the service refuses: {error.error_code}"
        case AuthenticationError() | PermissionDeniedError() | NotPublishedError():
            advice = f"check the credentials, the rights or the region; request {error.request_id}"
        case ThrottledError() | UnavailableError():
            advice = f"try again after {error.retry_after or RETRIES.longest:.0f} s"
        case RejectedError():
            advice = f"the gateway rejects: {error.error_code}, status {error.status}"
        case TransportError():
            advice = "not sent; try again"
        case UnexpectedAnswerError():
            advice = f"look at the batch; the answer was {error.content[:40]!r}"
        case OutcomeUnknownError():
            advice = "look at the batch before it is committed again"
        case _:
            advice = str(error)
    return advice

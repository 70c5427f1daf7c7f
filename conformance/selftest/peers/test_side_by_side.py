"""Tests that the vendor's SDK and our client, each with a separate mock, get the same results from the same script."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from drs_batch_client import AccessKeyAuth, DrsError, connect, connect_async
from drs_batch_client.models import CommittedAsyncJob
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkdrs.v5 import CommitAsyncJobRequest, DrsClient

from conformance.mock.settings import ACCESS_KEY, FOREIGN_PROJECT_ID, PROJECT_ID, SECRET_KEY
from conformance.selftest.support.mock_client import READY, running_mock

# The SDK calls datetime.utcnow, which is deprecated since Python 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

VALIDATING = "ASYNC_JOB_VALIDATING"
FAILED = "ASYNC_JOB_VALIDATE_FAILED"
BATCHES = {
    "ready-1": READY,
    "ready-2": READY,
    "ready-3": READY,
    "untouched": READY,
    "being-checked": VALIDATING,
    "failed": FAILED,
    "a b/c": READY,
    "100%?x#y&z=+;": READY,
    "批次-一": READY,
}


@dataclass(frozen=True)
class Step:
    """One commit, its credentials, and the expected status of the answer."""

    batch: str
    status: int
    language: str | None = None
    secret_key: str = SECRET_KEY
    access_key: str = ACCESS_KEY
    project_id: str = PROJECT_ID


SCRIPT = (
    Step("ready-1", 200, "en-us"),
    Step("ready-2", 200, "zh-cn"),
    # Without a language, the SDK does not send X-Language and our client sends en-us, the default of the service.
    Step("ready-3", 200),
    *(
        Step(batch, 400, language)
        for language in ("en-us", "zh-cn", None)
        for batch in ("ready-1", "unknown", "being-checked", "failed")
    ),
    Step("a b/c", 200, "en-us"),
    Step("100%?x#y&z=+;", 200, "en-us"),
    Step("批次-一", 200, "zh-cn"),
    Step("批次-二", 400, "zh-cn"),
    Step("untouched", 401, secret_key="another-secret-key"),
    Step("untouched", 401, access_key="ANOTHERACCESSKEY"),
    Step("untouched", 403, project_id=FOREIGN_PROJECT_ID),
)


@dataclass(frozen=True)
class Result:
    """The result of a commit for the caller, without the request ID, which always differs."""

    status: int
    job: dict[str, Any] | None = None
    error_code: str | None = None
    error_msg: str | None = None


def by_sdk(url: str, step: Step) -> Result:
    credentials = BasicCredentials(step.access_key, step.secret_key, step.project_id)
    client = DrsClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
    try:
        answer = client.commit_async_job(CommitAsyncJobRequest(async_job_id=step.batch, x_language=step.language))
    except ServiceResponseException as error:
        return Result(error.status_code, error_code=error.error_code, error_msg=error.error_msg)
    finally:
        client.close()
    return Result(answer.status_code, job=answer.job.to_dict())


def by_client(url: str, step: Step) -> Result:
    try:
        with connect(base_url=url, project_id=step.project_id, auth=auth(step)) as client:
            job = client.commit_async_job(step.batch, **language(step))
    except DrsError as error:
        return failure(error)
    return success(job)


def by_async_client(url: str, step: Step) -> Result:
    async def run() -> CommittedAsyncJob:
        async with connect_async(base_url=url, project_id=step.project_id, auth=auth(step)) as client:
            return await client.commit_async_job(step.batch, **language(step))

    try:
        return success(asyncio.run(run()))
    except DrsError as error:
        return failure(error)


def auth(step: Step) -> AccessKeyAuth:
    return AccessKeyAuth(access_key=step.access_key, secret_key=step.secret_key)


def language(step: Step) -> dict[str, Any]:
    return {} if step.language is None else {"language": step.language}


def success(job: CommittedAsyncJob) -> Result:
    # Our client does not return the status, since it raises an error for any but 200.
    return Result(200, job=job.to_dict())


def failure(error: DrsError) -> Result:
    assert error.status is not None
    assert error.request_id
    return Result(error.status, error_code=error.error_code, error_msg=error.error_msg)


@dataclass(frozen=True)
class ScriptResult:
    """The results for the caller, the requests, and the final states of the batches."""

    results: list[Result]
    targets: list[str]
    states: dict[str, str]


def run_script(run: Callable[[str, Step], Result]) -> ScriptResult:
    with running_mock() as mock:
        for batch, status in BATCHES.items():
            mock.make(status, async_job_id=batch)
        results = [run(mock.server.url, step) for step in SCRIPT]
        requests = mock.client.get("/_mock/requests").json()["requests"]
        batches = mock.client.get("/_mock/batches").json()["batches"]
    return ScriptResult(
        results,
        targets=[f"{request['method']} {request['target']}" for request in requests],
        states={batch["async_job_id"]: batch["status"] for batch in batches},
    )


def test_the_sdk_gets_the_expected_results() -> None:
    result = run_script(by_sdk)
    assert [step_result.status for step_result in result.results] == [step.status for step in SCRIPT]
    assert len(result.targets) == len(SCRIPT)
    assert {name for name, status in result.states.items() if status != "COMMIT_SUCCESS"} == {
        "untouched",
        "being-checked",
        "failed",
    }


@pytest.mark.parametrize("run", [by_client, by_async_client], ids=["sync", "async"])
def test_our_client_gets_the_same_results_as_the_sdk(run: Callable[[str, Step], Result]) -> None:
    assert asdict(run_script(run)) == asdict(run_script(by_sdk))

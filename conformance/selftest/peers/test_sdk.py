"""Tests that the vendor's Python SDK, which signs each request with AK/SK, commits batches at the mock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkdrs.v5 import CommitAsyncJobRequest, DrsClient

from conformance.mock.settings import MockSettings, utc_now
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

# The SDK calls datetime.utcnow, which is deprecated since Python 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

COMMITTED = "COMMIT_SUCCESS"
VALIDATING = "ASYNC_JOB_VALIDATING"
FAILED = "ASYNC_JOB_VALIDATE_FAILED"
DEFAULTS = MappingProxyType(
    {
        "ak": MockSettings().access_key,
        "sk": MockSettings().secret_key,
        "project_id": MockSettings().project_id,
    }
)

Commit = Callable[..., Any]


@contextmanager
def sdk(mock: MockClient, **credentials: str) -> Iterator[Commit]:
    """Yield a function that commits through the SDK, by default with the credentials of the mock."""
    builder = DrsClient.new_builder().with_credentials(BasicCredentials(**{**DEFAULTS, **credentials}))
    client = builder.with_endpoint(mock.server.url).build()

    def commit(async_job_id: str, language: str | None = None) -> Any:  # noqa: ANN401 - the SDK has no types
        return client.commit_async_job(CommitAsyncJobRequest(async_job_id=async_job_id, x_language=language))

    try:
        yield commit
    finally:
        client.close()


@pytest.fixture
def commit(mock: MockClient) -> Iterator[Commit]:
    """A function that commits with the credentials of the mock."""
    with sdk(mock) as function:
        yield function


def refused(commit: Commit, async_job_id: str, language: str | None = None) -> ClientRequestException:
    with pytest.raises(ClientRequestException) as raised:
        commit(async_job_id, language)
    assert raised.value.request_id
    return raised.value


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.parametrize("language", [None, "en-us", "zh-cn"])
def test_a_validated_batch_is_committed_and_the_answer_parsed(
    mock: MockClient, commit: Commit, language: str | None
) -> None:
    job_id = mock.make()
    response = commit(job_id, language)
    assert response.status_code == 200
    assert (response.job.async_job_id, response.job.status) == (job_id, COMMITTED)
    assert is_chinese(response.job.msg) is (language == "zh-cn")
    assert mock.status(job_id) == COMMITTED


@pytest.mark.parametrize("async_job_id", ["a b/c", "100%", "%2F", "批次", "a?b#c"])
def test_an_id_reaches_the_mock_unchanged(mock: MockClient, commit: Commit, async_job_id: str) -> None:
    mock.make(async_job_id=async_job_id)
    assert commit(async_job_id).job.async_job_id == async_job_id


@pytest.mark.parametrize("language", [None, "zh-cn"])
@pytest.mark.parametrize("status", [None, VALIDATING, FAILED, COMMITTED])
def test_any_other_batch_is_refused_with_a_service_error(
    mock: MockClient, commit: Commit, status: str | None, language: str | None
) -> None:
    job_id = mock.make(status) if status else "no-batch-has-this-id"
    error = refused(commit, job_id, language)
    assert error.status_code == 400
    assert len(error.error_code) == 12
    assert error.error_code.startswith("DRS.")
    assert job_id in error.error_msg
    assert is_chinese(error.error_msg) is (language == "zh-cn")
    if status:
        assert mock.status(job_id) == status


def test_a_batch_is_committed_once(mock: MockClient, commit: Commit) -> None:
    job_id = mock.make()
    commit(job_id)
    error = refused(commit, job_id)
    assert (error.status_code, len(error.error_code)) == (400, 12)
    assert mock.status(job_id) == COMMITTED


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [({"sk": "wrong"}, "verify aksk signature fail"), ({"ak": "UNKNOWN"}, "the access key does not exist")],
)
def test_wrong_keys_are_refused_by_the_gateway_and_change_nothing(
    mock: MockClient, credentials: dict[str, str], reason: str
) -> None:
    job_id = mock.make()
    with sdk(mock, **credentials) as commit:
        error = refused(commit, job_id)
    assert (error.status_code, error.error_code) == (401, "APIGW.0301")
    assert error.error_msg.endswith(reason)
    assert mock.status(job_id) == READY


def test_the_project_of_another_user_is_forbidden(mock: MockClient) -> None:
    job_id = mock.make()
    with sdk(mock, project_id=MockSettings().foreign_project_id) as commit:
        error = refused(commit, job_id)
    assert (error.status_code, error.error_code) == (403, "APIGW.0302")
    assert mock.status(job_id) == READY


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_far_off_is_refused(minutes: int) -> None:
    with running_mock(MockSettings(clock=clock_off_by(minutes))) as mock, sdk(mock) as commit:
        job_id = mock.make()
        error = refused(commit, job_id)
        assert (error.status_code, error.error_code) == (401, "APIGW.0301")
        assert "signature expired" in error.error_msg
        assert mock.status(job_id) == READY


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_clock_that_is_a_little_off_is_accepted(minutes: int) -> None:
    with running_mock(MockSettings(clock=clock_off_by(minutes))) as mock, sdk(mock) as commit:
        assert commit(mock.make()).job.status == COMMITTED


def test_the_language_is_sent_only_if_it_is_set(mock: MockClient, commit: Commit) -> None:
    commit(mock.make())
    (recorded,) = mock.client.get("/_mock/requests").json()["requests"]
    assert "x-language" not in dict(recorded["headers"])


def test_the_request_is_signed_and_carries_no_token(mock: MockClient, commit: Commit) -> None:
    job_id = mock.make()
    commit(job_id, "en-us")
    (recorded,) = mock.client.get("/_mock/requests").json()["requests"]
    headers = dict(recorded["headers"])
    assert (recorded["method"], recorded["target"]) == ("POST", mock.path(job_id))
    assert (recorded["operation_id"], recorded["async_job_id"]) == ("CommitAsyncJob", job_id)
    assert "x-auth-token" not in headers
    assert headers["authorization"] == "REDACTED"
    assert headers["x-project-id"] == MockSettings().project_id
    assert (headers["content-type"], headers["content-length"]) == ("application/json", "0")
    assert headers["x-language"] == "en-us"
    assert set(headers) == {
        "user-agent", "accept-encoding", "accept", "connection", "x-language", "content-type", "x-project-id",
        "x-sdk-date", "host", "authorization", "content-length",
    }  # fmt: skip


def clock_off_by(minutes: int) -> Callable[[], datetime]:
    return lambda: utc_now() + timedelta(minutes=minutes)

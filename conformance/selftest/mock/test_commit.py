"""The answer to a commit in each state of a batch, and the state after it."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from conformance.mock.messages import AnswerLanguage, ServiceMessage, text
from conformance.mock.settings import MockSettings
from conformance.selftest.support.mock_client import READY, MockClient, assert_documented, running_mock

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_a_ready_batch_is_committed(shared_mock: MockClient) -> None:
    async_job_id = shared_mock.make()
    response = shared_mock.commit(async_job_id)
    assert response.status_code == 200
    assert_documented(response)
    assert response.json() == {
        "job": {"async_job_id": async_job_id, "status": "COMMIT_SUCCESS", "msg": "The batch was submitted."}
    }
    assert shared_mock.status(async_job_id) == "COMMIT_SUCCESS"


@pytest.mark.parametrize("status", ["ASYNC_JOB_VALIDATING", "ASYNC_JOB_VALIDATE_FAILED", "COMMIT_SUCCESS"])
def test_a_batch_in_another_state_is_refused_and_unchanged(shared_mock: MockClient, status: str) -> None:
    async_job_id = shared_mock.make(status)
    response = shared_mock.commit(async_job_id)
    assert response.status_code == 400
    assert_documented(response)
    assert response.json().keys() == {"error_code", "error_msg"}
    assert response.json()["error_code"] == "DRS.10000001"
    assert async_job_id in response.json()["error_msg"]
    assert shared_mock.status(async_job_id) == status


def test_an_unknown_batch_is_refused(shared_mock: MockClient) -> None:
    response = shared_mock.commit("8b6a3f0e-unknown")
    assert_documented(response)
    assert (response.status_code, response.json()["error_code"]) == (400, "DRS.10000010")


def test_a_batch_of_another_project_is_unknown_and_unchanged(shared_mock: MockClient) -> None:
    async_job_id = shared_mock.make(project_id=shared_mock.server.settings.foreign_project_id)
    response = shared_mock.commit(async_job_id)
    assert (response.status_code, response.json()["error_code"]) == (400, "DRS.10000010")
    assert shared_mock.status(async_job_id) == READY


def test_a_second_commit_is_refused(shared_mock: MockClient) -> None:
    async_job_id = shared_mock.make()
    assert [shared_mock.commit(async_job_id).status_code for _ in range(2)] == [200, 400]


@pytest.mark.parametrize("repetition", range(5))
def test_of_many_simultaneous_commits_one_succeeds(shared_mock: MockClient, repetition: int) -> None:
    async_job_id = shared_mock.make(async_job_id=f"simultaneous-{repetition}-{id(object())}")
    barrier = Barrier(16)

    def commit(_: int) -> int:
        barrier.wait()
        return shared_mock.commit(async_job_id).status_code

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(commit, range(16))) == [200] + [400] * 15


@pytest.mark.parametrize(
    ("headers", "chinese"), [({}, False), ({"X_Language": "en-us"}, False), ({"X_Language": "zh-cn"}, True)]
)
@pytest.mark.parametrize("status", ["ASYNC_JOB_VALIDATING", "ASYNC_JOB_VALIDATE_FAILED", READY, "COMMIT_SUCCESS", None])
def test_the_message_is_in_the_requested_language(
    shared_mock: MockClient, status: str | None, headers: dict[str, str], *, chinese: bool
) -> None:
    async_job_id = shared_mock.make(status) if status else "unknown"
    answer = shared_mock.commit(async_job_id, **headers).json()
    message = answer["job"]["msg"] if status == READY else answer["error_msg"]
    assert bool(CHINESE.search(message)) is chinese


@pytest.mark.parametrize("language", ["", "EN-US", "fr-fr", "zh", "en-us,zh-cn", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_another_language_is_refused(shared_mock: MockClient, language: str) -> None:
    async_job_id = shared_mock.make()
    own = [(name.encode(), value.encode()) for name, value in shared_mock.headers.items()]
    headers = [*own, (b"X-Language", language.encode("latin-1"))]
    response = shared_mock.client.post(shared_mock.path(async_job_id), headers=headers)
    assert_documented(response)
    assert (response.status_code, response.json()["error_code"]) == (400, "DRS.10000009")
    assert shared_mock.status(async_job_id) == READY


def test_two_languages_are_refused(shared_mock: MockClient) -> None:
    headers = [*shared_mock.headers.items(), ("X-Language", "en-us"), ("X-Language", "zh-cn")]
    response = shared_mock.client.post(shared_mock.path("any"), headers=headers)
    assert response.json()["error_code"] == "DRS.10000009"


@pytest.mark.parametrize("message", ServiceMessage)
@pytest.mark.parametrize("language", AnswerLanguage)
def test_no_message_exceeds_the_limit_with_any_id(message: ServiceMessage, language: AnswerLanguage) -> None:
    assert 1 <= len(text(message, language, "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 100_000)) <= 512


def test_an_id_that_looks_like_a_placeholder_is_echoed_unchanged() -> None:
    assert "{id}{id}" in text(ServiceMessage.UNKNOWN, AnswerLanguage.ENGLISH, "{id}{id}")


def test_configured_credentials_replace_the_defaults() -> None:
    with running_mock(MockSettings(token="other", project_id="elsewhere")) as mock:
        async_job_id = mock.make()
        assert mock.commit(async_job_id, X_Auth_Token=MockSettings().token).status_code == 401
        assert mock.commit(async_job_id, MockSettings().project_id).status_code == 403
        assert mock.commit(async_job_id).status_code == 200

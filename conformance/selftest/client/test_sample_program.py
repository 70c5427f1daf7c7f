"""A user's program that type checkers accept works on the mock."""

from __future__ import annotations

import ast
import asyncio
import inspect
from typing import TYPE_CHECKING

import drs_batch_client
import pytest
from drs_batch_client import (
    DrsError,
    OutcomeUnknownError,
    RefusedError,
    RejectedError,
    ThrottledError,
    TransportError,
    UnexpectedAnswerError,
)

from conformance.selftest.support.client import sample_program

if TYPE_CHECKING:
    from conformance.selftest.support.mock_client import MockClient


@pytest.fixture
def account(mock: MockClient) -> sample_program.Account:
    settings = mock.server.settings
    return sample_program.Account(
        base_url=mock.server.url,
        project_id=settings.project_id,
        token=settings.token,
        user=settings.iam_user,
        password=settings.iam_password,
        domain=settings.iam_domain,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
    )


@pytest.fixture
def batches(mock: MockClient) -> list[str]:
    return [mock.make() for _ in range(3)]


def test_it_uses_each_public_name() -> None:
    tree = ast.parse(inspect.getsource(sample_program))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert set(drs_batch_client.__all__) - used == set()


def test_it_commits_with_each_kind_of_credentials(account: sample_program.Account, batches: list[str]) -> None:
    assert [job.async_job_id for job in sample_program.commit(account, batches)] == batches


def test_it_commits_in_asyncio(account: sample_program.Account, batches: list[str]) -> None:
    jobs = asyncio.run(sample_program.commit_concurrently(account, batches))
    assert [job.async_job_id for job in jobs] == batches


def test_it_commits_over_its_own_connections(account: sample_program.Account, batches: list[str]) -> None:
    first, second, _ = batches
    assert sample_program.commit_over_own_connections(account, first).async_job_id == first
    commit = sample_program.commit_over_own_connections_concurrently(account, second)
    assert asyncio.run(commit).async_job_id == second


def test_it_reads_the_response(account: sample_program.Account, batches: list[str]) -> None:
    first, second, _ = batches
    assert sample_program.commit_with_response(account, first) == (first, "status 200, 1 attempt")
    response = asyncio.run(sample_program.commit_with_response_concurrently(account, second))
    assert response.parsed.async_job_id == second


def test_it_may_name_a_region() -> None:
    with sample_program.client_in_a_region("p1", "token") as client:
        assert "https://drs.cn-north-4.myhuaweicloud.com" in repr(client)


def test_it_commits_by_the_generated_functions(account: sample_program.Account, batches: list[str]) -> None:
    results = list(sample_program.commit_by_generated_functions(account, batches))
    assert results == [f"{batch} COMMIT_SUCCESS" for batch in batches]


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (RefusedError("", error_code="DRS.10000001"), "the service refuses: DRS.10000001"),
        (RejectedError("", error_code="APIGW.0102", status=400), "the gateway rejects: APIGW.0102, status 400"),
        (ThrottledError(""), "try again after 10 s"),
        (TransportError(""), "not sent; try again"),
        (UnexpectedAnswerError(""), "look at the batch; the answer was b''"),
        (OutcomeUnknownError(""), "look at the batch before it is committed again"),
        (DrsError("as it is"), "as it is"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DrsError) else "",
)
def test_it_has_advice_for_each_error(error: DrsError, advice: str) -> None:
    assert sample_program.advise(error) == advice

"""One client serves many threads, another many tasks, and each gets its own answer."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import anyio
from drs_batch_client import RefusedError, connect, connect_async

from conformance.selftest.support.client.doors import arguments, at

if TYPE_CHECKING:
    from drs_batch_client.models import CommittedAsyncJob

    from conformance.selftest.support.mock_client import MockClient

CALLERS = 16
CALLS = 5


def make(mock: MockClient) -> list[list[str]]:
    return [[mock.make() for _ in range(CALLS)] for _ in range(CALLERS)]


def test_many_threads_share_a_client(mock: MockClient) -> None:
    batches, together = make(mock), Barrier(CALLERS)

    def work(job_ids: list[str]) -> list[object]:
        together.wait(timeout=60)
        return [client.commit_async_job(job_id).async_job_id for job_id in job_ids]

    with connect(**arguments(at(mock))) as client, ThreadPoolExecutor(CALLERS) as threads:
        assert list(threads.map(work, batches)) == batches


def test_many_threads_that_commit_the_same_batch_commit_it_once(mock: MockClient) -> None:
    job_id, together = mock.make(), Barrier(CALLERS)

    def work(_: int) -> bool:
        together.wait(timeout=60)
        try:
            client.commit_async_job(job_id)
        except RefusedError:
            return False
        return True

    with connect(**arguments(at(mock))) as client, ThreadPoolExecutor(CALLERS) as threads:
        assert sum(threads.map(work, range(CALLERS))) == 1


def test_many_tasks_share_a_client(mock: MockClient) -> None:
    job_ids = [job_id for batches in make(mock) for job_id in batches]

    async def run() -> list[CommittedAsyncJob]:
        async with connect_async(**arguments(at(mock))) as client:
            return await asyncio.gather(*(client.commit_async_job(job_id) for job_id in job_ids))

    assert [job.async_job_id for job in asyncio.run(run())] == job_ids


def test_a_task_that_is_cancelled_does_not_disturb_the_others(mock: MockClient) -> None:
    job_ids = [mock.make() for _ in range(CALLERS)]

    async def run() -> list[object]:
        async with connect_async(**arguments(at(mock))) as client:
            tasks = [asyncio.create_task(client.commit_async_job(job_id)) for job_id in job_ids]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(run())

    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[::2])
    assert [getattr(outcome, "async_job_id", outcome) for outcome in outcomes[1::2]] == job_ids[1::2]


def test_a_time_limit_of_the_caller_ends_a_call(mock: MockClient) -> None:
    async def run() -> bool:
        async with connect_async(**arguments(at(mock))) as client:
            with anyio.move_on_after(0) as scope:
                await client.commit_async_job(mock.make())
        return scope.cancelled_caught

    assert asyncio.run(run())

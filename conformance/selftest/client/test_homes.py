"""A forked process and another event loop get connections of their own, or nothing is sent."""

from __future__ import annotations

import asyncio
import gc
import pickle
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    OtherBatchWarning,
    RefusedError,
    TokenAuth,
    TransportError,
    connect,
    connect_async,
)
from drs_batch_client.runtime.tokens import TokenCache

from conformance.selftest.support.client.clouds import NOW
from conformance.selftest.support.client.doors import TOKEN, accepting, arguments, at
from conformance.selftest.support.client.forks import in_a_fork

if TYPE_CHECKING:
    from drs_batch_client import DrsClient

    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

UNKNOWN = "00000000-0000-0000-0000-000000000000"


def committed(client: DrsClient, job_id: str) -> str:
    return client.commit_async_job(job_id).async_job_id


def test_a_forked_process_gets_its_own_answers(mock: MockClient) -> None:
    with connect(**arguments(at(mock))) as client:
        client.commit_async_job(mock.make())
        for _ in range(5):
            job_id = mock.make()
            with ThreadPoolExecutor(1) as thread:
                child = thread.submit(in_a_fork, partial(committed, client, job_id))
                with pytest.raises(RefusedError):
                    client.commit_async_job(UNKNOWN)
                assert child.result() == job_id


def test_a_fork_of_a_fork_gets_its_own_connections(mock: MockClient) -> None:
    def work() -> list[str]:
        return [
            client.commit_async_job(first).async_job_id,
            in_a_fork(lambda: client.commit_async_job(second)).async_job_id,
        ]

    first, second, third = (mock.make() for _ in range(3))
    with connect(**arguments(at(mock))) as client:
        client.commit_async_job(mock.make())
        assert in_a_fork(work) == [first, second]
        assert client.commit_async_job(third).async_job_id == third


def test_a_fork_that_ends_leaves_the_connections_of_its_parent(mock: MockClient) -> None:
    with connect(**arguments(at(mock))) as client:
        client.commit_async_job(mock.make())
        in_a_fork(client.close)
        job_id = mock.make()
        assert client.commit_async_job(job_id).async_job_id == job_id


@pytest.mark.parametrize("name", ["http_client", "transport"])
def test_connections_of_the_user_send_nothing_in_a_fork(mock: MockClient, name: str) -> None:
    job_id = mock.make()
    own = httpx.Client() if name == "http_client" else httpx.HTTPTransport()
    with own, connect(**arguments({**at(mock), name: own})) as client:
        client.commit_async_job(mock.make())
        error = in_a_fork(lambda: client.commit_async_job(job_id))
        assert isinstance(error, TransportError)
        assert f"was not sent: RuntimeError: {name} was made in another process; connect in this one" in str(error)
        assert client.commit_async_job(job_id).async_job_id == job_id


def test_a_fork_does_not_wait_for_a_token_that_another_thread_requests() -> None:
    cache, entered, leave = TokenCache(lambda: NOW), threading.Event(), threading.Event()

    def fetch() -> Any:  # noqa: ANN401 - never returns one
        entered.set()
        leave.wait(60)
        raise TransportError("later")

    def fail() -> Any:  # noqa: ANN401 - never returns one
        raise TransportError("at once")

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(cache.get, fetch)
        assert entered.wait(60)
        error = in_a_fork(lambda: cache.get(fail))
        leave.set()
        assert isinstance(waiting.exception(), TransportError)
    assert str(error) == "at once"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # event loops are closed before them
def test_two_event_loops_get_connections_of_their_own(mock: MockClient) -> None:
    client = connect_async(**arguments(at(mock)))

    async def run(*, close: bool = False) -> str:
        job_id = mock.make()
        try:
            return "" if (await client.commit_async_job(job_id)).async_job_id == job_id else "other"
        finally:
            if close:
                await client.aclose()

    with warnings.catch_warnings():
        # The first event loop is closed with its connections open.
        warnings.simplefilter("ignore", ResourceWarning)
        assert [asyncio.run(run()), asyncio.run(run()), asyncio.run(run(close=True))] == ["", "", ""]
        gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # event loops are closed before them
def test_event_loops_of_threads_share_a_client(mock: MockClient) -> None:
    client = connect_async(**arguments(at(mock)))
    both = threading.Barrier(2)

    async def run(job_ids: list[str]) -> list[str]:
        try:
            done = []
            for job_id in job_ids:
                both.wait(60)
                done.append((await client.commit_async_job(job_id)).async_job_id)
            return done
        finally:
            await client._http._transport.aclose()  # noqa: SLF001 - the client itself stays open

    batches = [[mock.make() for _ in range(3)] for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(lambda job_ids: asyncio.run(run(job_ids)), batches)) == batches
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # event loops are closed before them
@pytest.mark.parametrize("name", ["http_client", "transport"])
def test_connections_of_the_user_send_nothing_in_another_event_loop(mock: MockClient, name: str) -> None:
    own = httpx.AsyncClient() if name == "http_client" else httpx.AsyncHTTPTransport()
    client = connect_async(**arguments({**at(mock), name: own}))
    first, second = mock.make(), mock.make()

    async def run(job_id: str, *, close: bool = False) -> None:
        await client.commit_async_job(job_id)
        if close:
            await own.aclose()

    asyncio.run(run(first, close=name == "transport"))
    with pytest.raises(TransportError, match=f"{name} was used in another event loop; connect in this one"):
        asyncio.run(run(second))
    assert mock.status(second) != "COMMIT_SUCCESS"
    gc.collect()


@pytest.mark.parametrize("answered", ["ANOTHER", "", 7, None, TOKEN])
def test_an_answer_about_another_batch_is_a_warning(commit: Door, answered: object) -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"job": {"async_job_id": answered}}))

    with pytest.warns(OtherBatchWarning) as caught:
        job = commit("b1", transport=answer)
    [warning] = [record.message for record in caught]
    assert isinstance(warning, OtherBatchWarning)
    assert job.async_job_id == answered
    assert warning.requested == "b1"
    assert warning.answered == ("[redacted]" if answered == TOKEN else str(answered))
    assert str(warning).startswith("CommittedAsyncJob.async_job_id.other: batch 'b1' was requested")
    assert str(pickle.loads(pickle.dumps(warning))) == str(warning)  # noqa: S301 - it is our own


def test_an_answer_about_the_same_batch_is_no_warning(commit: Door) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        commit(transport=httpx.MockTransport(accepting()), auth=TokenAuth(TOKEN))
    assert caught == []


def test_a_warning_as_an_error_does_not_hide_the_result_of_a_commit(commit: Door) -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, json={"job": {"async_job_id": "ANOTHER"}}))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        job = commit("b1", transport=answer)

    assert job.async_job_id == "ANOTHER"

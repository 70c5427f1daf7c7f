"""A deadline ends a call as a whole, and the error says whether the request may have been processed."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AsyncRetryTransport,
    DrsError,
    OutcomeUnknownError,
    Retries,
    RetryTransport,
    ThrottledError,
    TransportError,
    connect,
    connect_async,
)
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.runtime.deadlines import DEADLINE

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.clouds import NOW, Cloud, user_of
from conformance.selftest.support.client.doors import (
    BATCH,
    GATEWAY_ERROR,
    PROJECT,
    Exchanges,
    accepting,
    arguments,
    at,
    blocking,
    own_client,
)
from conformance.selftest.support.servers import answering, holding, trickling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from conformance.selftest.client.conftest import Clock
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

SHORT = 0.5
PASSED = r"; its deadline of 0\.5 s has passed"


@contextmanager
def silent() -> Iterator[str]:
    """Run a server that never answers; yields its URL."""
    with holding() as (url, _):
        yield url


OK = b"HTTP/1.1 200 OK\r\n"
SLOW: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "no answer": silent,
    "a head without end": lambda: trickling(OK, b"X"),
    "headers without end": lambda: trickling(OK + b"X: ", b"y"),
    "interim answers without end": lambda: trickling(b"", b"HTTP/1.1 103 Early\r\n\r\n"),
    "a body without end": lambda: trickling(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a body until the connection ends": lambda: trickling(OK + b"\r\n", b" "),
}


def own_transport(commit: Door) -> dict[str, Any]:
    return {"transport": httpx.HTTPTransport() if commit is blocking else httpx.AsyncHTTPTransport()}


WAYS: list[Callable[[Door], dict[str, Any]]] = [
    lambda _: {},
    own_transport,
    lambda commit: {"http_client": own_client(commit)},
]


@pytest.mark.parametrize("server", SLOW)
@pytest.mark.parametrize("way", WAYS, ids=["", "own transport", "own client"])
def test_a_deadline_after_the_request_was_sent_leaves_the_outcome_unknown(
    commit: Door, server: str, way: Callable[[Door], dict[str, Any]]
) -> None:
    with SLOW[server]() as url, pytest.raises(OutcomeUnknownError, match=PASSED):
        commit(base_url=url, deadline=SHORT, **way(commit))


@pytest.mark.parametrize("scheme", ["https", "proxy"])
def test_a_deadline_before_the_request_was_sent_says_so(commit: Door, scheme: str) -> None:
    with silent() as url:
        where: dict[str, Any] = {"proxy": url} if scheme == "proxy" else {"base_url": url.replace("http:", "https:")}
        with pytest.raises(TransportError, match=f"was not sent: .*{PASSED}"):
            commit(deadline=SHORT, retries=Retries(attempts=4, wait=0), **where)


@pytest.mark.parametrize("server", SLOW)
def test_a_deadline_at_iam_sends_nothing(commit: Door, mock: MockClient, server: str) -> None:
    job_id = mock.make()
    with SLOW[server]() as iam_url, pytest.raises(TransportError, match=r"deadline of .* has passed"):
        commit(job_id, **{**at(mock), "auth": Cloud().auth(iam_url=iam_url)}, deadline=SHORT)
    assert mock.status(job_id) != "COMMIT_SUCCESS"


def test_a_deadline_of_a_connection_that_a_generated_function_made() -> None:
    class Server(QuietHandler):
        def handle(self) -> None:
            self.connection.recv(65536)
            body = b'{"job": {"async_job_id": ""}}'
            self.connection.sendall(OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.connection.recv(65536)
            self.connection.sendall(OK)
            while not over.wait(0.01):
                self.connection.sendall(b"X")

    over = threading.Event()
    with threaded(Server) as url, connect(**arguments({"base_url": url})) as client:
        commit_async_job.sync(PROJECT, BATCH, client=client.generated)
        with pytest.raises(OutcomeUnknownError, match=PASSED):
            client.commit_async_job(BATCH, deadline=SHORT)
        over.set()


def test_a_deadline_before_a_kept_connection_was_used_says_so(mock: MockClient, clock: Clock) -> None:
    """A hook takes all the time, after the client of the user got the request."""

    def slow(_: object) -> None:
        if job_id:
            clock.now += SHORT

    job_id = ""
    with httpx.Client(event_hooks={"request": [slow]}) as own:
        client = connect(**arguments({**at(mock), "http_client": own}))
        client.commit_async_job(mock.make())
        job_id = mock.make()
        with pytest.raises(TransportError, match=f"was not sent: .*{PASSED}"):
            client.commit_async_job(job_id, deadline=SHORT)
    assert mock.status(job_id) != "COMMIT_SUCCESS"


def test_a_task_that_a_hook_starts_has_no_deadline(mock: MockClient, clock: Clock) -> None:
    async def run() -> list[int]:
        async def later() -> int:
            await over.wait()
            clock.now += DEADLINE
            answer = await commit_async_job.asyncio_detailed(client.project_id, mock.make(), client=client.generated)
            return answer.status_code.value

        async def hook(_: object) -> None:
            if not tasks:
                tasks.append(asyncio.create_task(later()))

        over, tasks = asyncio.Event(), list[asyncio.Task[int]]()
        async with connect_async(**at(mock), event_hooks={"request": [hook]}) as client:
            await client.commit_async_job(mock.make())
            over.set()
            return [await task for task in tasks]

    assert asyncio.run(run()) == [200]


def throttling(seconds: int) -> Exchanges:
    return Exchanges(lambda _: httpx.Response(429, headers={"Retry-After": str(seconds)}, json=GATEWAY_ERROR))


def test_no_pause_goes_beyond_a_deadline(commit: Door) -> None:
    exchanges = throttling(30)
    with pytest.raises(ThrottledError) as raised:
        commit(transport=httpx.MockTransport(exchanges), retries=Retries(longest=60), deadline=20)
    assert raised.value.retry_after == 30
    assert len(exchanges.requests) == 1


def test_an_error_says_that_a_deadline_left_no_time_for_a_retry(commit: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("unreachable", request=request)

    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
    how: dict[str, Any] = {"transport": httpx.MockTransport(unreachable), "retries": Retries(wait=30)}
    with pytest.raises(TransportError, match="; its deadline of 20 s leaves no time for a retry") as raised:
        commit(deadline=20, **how)
    assert raised.value.attempts == 1


def test_a_pause_within_a_deadline_is_made(commit: Door) -> None:
    exchanges = throttling(0)
    with pytest.raises(ThrottledError):
        commit(transport=httpx.MockTransport(exchanges), retries=Retries(), deadline=20)
    assert len(exchanges.requests) == 4


def test_a_deadline_holds_for_all_attempts_together(commit: Door) -> None:
    with answering(429, b"{}", {"Retry-After": "0"}) as url, pytest.raises(DrsError):
        commit(base_url=url, retries=Retries(attempts=1_000_000), deadline=SHORT)


def test_each_call_may_have_limits_of_its_own() -> None:
    async def run(url: str) -> None:
        async with connect_async(**arguments({"base_url": url})) as client:
            with pytest.raises(OutcomeUnknownError, match=PASSED):
                await client.commit_async_job(BATCH, deadline=SHORT)
            for limit in (SHORT, httpx.Timeout(5, read=SHORT)):
                with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
                    await client.commit_async_job(BATCH, timeout=limit)

    with silent() as url:
        with connect(**arguments({"base_url": url})) as client:
            with pytest.raises(OutcomeUnknownError, match=PASSED):
                client.commit_async_job(BATCH, deadline=SHORT)
            for limit in (SHORT, httpx.Timeout(5, read=SHORT)):
                with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):
                    client.commit_async_job(BATCH, timeout=limit)
        asyncio.run(run(url))


def test_a_limit_of_one_call_is_that_of_its_request_alone(commit: Door) -> None:
    exchanges = accepting()
    transport = httpx.MockTransport(exchanges)
    commit(transport=transport, timeout=httpx.Timeout(7, connect=None))
    commit(transport=transport, timeout=httpx.Timeout(7, connect=None), deadline=3)
    first, second = (request.extensions["timeout"] for request in exchanges.requests)
    assert first["read"] == 7
    assert 0 < second["connect"] <= 3 < first["connect"] <= DEADLINE


def test_calls_with_time_left_succeed(mock: MockClient) -> None:
    auths = [at(mock)["auth"], user_of(mock, lambda: NOW)]
    for auth in auths:
        with connect(**{**at(mock), "auth": auth, "deadline": 60}) as client:
            job_ids = [mock.make() for _ in range(3)]
            assert [client.commit_async_job(job_id, timeout=30).async_job_id for job_id in job_ids] == job_ids


def test_retry_transports_of_the_user_keep_the_deadline(commit: Door) -> None:
    exchanges = throttling(30)
    transport = httpx.MockTransport(exchanges)
    kind = RetryTransport if commit is blocking else AsyncRetryTransport
    with pytest.raises(ThrottledError):
        commit(http_client=own_client(commit, transport=kind(transport, Retries())), deadline=20)
    assert len(exchanges.requests) == 1

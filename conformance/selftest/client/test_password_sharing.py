"""Many callers share one user: its token is requested once for all of them, even if some give up."""

from __future__ import annotations

import asyncio
import signal
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AuthenticationError, DrsError, PasswordAuth, connect, connect_async

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.clouds import NOW, Cloud, recorded_tokens, user_of
from conformance.selftest.support.client.doors import BATCH, arguments, blocking, in_asyncio
from conformance.selftest.support.mock_client import READY, MockClient, running_mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREADS, TASKS = 20, 50


class Times:
    """The time of the client's clock and of the mock's."""

    def __init__(self) -> None:
        self.here = self.there = NOW


class Commits:
    """A mock whose user commits from many places at once, and the tokens that it has issued."""

    def __init__(self, mock: MockClient, issued: list[str], times: Times) -> None:
        self.issued = issued
        self.times = times
        self._mock = mock
        settings = mock.server.settings
        auth = user_of(mock, lambda: times.here)
        # One context for all clients, since loading the certificates takes time.
        verify = ssl.create_default_context()
        place = {"base_url": mock.server.url, "project_id": settings.project_id}
        self._how: dict[str, Any] = {**place, "auth": auth, "verify": verify}

    def from_threads(self) -> None:
        """Commit from several threads at the same time, each with its own client."""
        barrier = threading.Barrier(THREADS)

        def commit(batch: str) -> str:
            with connect(**self._how) as client:
                barrier.wait()
                return client.commit_async_job(batch).async_job_id

        batches = self._made(THREADS)
        with ThreadPoolExecutor(THREADS) as pool:
            assert list(pool.map(commit, batches)) == batches

    def from_tasks(self) -> None:
        """Commit from several tasks with one client."""

        async def run() -> None:
            async with connect_async(**self._how) as client:
                jobs = await asyncio.gather(*(client.commit_async_job(batch) for batch in batches))
            assert [job.async_job_id for job in jobs] == batches

        batches = self._made(TASKS)
        asyncio.run(run())

    def _made(self, count: int) -> list[str]:
        response = self._mock.client.post("/_mock/batches", json={"status": READY, "count": count})
        return [batch["async_job_id"] for batch in response.json()["batches"]]


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Commits]:
    times = Times()
    with running_mock(MockSettings(clock=lambda: times.there)) as mock:
        yield Commits(mock, recorded_tokens(monkeypatch), times)


@pytest.mark.parametrize("places", [Commits.from_threads, Commits.from_tasks], ids=["threads", "tasks"])
def test_one_token_serves_all_of_them(commits: Commits, places: Callable[[Commits], None]) -> None:
    places(commits)
    assert len(commits.issued) == 1
    commits.times.here += timedelta(hours=23, minutes=56)
    places(commits)
    assert len(commits.issued) == 2


@pytest.mark.parametrize("places", [Commits.from_threads, Commits.from_tasks], ids=["threads", "tasks"])
def test_after_a_401_one_new_token_serves_all_of_them(commits: Commits, places: Callable[[Commits], None]) -> None:
    places(commits)
    commits.times.there += timedelta(days=2)
    places(commits)
    assert len(commits.issued) == 2


def test_threads_and_event_loops_use_each_others_token() -> None:
    cloud = Cloud()
    how: dict[str, Any] = {"auth": cloud.auth(), "transport": httpx.MockTransport(cloud)}
    for commit in (blocking, in_asyncio, blocking, in_asyncio):
        commit(**how)
    assert cloud.tokens == ["token-1"] * 4


class SlowIam:
    """A cloud for asyncio, whose IAM answers when the test says so."""

    def __init__(self) -> None:
        self.cloud = Cloud()
        self.asked = asyncio.Event()
        self.ready = asyncio.Event()
        self.transport = httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.cloud(request)
        if request.url.path == "/v3/auth/tokens":
            self.asked.set()
            await self.ready.wait()
        return answer

    async def commit(self, auth: PasswordAuth) -> str:
        async with connect_async(**arguments({"auth": auth, "transport": self.transport})) as client:
            return (await client.commit_async_job(BATCH)).async_job_id


@pytest.mark.parametrize(("cancelled", "asked"), [(0, 2), (1, 1), (TASKS - 1, 1)], ids=["first", "second", "last"])
def test_a_cancelled_task_does_not_cancel_the_others(cancelled: int, asked: int) -> None:
    async def run() -> tuple[list[object], int]:
        iam = SlowIam()
        auth = iam.cloud.auth()
        tasks = [asyncio.create_task(iam.commit(auth)) for _ in range(TASKS)]
        await iam.asked.wait()
        tasks[cancelled].cancel()
        await asyncio.wait([tasks[cancelled]])
        iam.ready.set()
        return await asyncio.gather(*tasks, return_exceptions=True), len(iam.cloud.asked)

    outcomes, times = asyncio.run(run())
    assert isinstance(outcomes.pop(cancelled), asyncio.CancelledError)
    assert outcomes == [BATCH] * (TASKS - 1)
    assert times == asked


def test_a_failed_request_fails_all_that_waited_for_it() -> None:
    async def run() -> tuple[list[object], int]:
        iam = SlowIam()
        iam.cloud.answer = httpx.Response(503)
        auth = iam.cloud.auth()
        tasks = [asyncio.create_task(iam.commit(auth)) for _ in range(TASKS)]
        await iam.asked.wait()
        iam.ready.set()
        return await asyncio.gather(*tasks, return_exceptions=True), len(iam.cloud.asked)

    outcomes, asked = asyncio.run(run())
    assert {type(outcome).__name__ for outcome in outcomes} == {"TransportError"}
    assert len({id(outcome) for outcome in outcomes}) == TASKS
    assert asked == 1


def test_blocking_code_in_an_event_loop_does_not_wait_for_a_task_of_that_loop() -> None:
    async def run() -> list[str]:
        iam = SlowIam()
        auth = iam.cloud.auth()
        task = asyncio.create_task(iam.commit(auth))
        await iam.asked.wait()
        job = blocking(auth=auth, transport=httpx.MockTransport(iam.cloud))
        iam.ready.set()
        return [job.async_job_id, await task, *iam.cloud.tokens]

    assert asyncio.run(run()) == [BATCH, BATCH, "token-2", "token-1"]


def test_ctrl_c_while_a_token_is_fetched_leaves_the_user_usable() -> None:
    cloud = Cloud()
    interrupted: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if not interrupted:
            interrupted.append(request)
            signal.raise_signal(signal.SIGINT)
        return cloud(request)

    how: dict[str, Any] = {"auth": cloud.auth(), "transport": httpx.MockTransport(answer)}
    with pytest.raises(KeyboardInterrupt):
        blocking(**how)
    assert blocking(**how).async_job_id == BATCH
    assert in_asyncio(**how).async_job_id == BATCH
    assert cloud.tokens == ["token-1"] * 2


def test_a_wrong_password_is_tried_once_by_all_of_them() -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(401, json={"error": {"message": "The username or password is wrong."}})
    auth = cloud.auth()
    barrier = threading.Barrier(THREADS)

    def commit(_: int) -> DrsError:
        with connect(**arguments({"auth": auth, "transport": httpx.MockTransport(cloud)})) as client:
            barrier.wait()
            with pytest.raises(DrsError) as caught:
                client.commit_async_job(BATCH)
        return caught.value

    with ThreadPoolExecutor(THREADS) as pool:
        errors = list(pool.map(commit, range(THREADS)))
    assert {type(error) for error in errors} == {AuthenticationError}
    assert len(cloud.asked) == 1

"""Consecutive calls share a connection. Simultaneous ones have one each, up to a limit. All are closed at the end."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from drs_batch_client import OutcomeUnknownError, connect, connect_async
from drs_batch_client.runtime.aio.transports import AsyncPool
from drs_batch_client.runtime.blocking.transports import Pool

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.doors import arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drs_batch_client import AsyncDrsClient

BODY = b'{"job": {"async_job_id": "b"}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CALLERS = 10


class Connections:
    """Counts the connections: all of them, and those that are open."""

    def __init__(self) -> None:
        self.how: dict[str, object] = {}
        self.number = 0
        self.open = 0
        self.lock = threading.Lock()
        self.closed = threading.Event()

    def changed(self, by: int) -> None:
        with self.lock:
            self.number += by > 0
            self.open += by
            (self.closed.clear if self.open else self.closed.set)()


@contextmanager
def service(together: int = 1) -> Iterator[Connections]:
    """Answer each call, but the first calls of so many connections at the same time."""
    connections = Connections()
    meeting = Barrier(together)

    class Handler(QuietHandler):
        def handle(self) -> None:
            connections.changed(1)
            try:
                self.serve()
            except ConnectionError:  # a call was cancelled
                pass
            finally:
                connections.changed(-1)

        def serve(self) -> None:
            first = True
            while self.connection.recv(65536):
                if first:
                    meeting.wait(timeout=60)
                first = False
                self.connection.sendall(ANSWER)

    with threaded(Handler) as url:
        connections.how = {"base_url": url}
        yield connections


def test_consecutive_calls_use_the_same_connection() -> None:
    async def run(how: dict[str, object]) -> None:
        async with connect_async(**arguments(how)) as client:
            for _ in range(3):
                await client.commit_async_job("b")

    with service() as connections:
        with connect(**arguments(connections.how)) as client:
            for _ in range(3):
                client.commit_async_job("b")
        assert connections.number == 1
        asyncio.run(run(connections.how))
        assert connections.number == 2
        assert connections.closed.wait(timeout=60)


def test_each_thread_has_its_own_connection() -> None:
    with service(together=CALLERS) as connections:
        with connect(**arguments(connections.how)) as client, ThreadPoolExecutor(CALLERS) as threads:
            jobs = list(threads.map(client.commit_async_job, "b" * CALLERS))
        assert [job.async_job_id for job in jobs] == ["b"] * CALLERS
        assert connections.number == CALLERS
        assert connections.closed.wait(timeout=60)


def test_each_task_has_its_own_connection() -> None:
    async def run(how: dict[str, object]) -> None:
        async with connect_async(**arguments(how)) as client:
            await asyncio.gather(*(client.commit_async_job("b") for _ in range(CALLERS)))

    with service(together=CALLERS) as connections:
        asyncio.run(run(connections.how))
        assert connections.number == CALLERS
        assert connections.closed.wait(timeout=60)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # anyio leaves sockets to be collected
def test_cancelled_calls_in_any_number_leave_a_client_that_works() -> None:
    async def cancel(client: AsyncDrsClient, moment: int) -> None:
        calls = [asyncio.create_task(client.commit_async_job("b")) for _ in range(CALLERS)]
        for _ in range(moment):
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def run(url: str) -> None:
        timeout = httpx.Timeout(60, read=0.05, pool=1)
        async with connect_async(**arguments({"base_url": url, "timeout": timeout})) as client:
            # At one of these moments httpcore loses a place, of which it has 100.
            for moment in range(20):
                for _ in range(11):
                    await cancel(client, moment)
            with pytest.raises(OutcomeUnknownError, match="ReadTimeout"):  # not PoolTimeout
                await client.commit_async_job("b")

    with socket.create_server(("127.0.0.1", 0), backlog=4096) as silent:
        asyncio.run(run(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # anyio leaves sockets to be collected
def test_time_limits_of_the_caller_in_any_number_leave_a_client_that_works() -> None:
    async def run(how: dict[str, object]) -> None:
        async with connect_async(**arguments(how), timeout=httpx.Timeout(60, pool=1)) as client:
            for number in range(150):
                with anyio.move_on_after(number / 50_000):
                    await client.commit_async_job("b")
            for _ in range(10):
                await asyncio.gather(*(client.commit_async_job("b") for _ in range(CALLERS)))

    with service() as connections:
        asyncio.run(run(connections.how))
        gc.collect()
        assert connections.closed.wait(timeout=60)


def test_a_cancelled_call_does_not_end_others() -> None:
    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await waiting[request.url.path].wait()
            return httpx.Response(200, content=BODY)

        async def aclose(self) -> None:
            closed.append(self)

    async def run() -> None:
        waiting.update({"/a": anyio.Event(), "/b": anyio.Event(), "/c": anyio.Event()})
        pool = AsyncPool(Slow)
        tasks = {
            path: asyncio.create_task(pool.handle_async_request(httpx.Request("POST", f"http://drs{path}")))
            for path in waiting
        }
        await asyncio.sleep(0)
        tasks["/a"].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks["/a"]
        assert closed == []
        for path in ("/b", "/c"):
            waiting[path].set()
            assert (await tasks[path]).status_code == 200
        assert len(closed) == 1

    waiting: dict[str, anyio.Event] = {}
    closed: list[Slow] = []
    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "makes"),
    [
        (httpx.ConnectError("no"), 1),
        (httpx.ReadTimeout("late"), 1),
        (httpx.PoolTimeout("full"), 5),
        (KeyboardInterrupt(), 5),
        (RuntimeError("closed"), 5),
    ],
    ids=repr,
)
def test_a_pool_that_may_be_broken_is_replaced_and_closed(error: BaseException, makes: int) -> None:
    class Failing(httpx.BaseTransport):
        def __init__(self) -> None:
            made.append(self)

        def handle_request(self, _: httpx.Request) -> httpx.Response:
            raise error

        def close(self) -> None:
            closed.append(self)

    made: list[Failing] = []
    closed: list[Failing] = []
    pool = Pool(Failing)
    for _ in range(5):
        with pytest.raises(type(error)):
            pool.handle_request(httpx.Request("POST", "http://drs"))
    assert len(made) == makes
    assert closed == (made if makes > 1 else [])


def test_a_running_event_loop_keeps_nothing_of_clients_that_were_closed() -> None:
    async def opened_and_closed() -> int:
        with service() as connections:
            for _ in range(5):
                async with connect_async(**arguments(connections.how)) as client:
                    await client.commit_async_job("b")
            gc.collect()
            return sum(isinstance(each, httpx.AsyncHTTPTransport) for each in gc.get_objects())

    before = sum(isinstance(each, httpx.AsyncHTTPTransport) for each in gc.get_objects())

    assert anyio.run(opened_and_closed) == before

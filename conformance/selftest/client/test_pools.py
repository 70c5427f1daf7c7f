"""Consecutive calls share a connection. Simultaneous ones have one each, up to a limit. All are closed at the end."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import connect, connect_async
from drs_batch_client.runtime import pools

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.doors import arguments

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            first = True
            while self.connection.recv(65536):
                if first:
                    meeting.wait(timeout=60)
                first = False
                self.connection.sendall(ANSWER)
            connections.changed(-1)

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


def test_callers_beyond_the_limit_wait_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_MOST", 2)
    limit = 2 * (pools.LIMITS.max_connections or 0)

    async def run(how: dict[str, object]) -> None:
        async with connect_async(**arguments(how)) as client:
            await asyncio.gather(*(client.commit_async_job("b") for _ in range(5 * limit)))

    with service() as connections:
        asyncio.run(run(connections.how))
        assert connections.number <= limit


def test_a_failed_call_releases_its_connection() -> None:
    class Failing(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no", request=request)

    made: list[Failing] = []

    def make() -> Failing:
        made.append(Failing())
        return made[-1]

    transport = pools.Pools(make)
    for _ in range(100):
        with pytest.raises(httpx.ConnectError):
            transport.handle_request(httpx.Request("POST", "http://drs"))
    assert len(made) == 1

"""A deadline ends a body that a transport of the user receives slowly, in blocking code too."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from drs_batch_client import AuthenticationError, OutcomeUnknownError

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.doors import BATCH, COMMITTED, blocking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conformance.selftest.client.conftest import Clock
    from conformance.selftest.support.client.doors import Door

DEADLINE = 0.3
PASSED = r"its deadline of 0\.3 s has passed"


class Slow(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body without end."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" "
            time.sleep(0.01)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.01)


def test_a_body_without_end_is_an_unknown_outcome(commit: Door) -> None:
    with pytest.raises(OutcomeUnknownError, match=PASSED):
        commit(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Slow())), deadline=DEADLINE)


def test_a_body_without_end_of_a_rejection_is_that_rejection(commit: Door) -> None:
    with pytest.raises(AuthenticationError, match=PASSED):
        commit(transport=httpx.MockTransport(lambda _: httpx.Response(401, stream=Slow())), deadline=DEADLINE)


def test_a_whole_answer_that_comes_late_counts(clock: Clock) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        clock.now += DEADLINE
        return httpx.Response(200, json=COMMITTED)

    assert blocking(transport=httpx.MockTransport(answer), deadline=DEADLINE).async_job_id == BATCH


class Kept(QuietHandler):
    """Answers a first request at once, and a second one on its connection with a body without end."""

    def handle(self) -> None:
        for number in itertools.count():
            if not self.connection.recv(65536):
                return
            if number == 0:
                self.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                continue
            self.connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                while True:
                    self.connection.sendall(b"1\r\n \r\n")
                    time.sleep(0.01)
            except OSError:
                return


def test_a_connection_from_before_has_the_deadline_too() -> None:
    with threaded(Kept) as url, httpx.HTTPTransport() as transport, httpx.Client(transport=transport) as first:
        first.get(url)
        with pytest.raises(OutcomeUnknownError, match=PASSED):
            blocking(base_url=url, transport=transport, deadline=DEADLINE)

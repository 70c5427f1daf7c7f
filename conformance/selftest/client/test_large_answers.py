"""An answer that is too large, as it is sent or decoded, ends the call before it fills the memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import AuthenticationError, OutcomeUnknownError, TransportError

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import BATCH, COMMITTED, blocking
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

LARGEST = 4 * 1024 * 1024
JOB = json.dumps(COMMITTED).encode()
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "GZIP": gzip.compress,
}
BOMB = gzip.compress(bytes(25 * LARGEST))
TOO_LARGE = "the answer has more than 4194304 octets"


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("coding", CODINGS)
def test_an_answer_that_is_too_large_is_an_unknown_outcome(commit: Door, coding: str, status: int) -> None:
    body = CODINGS[coding](JOB + b" " * LARGEST)

    with answering(status, body, {"Content-Encoding": coding}) as url:
        with pytest.raises(OutcomeUnknownError, match=TOO_LARGE):
            commit(base_url=url)
        kind = httpx.HTTPTransport if commit is blocking else httpx.AsyncHTTPTransport
        with pytest.raises(OutcomeUnknownError, match=TOO_LARGE):
            commit(base_url=url, transport=kind())


def test_a_rejection_that_is_too_large_had_no_effect(commit: Door) -> None:
    with answering(401, bytes(LARGEST + 1)) as url, pytest.raises(AuthenticationError, match=TOO_LARGE):
        commit(base_url=url)


@pytest.mark.parametrize("coding", CODINGS)
def test_an_answer_of_the_largest_size_is_read(commit: Door, coding: str) -> None:
    body = CODINGS[coding](JOB + b" " * (LARGEST - len(JOB)))

    with answering(200, body, {"Content-Encoding": coding}) as url:
        assert commit(base_url=url).async_job_id == BATCH


def test_a_bomb_takes_little_memory(commit: Door) -> None:
    with answering(200, BOMB, {"Content-Encoding": "gzip"}) as url:
        tracemalloc.start()
        try:
            with pytest.raises(OutcomeUnknownError, match=TOO_LARGE):
                commit(base_url=url)
            assert tracemalloc.get_traced_memory()[1] < 10 * LARGEST
        finally:
            tracemalloc.stop()


def test_an_answer_without_an_end_is_too_large(commit: Door) -> None:
    class Endless(QuietHandler):
        def handle(self) -> None:
            self.connection.recv(65536)
            try:
                self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while True:
                    self.connection.sendall(bytes(65536))
            except OSError:
                return

    with threaded(Endless) as url, pytest.raises(OutcomeUnknownError, match=TOO_LARGE):
        commit(base_url=url)


@pytest.mark.parametrize("coding", ["gzip, gzip", "deflate,gzip", "br", "zstd", "unknown"])
def test_other_codings_are_not_decoded(commit: Door, coding: str) -> None:
    body, reason = gzip.compress(gzip.compress(JOB)), "content coding that was not asked for"
    with answering(200, body, {"Content-Encoding": coding}) as url, pytest.raises(OutcomeUnknownError, match=reason):
        commit(base_url=url)


def test_only_the_codings_that_are_decoded_are_asked_for(commit: Door) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        return httpx.Response(200, json=COMMITTED)

    asked: list[str] = []
    commit(transport=httpx.MockTransport(answer))
    assert asked == ["gzip, deflate"]


def test_an_answer_of_iam_that_is_too_large_is_no_token(commit: Door) -> None:
    headers = {"Content-Encoding": "gzip", "X-Subject-Token": "a-token"}
    with answering(201, BOMB, headers) as iam, pytest.raises(TransportError, match=TOO_LARGE):
        commit(auth=Cloud().auth(iam_url=iam))

"""Headers of an answer may have any octets, which change nothing about its meaning."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    DrsError,
    DrsResponse,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    connect,
    connect_async,
)

from conformance.selftest.support.client.doors import BATCH, TOKEN, arguments, blocking, hook, own_client
from conformance.selftest.support.servers import raw

if TYPE_CHECKING:
    from drs_batch_client.models import CommittedAsyncJob

    from conformance.selftest.support.client.doors import Door

OCTETS = [b"caf\xe9", "\u4e2d".encode(), b"\xff\xfe", "caf\xe9".encode()]
BODY = b'{"job": {"async_job_id": "%s"}}' % BATCH.encode()


def answer(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, lines, len(body), body)


def responding(commit: Door, **how: object) -> DrsResponse[CommittedAsyncJob]:
    async def run() -> DrsResponse[CommittedAsyncJob]:
        async with connect_async(**arguments(how)) as client:
            return await client.with_response.commit_async_job(BATCH)

    if commit is not blocking:
        return asyncio.run(run())
    with connect(**arguments(how)) as client:
        return client.with_response.commit_async_job(BATCH)


@pytest.mark.parametrize("octets", OCTETS)
def test_a_response_has_them(commit: Door, octets: bytes) -> None:
    with raw(answer(200, BODY, b"X-Name: " + octets, b"X-Echo: " + TOKEN.encode())) as url:
        response = responding(commit, base_url=url)
    assert response.parsed.async_job_id == BATCH
    for each in (response, copy.deepcopy(response), pickle.loads(pickle.dumps(response))):  # noqa: S301 - our own
        assert (b"x-name", octets) in [(name.lower(), value) for name, value in each.headers.raw]
        assert each.headers["X-Echo"] == "[redacted]"
        assert repr(each)


@pytest.mark.parametrize("octets", OCTETS)
@pytest.mark.parametrize(("status", "kind"), [(429, ThrottledError), (500, OutcomeUnknownError), (401, RejectedError)])
def test_an_error_has_them(commit: Door, status: int, kind: type[DrsError], octets: bytes) -> None:
    own = own_client(commit, event_hooks={"response": [hook(commit, httpx.Response.raise_for_status)]})
    headers = [b"X-Request-Id: " + octets, b"Retry-After: " + octets]
    ways: list[dict[str, Any]] = [{}, {"http_client": own}]
    with raw(answer(status, b"{}", *headers)) as url:
        for way in ways:
            with pytest.raises(kind) as raised:
                commit(base_url=url, **way)
            assert raised.value.status == status
            assert raised.value.request_id

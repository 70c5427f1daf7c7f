"""No call depends on a cookie in the answer to another one."""

from __future__ import annotations

import asyncio

import httpx
from drs_batch_client import connect, connect_async

from conformance.selftest.support.client.doors import BATCH, COMMITTED, Exchanges, arguments


def setting_cookies() -> Exchanges:
    headers = {"Set-Cookie": "session=1; Path=/"}
    return Exchanges(lambda _: httpx.Response(200, json=COMMITTED, headers=headers))


def test_a_cookie_is_not_sent_back() -> None:
    exchanges = setting_cookies()
    with connect(**arguments({"transport": httpx.MockTransport(exchanges)})) as client:
        for _ in range(2):
            client.commit_async_job(BATCH)

    assert [request.headers.get("Cookie") for request in exchanges.requests] == [None, None]


def test_a_cookie_is_not_sent_back_by_the_asynchronous_client_either() -> None:
    exchanges = setting_cookies()

    async def run() -> None:
        async with connect_async(**arguments({"transport": httpx.MockTransport(exchanges)})) as client:
            for _ in range(2):
                await client.commit_async_job(BATCH)

    asyncio.run(run())
    assert [request.headers.get("Cookie") for request in exchanges.requests] == [None, None]

"""A call that ends early, by its deadline or by its caller, leaves others alone and closes its connection."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from drs_batch_client import (
    TransportError,
    connect,
    connect_async,
)

from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import (
    BATCH,
    arguments,
)
from conformance.selftest.support.servers import holding

SHORT = 0.5


def test_a_call_with_little_time_does_not_spoil_the_token_of_others() -> None:
    """Its deadline ends its request to IAM; the one that waited for it requests the token itself."""
    cloud, called, release = Cloud(), threading.Event(), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if "tokens" in request.url.path and not called.is_set():
            called.set()
            release.wait(60)
            raise httpx.ReadTimeout("slow", request=request)
        return cloud(request)

    auth = cloud.auth()
    with (
        connect(**arguments({"transport": httpx.MockTransport(answer), "auth": auth})) as client,
        ThreadPoolExecutor(3) as threads,
    ):
        first = threads.submit(client.commit_async_job, BATCH, deadline=SHORT)
        assert called.wait(60)
        second = threads.submit(client.commit_async_job, BATCH)
        third = threads.submit(client.commit_async_job, BATCH, deadline=SHORT)
        assert isinstance(third.exception(), TransportError)
        release.set()
        assert isinstance(first.exception(), TransportError)
        assert second.result().async_job_id == BATCH


def test_a_task_with_little_time_does_not_spoil_the_token_of_others() -> None:
    cloud, called = Cloud(), list[httpx.Request]()

    async def answer(request: httpx.Request) -> httpx.Response:
        if "tokens" in request.url.path and not called:
            called.append(request)
            await anyio.sleep_forever()
        return cloud(request)

    async def run() -> list[object]:
        transport = httpx.MockTransport(answer)
        async with connect_async(**arguments({"transport": transport, "auth": cloud.auth()})) as client:
            calls = [client.commit_async_job(BATCH, deadline=SHORT), client.commit_async_job(BATCH)]
            return await asyncio.gather(*calls, return_exceptions=True)

    first, second = asyncio.run(run())
    assert isinstance(first, TransportError)
    assert getattr(second, "async_job_id", second) == BATCH


def test_a_cancelled_call_is_no_deadline() -> None:
    async def run(url: str) -> None:
        async with connect_async(**arguments({"base_url": url})) as client:
            with anyio.move_on_after(SHORT) as scope:
                await client.commit_async_job(BATCH)
            assert scope.cancelled_caught
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(SHORT):
                    await client.commit_async_job(BATCH)

    with holding() as (url, _):
        asyncio.run(run(url))


@pytest.mark.parametrize("proxied", [False, True])
def test_a_call_that_is_cancelled_while_tls_begins_closes_its_connection(*, proxied: bool) -> None:
    """The HTTP library closes it after other errors alone."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if proxied:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read(1)
        called.set()
        while await reader.read(65536):
            pass
        closed.set()
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            url = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            where = {"proxy": f"http://{url}"} if proxied else {"base_url": f"https://{url}"}
            client = connect_async(**arguments(dict(where)))
            call = asyncio.create_task(client.commit_async_job(BATCH))
            await called.wait()
            call.cancel()
            await asyncio.wait_for(closed.wait(), 20)
            await asyncio.wait([call])

    called, closed = asyncio.Event(), asyncio.Event()
    asyncio.run(run())

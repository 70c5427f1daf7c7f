"""No call depends on a cookie that another one was answered with."""

import asyncio
from typing import Any

import httpx
from drs_batch_client import TokenAuth, connect, connect_async

PLACE: dict[str, Any] = {"base_url": "https://drs.example", "project_id": "p", "auth": TokenAuth("a-token")}
COMMITTED = {"job": {"async_job_id": "b", "status": "COMMIT_SUCCESS"}}


class Service:
    """A transport whose answers set a cookie, and that keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json=COMMITTED, headers={"Set-Cookie": "session=1; Path=/"})


def test_a_cookie_is_not_sent_back() -> None:
    service = Service()
    with connect(**PLACE, transport=httpx.MockTransport(service)) as client:
        for _ in range(2):
            client.commit_async_job("b")
    assert [request.headers.get("Cookie") for request in service.requests] == [None, None]


def test_a_cookie_is_not_sent_back_by_the_asynchronous_client_either() -> None:
    service = Service()

    async def run() -> None:
        async with connect_async(**PLACE, transport=httpx.MockTransport(service)) as client:
            for _ in range(2):
                await client.commit_async_job("b")

    asyncio.run(run())
    assert [request.headers.get("Cookie") for request in service.requests] == [None, None]

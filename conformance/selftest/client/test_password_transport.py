"""Requests to IAM use the transport of the connection, and the user's own transport stays open for the calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import TransportError, connect, connect_async
from drs_batch_client.runtime.settings import Settings

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.clouds import NOW, Cloud, user_of
from conformance.selftest.support.client.doors import BATCH, accepting, arguments, blocking, in_asyncio
from conformance.selftest.support.mock_client import running_mock

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door


class Closing(httpx.MockTransport):
    """A transport that cannot be used once it is closed."""

    closed = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.closed
        return super().handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert not self.closed
        return await super().handle_async_request(request)

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def test_the_user_s_own_transport_stays_open_for_the_calls() -> None:
    async def run() -> bool:
        transport = Closing(cloud)
        async with connect_async(**arguments({"auth": cloud.auth(), "transport": transport})) as client:
            await client.commit_async_job(BATCH)
        return transport.closed

    cloud = Cloud()
    transport = Closing(cloud)
    with connect(**arguments({"auth": cloud.auth(), "transport": transport})) as client:
        client.commit_async_job(BATCH)
    assert transport.closed
    assert asyncio.run(run())
    assert len(cloud.asked) == 2


def test_requests_to_iam_use_the_user_s_own_client() -> None:
    async def run() -> None:
        async with httpx.AsyncClient(transport=transport, auth=("not", "for IAM"), follow_redirects=True) as own:
            for _ in range(2):
                client = connect_async(**arguments({"auth": cloud.auth(), "http_client": own}))
                await client.commit_async_job(BATCH)

    def answer(request: httpx.Request) -> httpx.Response:
        assert "Authorization" not in request.headers
        return cloud(request)

    cloud = Cloud()
    transport = Closing(answer)
    with httpx.Client(transport=transport, auth=("not", "for IAM")) as own:
        for _ in range(2):
            blocking(auth=cloud.auth(), http_client=own)
    transport = Closing(answer)
    asyncio.run(run())
    assert len(cloud.asked) == 4


def test_settings_of_the_user_for_iam_are_kept(commit: Door) -> None:
    iam, service = Cloud(), accepting()
    transport = httpx.MockTransport(iam)
    auth = iam.auth(settings=Settings(transport=transport, async_transport=transport))
    commit(auth=auth, transport=httpx.MockTransport(service))
    assert (len(iam.asked), len(service.requests)) == (1, 1)


def test_the_password_does_not_follow_a_redirect_even_by_a_client_that_would() -> None:
    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True) as own:
            await connect_async(**arguments({"auth": auth, "http_client": own})).commit_async_job(BATCH)

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/v3/auth/tokens"})

    hosts: list[str] = []
    auth = Cloud().auth()
    with (
        httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True) as own,
        pytest.raises(TransportError, match=r"\(status 307\); check iam_url$"),
    ):
        blocking(auth=auth, http_client=own)
    with pytest.raises(TransportError, match=r"\(status 307\); check iam_url$"):
        asyncio.run(run())
    assert set(hosts) == {"iam.example"}


@pytest.mark.parametrize("commit", [blocking, in_asyncio], ids=["sync", "asyncio"])
def test_one_connection_is_enough_to_renew_a_token_after_a_401(commit: Callable[..., object]) -> None:
    kind = httpx.HTTPTransport if commit is blocking else httpx.AsyncHTTPTransport
    cloud = Cloud()
    with running_mock(MockSettings(clock=cloud.clock)) as mock:
        auth = user_of(mock, lambda: NOW)
        for days in (0, 2):
            cloud.now += days * cloud.life
            commit(
                mock.make(),
                auth=auth,
                base_url=mock.server.url,
                transport=kind(limits=httpx.Limits(max_connections=1)),
                timeout=httpx.Timeout(10, pool=0.5),
            )
        statuses = [request["status"] for request in mock.client.get("/_mock/requests").json()["requests"]]
    assert statuses == [200, 401, 200]

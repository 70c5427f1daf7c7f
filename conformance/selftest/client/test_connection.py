"""The arguments of `connect`, and the requests of the client that it returns."""

from __future__ import annotations

import asyncio
import platform
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import Language, Region, UnexpectedAnswerError, connect, connect_async
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.models import CommitResult
from drs_batch_client.spec import ENDPOINTS, VERSION

from conformance.selftest.support.client.doors import (
    BASE_URL,
    BATCH,
    PROJECT,
    TOKEN,
    Exchanges,
    accepting,
    arguments,
    at,
    blocking,
)
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient


def test_a_commit_reaches_the_service_in_the_documented_form(commit: Door) -> None:
    exchanges = accepting()

    assert commit(transport=httpx.MockTransport(exchanges)).async_job_id == BATCH

    [request] = exchanges.requests
    assert (request.method, str(request.url)) == (
        "POST",
        f"{BASE_URL}/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit",
    )
    sent = {name: request.headers.get_list(name) for name in ("X-Auth-Token", "X-Language", "Content-Type", "Accept")}
    assert sent == {
        "X-Auth-Token": [TOKEN],
        "X-Language": ["en-us"],
        "Content-Type": ["application/json"],
        "Accept": ["application/json"],
    }
    assert request.content == b""


def test_a_batch_of_the_mock_is_committed(mock: MockClient, commit: Door) -> None:
    job_id = mock.make()

    assert commit(job_id, **at(mock)).status == "COMMIT_SUCCESS"
    assert mock.status(job_id) == "COMMIT_SUCCESS"


@pytest.mark.parametrize("language", [Language.ZH_CN, "zh-cn", Language.EN_US, "en-us"], ids=repr)
def test_the_language_is_a_member_or_its_name(commit: Door, language: Any) -> None:  # noqa: ANN401 - either
    exchanges = accepting()
    commit(language=language, transport=httpx.MockTransport(exchanges))

    assert exchanges.requests[0].headers["X-Language"] == Language(language).value


@pytest.mark.parametrize("region", ENDPOINTS)
def test_a_region_is_at_its_documented_endpoint(commit: Door, region: str) -> None:
    exchanges = accepting()
    commit(region=region, transport=httpx.MockTransport(exchanges))

    assert str(exchanges.requests[0].url).startswith(f"{ENDPOINTS[region]}/v5/")


@pytest.mark.parametrize("base_url", [f"{BASE_URL}/prefix", f"{BASE_URL}/prefix/"])
def test_a_base_url_may_have_a_path(commit: Door, base_url: str) -> None:
    exchanges = accepting()
    commit(base_url=base_url, transport=httpx.MockTransport(exchanges))

    assert exchanges.requests[0].url.path.startswith("/prefix/v5/")


def test_any_auth_of_the_http_library_is_accepted(commit: Door) -> None:
    exchanges = accepting()
    commit(auth=httpx.BasicAuth("user", "password"), transport=httpx.MockTransport(exchanges))

    assert exchanges.requests[0].headers["Authorization"].startswith("Basic ")


def test_the_client_names_itself_unless_a_user_agent_is_given(commit: Door) -> None:
    exchanges = accepting()
    commit(transport=httpx.MockTransport(exchanges))
    commit(transport=httpx.MockTransport(exchanges), user_agent="deploy/1")

    product = f"drs-batch-client/{VERSION} {httpx.__name__}/{httpx.__version__} Python/{platform.python_version()}"
    assert [request.headers["User-Agent"] for request in exchanges.requests] == [product, "deploy/1"]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [({}, (10, 60)), ({"timeout": 3}, (3, 3)), ({"timeout": httpx.Timeout(5, connect=1)}, (1, 5))],
)
def test_each_call_has_a_time_limit(commit: Door, given: dict[str, Any], seconds: tuple[float, float]) -> None:
    exchanges = accepting()
    commit(transport=httpx.MockTransport(exchanges), **given)

    timeout = exchanges.requests[0].extensions["timeout"]
    assert (timeout["connect"], timeout["read"]) == seconds


def test_hooks_are_called_with_each_request_and_each_answer() -> None:
    seen: list[object] = []

    async def note(message: object) -> None:
        seen.append(message)

    async def run() -> None:
        hooks = {"request": [note], "response": [note]}
        async with connect_async(
            **arguments({"transport": httpx.MockTransport(accepting())}), event_hooks=hooks
        ) as client:
            await client.commit_async_job(BATCH)

    asyncio.run(run())
    blocking(
        transport=httpx.MockTransport(accepting()),
        event_hooks={"request": [seen.append], "response": [seen.append]},
    )

    assert [type(message) for message in seen] == [httpx.Request, httpx.Response] * 2


def test_the_user_s_own_client_is_used_unchanged_and_stays_open() -> None:
    exchanges = accepting()
    with httpx.Client(transport=httpx.MockTransport(exchanges), headers={"X-Own": "1"}) as own:
        for _ in range(2):
            blocking(http_client=own)
        assert not own.is_closed

    assert [request.headers["X-Own"] for request in exchanges.requests] == ["1", "1"]


def test_the_user_s_own_asynchronous_client_is_used_unchanged_and_stays_open() -> None:
    exchanges = accepting()

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(exchanges)) as own:
            async with connect_async(**arguments({"http_client": own})) as client:
                await client.commit_async_job(BATCH)
            assert not own.is_closed

    asyncio.run(run())
    assert len(exchanges.requests) == 1


def test_a_client_closes_the_connections_that_it_has_opened() -> None:
    class Transport(httpx.MockTransport):
        closed = 0

        def close(self) -> None:
            self.closed += 1

        async def aclose(self) -> None:
            self.closed += 1

    async def run(transport: Transport) -> None:
        async with connect_async(**arguments({"transport": transport})):
            pass

    transport = Transport(accepting())
    connect(**arguments({"transport": transport})).close()
    asyncio.run(run(transport))

    assert transport.closed == 2


def test_a_redirect_is_not_followed_even_by_a_client_that_would(commit: Door) -> None:
    exchanges = Exchanges(lambda _: httpx.Response(307, headers={"Location": "https://elsewhere.example/"}))

    with pytest.raises(UnexpectedAnswerError):
        commit(transport=httpx.MockTransport(exchanges))
    following = httpx.Client(transport=httpx.MockTransport(exchanges), follow_redirects=True)
    with following, pytest.raises(UnexpectedAnswerError):
        blocking(http_client=following)

    assert {request.url.host for request in exchanges.requests} == {"drs.example"}


def test_the_generated_functions_use_the_same_connections(mock: MockClient) -> None:
    job_id = mock.make()
    with connect(**arguments(at(mock))) as client:
        answer = commit_async_job.sync_detailed(client.project_id, job_id, client=client.generated)

    assert answer.status_code == 200
    assert isinstance(answer.parsed, CommitResult)
    assert mock.status(job_id) == "COMMIT_SUCCESS"


def test_the_generated_functions_use_the_same_connections_in_asyncio(mock: MockClient) -> None:
    job_id = mock.make()

    async def run() -> object:
        async with connect_async(**arguments(at(mock))) as client:
            return await commit_async_job.asyncio(client.project_id, job_id, client=client.generated)

    assert isinstance(asyncio.run(run()), CommitResult)


def test_the_generated_functions_use_the_user_s_own_client_with_base_url_and_auth(mock: MockClient) -> None:
    job_id, place = mock.make(), at(mock)
    with (
        httpx.Client(base_url=place["base_url"], auth=place["auth"]) as own,
        connect(**arguments({**place, "http_client": own})) as client,
    ):
        answer = commit_async_job.sync(client.project_id, job_id, client=client.generated)

    assert isinstance(answer, CommitResult)


@pytest.mark.parametrize("how", ["argument", "HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_is_used_if_it_is_given_or_in_the_environment(
    commit: Door, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(200, b'{"job": {"async_job_id": "b1", "msg": "through the proxy"}}') as proxy:
        if how != "argument":
            monkeypatch.setenv(how, proxy)
        given: dict[str, Any] = {"proxy": proxy} if how == "argument" else {}

        assert commit("b1", base_url="http://drs.example", plain_http=True, **given).msg == "through the proxy"


def test_a_host_in_no_proxy_is_reached_without_a_proxy(
    mock: MockClient, commit: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert commit(mock.make(), **at(mock)).status == "COMMIT_SUCCESS"


def test_each_region_is_of_the_type_of_regions() -> None:
    assert Region.__args__ == tuple(ENDPOINTS)  # type: ignore[attr-defined]

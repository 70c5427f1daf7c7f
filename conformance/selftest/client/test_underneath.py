"""The generated functions and clients send to no other path, and change nothing that is not theirs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AuthenticatedClient, Client, TokenAuth, connect, connect_async
from drs_batch_client.api.batch_tasks import commit_async_job

from conformance.selftest.support.client.doors import BASE_URL, BATCH, PROJECT, TOKEN, accepting, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Exchanges


def authenticated(**how: Any) -> AuthenticatedClient:  # noqa: ANN401 - any option
    return AuthenticatedClient(BASE_URL, TOKEN, **how)


def plain(**how: Any) -> Client:  # noqa: ANN401 - any option
    return Client(BASE_URL, **how)


KINDS: list[Callable[..., Any]] = [authenticated, plain]


def commit(client: Any, project: Any = PROJECT, batch: Any = BATCH) -> None:  # noqa: ANN401 - wrong values, too
    commit_async_job.sync(project, batch, client=client)


def commit_async(client: Any, project: Any = PROJECT, batch: Any = BATCH) -> None:  # noqa: ANN401 - wrong values, too
    asyncio.run(commit_async_job.asyncio(project, batch, client=client))


def over(exchanges: Exchanges) -> dict[str, Any]:
    return {"httpx_args": {"transport": httpx.MockTransport(exchanges)}}


@pytest.mark.parametrize("function", [commit, commit_async])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["project", "batch"])
def test_an_id_that_leads_to_another_path_is_rejected(
    function: Callable[..., None], kind: Callable[..., Any], name: str
) -> None:
    exchanges = accepting()
    wrong: list[tuple[Any, type[Exception]]] = [(value, ValueError) for value in ("", ".", "..")]
    wrong += [(value, TypeError) for value in (None, 7, b"..")]
    for value, error in wrong:
        with pytest.raises(error, match=r"^(project|async_job)_id must"):
            function(kind(**over(exchanges)), **{name: value})
    assert exchanges.requests == []


@pytest.mark.parametrize("function", [commit, commit_async])
@pytest.mark.parametrize(
    "value", ["a/b", "/", "../..", "..\\..", "%2e%2e", "%2F", "a?b=c", "a#b", "...", ";..", "..\n"]
)
def test_an_id_is_one_segment(function: Callable[..., None], value: str) -> None:
    exchanges = accepting()
    function(authenticated(**over(exchanges)), batch=value)
    function(authenticated(**over(exchanges)), project=value)

    for request in exchanges.requests:
        segments = request.url.raw_path.decode().split("/")
        assert [segments[at] for at in (0, 1, 3, 5)] == ["", "v5", "batch-async-jobs", "commit"]
        assert len(segments) == 6
        assert request.url.query == b""


@pytest.mark.parametrize("kind", KINDS)
def test_no_dict_of_the_caller_is_written_to(kind: Callable[..., Any]) -> None:
    given: dict[str, dict[str, Any]] = {"headers": {"A": "1"}, "cookies": {"a": "1"}, **over(accepting())}
    before = {name: dict(value) for name, value in given.items()}
    client = kind(**given)
    commit(client)
    commit(client.with_headers({"B": "2"}).with_cookies({"b": "2"}))
    assert given == before


def test_clients_from_one_dict_send_their_own_token() -> None:
    exchanges, shared = accepting(), dict[str, str]()
    for token in ("first", "second"):
        commit(AuthenticatedClient(BASE_URL, token, headers=shared, **over(exchanges)))
    commit(Client(BASE_URL, headers=shared, **over(exchanges)))
    assert [request.headers.get("X-Auth-Token") for request in exchanges.requests] == ["first", "second", None]


DERIVED: list[Callable[[Any], Any]] = [
    lambda client: client.with_headers({"X-More": "1"}),
    lambda client: client.with_headers({"user-agent": "other", "x-auth-token": "other"}),
    lambda client: client.with_cookies({"more": "1"}),
    lambda client: client.with_timeout(httpx.Timeout(1)),
]


def sent(request: httpx.Request) -> tuple[object, ...]:
    return request.headers, request.extensions["timeout"]


@pytest.mark.parametrize("function", [commit, commit_async])
@pytest.mark.parametrize("derive", DERIVED, ids=["headers", "headers again", "cookies", "timeout"])
def test_a_derived_client_leaves_the_original_alone(
    function: Callable[..., None], derive: Callable[[Any], Any]
) -> None:
    for kind in KINDS:
        exchanges = accepting()
        client = kind(**over(exchanges))
        function(client)
        derived = derive(client)
        function(client)
        function(derived)
        function(client)
        first, second, third, fourth = map(sent, exchanges.requests)
        assert first == second == fourth != third


@pytest.mark.parametrize("derive", DERIVED, ids=["headers", "headers again", "cookies", "timeout"])
def test_a_client_derived_from_a_connection_keeps_its_transport_and_credentials(derive: Callable[[Any], Any]) -> None:
    exchanges = accepting()
    transport = httpx.MockTransport(exchanges)
    blocking = connect(**arguments({"transport": transport}))
    asynchronous = connect_async(**arguments({"transport": transport}))
    own = httpx.Client(transport=transport, base_url=BASE_URL, auth=TokenAuth(TOKEN))
    ways: list[tuple[Any, Callable[..., None]]] = [
        (blocking.generated, commit),
        (asynchronous.generated, commit_async),
        (Client(BASE_URL).set_httpx_client(own), commit),
    ]
    for client, function in ways:
        exchanges.requests.clear()
        for each in (client, derive(client), derive(derive(client)), client):
            function(each)
        first, second, third, fourth = map(sent, exchanges.requests)
        assert first == fourth != second == third
        assert {request.headers["X-Auth-Token"] for request in exchanges.requests} == {TOKEN}


def test_headers_of_any_case_replace_those_of_a_set_client() -> None:
    exchanges = accepting()
    own = httpx.Client(transport=httpx.MockTransport(exchanges), base_url=BASE_URL, headers={"X-Trace": "1"})
    commit(Client(BASE_URL).set_httpx_client(own).with_headers({"x-TRACE": "2"}))
    assert exchanges.requests[0].headers.get_list("X-Trace") == ["2"]
    assert own.headers["X-Trace"] == "1"

"""Any exception that ends a call becomes the error that says whether the request may have been sent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    DrsError,
    NotPublishedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RefusedError,
    ThrottledError,
    TransportError,
    UnexpectedAnswerError,
    connect,
    connect_async,
)

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import (
    BATCH,
    COMMITTED,
    GATEWAY_ERROR,
    SERVICE_ERROR,
    Exchanges,
    accepting,
    arguments,
    blocking,
    failing,
    hook,
    own_client,
)
from conformance.selftest.support.servers import answering

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from conformance.selftest.support.client.doors import Door

EXCEPTIONS = [
    RuntimeError("no loop"),
    AttributeError("no attribute"),
    TypeError("wrong type"),
    UnicodeError("label too long"),
    ImportError("no module"),
    OverflowError("port must be 0-65535"),
    httpx.InvalidURL("no URL"),
    ExceptionGroup("several", [OverflowError("port must be 0-65535")]),
    KeyError("key"),
    AssertionError(),
]
ANSWERS = [
    (400, SERVICE_ERROR, RefusedError),
    (401, GATEWAY_ERROR, AuthenticationError),
    (403, GATEWAY_ERROR, PermissionDeniedError),
    (404, GATEWAY_ERROR, NotPublishedError),
    (429, GATEWAY_ERROR, ThrottledError),
    (500, GATEWAY_ERROR, OutcomeUnknownError),
    (409, GATEWAY_ERROR | {"error_code": "x"}, UnexpectedAnswerError),
    (302, {}, UnexpectedAnswerError),
]


def checking_hook(commit: Door, *, reads: bool = False) -> Callable[[httpx.Response], object]:
    """Return the hook that the documentation of the HTTP library recommends."""

    def check(response: httpx.Response) -> None:
        if reads:
            response.read()
        response.raise_for_status()

    async def check_async(response: httpx.Response) -> None:
        if reads:
            await response.aread()
        response.raise_for_status()

    return check if commit is blocking else check_async


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("client", ["", "own client"])
def test_what_fails_while_connecting_was_not_sent(
    commit: Door, client: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    async def fail_async(*_: object, **__: object) -> None:
        raise error

    with answering(200, b"{}") as url:
        how: dict[str, Any] = {"http_client": own_client(commit)} if client else {}
        monkeypatch.setattr(socket, "create_connection", fail)
        monkeypatch.setattr(anyio, "connect_tcp", fail_async)
        with pytest.raises(TransportError, match=f"was not sent: {type(error).__name__}") as raised:
            commit(base_url=url, **how)
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
def test_what_fails_before_the_transport_was_not_sent(commit: Door, error: Exception) -> None:
    class Failing(httpx.Auth):
        def auth_flow(self, _: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            raise error

    exchanges = accepting()
    ways: list[dict[str, Any]] = [{"event_hooks": {"request": [failing(commit, error)]}}, {"auth": Failing()}]
    for way in ways:
        with pytest.raises(TransportError, match="was not sent"):
            commit(transport=httpx.MockTransport(exchanges), **way)
    assert exchanges.requests == []


@pytest.mark.parametrize("error", [*EXCEPTIONS, TransportError("another call")], ids=lambda error: type(error).__name__)
def test_what_fails_after_the_answer_may_have_been_sent(commit: Door, error: Exception) -> None:
    class Failing(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield request
            raise error

    with answering(200, b"{}") as url:
        ways: list[dict[str, Any]] = [{"event_hooks": {"response": [failing(commit, error)]}}, {"auth": Failing()}]
        ways.append({"http_client": own_client(commit, event_hooks=ways[0]["event_hooks"])})
        for way in ways:
            with pytest.raises(OutcomeUnknownError):
                commit(base_url=url, **way)


def test_a_failure_after_a_second_sending_may_have_been_sent(commit: Door) -> None:
    class Twice(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield request
            yield request

    def answer(request: httpx.Request) -> httpx.Response:
        if len(exchanges.requests) > 1:
            raise httpx.ConnectError("gone", request=request)
        return httpx.Response(200, json=COMMITTED)

    exchanges = Exchanges(answer)
    with pytest.raises(OutcomeUnknownError):
        commit(transport=httpx.MockTransport(exchanges), auth=Twice())


@pytest.mark.parametrize("end", [b"", b"HTTP/1.1 2"])
def test_a_proxy_that_opens_no_tunnel_gets_no_commit(commit: Door, end: bytes) -> None:
    class Proxy(QuietHandler):
        def handle(self) -> None:
            assert self.connection.recv(65536).startswith(b"CONNECT ")
            self.connection.sendall(end)

    with threaded(Proxy) as proxy, pytest.raises(TransportError, match="was not sent: RemoteProtocolError"):
        commit(proxy=proxy)


def test_a_hook_that_follows_the_request_changes_nothing(commit: Door) -> None:
    events: list[str] = []

    def follow(request: httpx.Request) -> None:
        request.extensions["trace"] = lambda event, _: events.append(event)

    async def follow_async(request: httpx.Request) -> None:
        async def trace(event: str, _: object) -> None:
            events.append(event)

        request.extensions["trace"] = trace

    class Silent(QuietHandler):
        def handle(self) -> None:
            self.connection.recv(65536)

    hooks = {"request": [follow if commit is blocking else follow_async]}
    with threaded(Silent) as url, pytest.raises(OutcomeUnknownError):
        commit(base_url=url, event_hooks=hooks)
    with pytest.raises(TransportError):
        commit(base_url="http://127.0.0.1:9", event_hooks=hooks)
    assert "connection.connect_tcp.failed" in events
    assert "http11.send_request_headers.started" in events


def test_a_closed_client_sends_nothing() -> None:
    exchanges = accepting()
    own = httpx.Client(transport=httpx.MockTransport(exchanges))
    ways: list[dict[str, object]] = [{"transport": httpx.MockTransport(exchanges)}, {"http_client": own}]
    clients = [connect(**arguments(how)) for how in ways]
    clients[0].close()
    own.close()
    for client in clients:
        with pytest.raises(TransportError, match=r"was not sent: RuntimeError.*closed"):
            client.commit_async_job(BATCH)
    assert exchanges.requests == []


def test_a_closed_asynchronous_client_sends_nothing() -> None:
    async def run() -> None:
        own = httpx.AsyncClient(transport=httpx.MockTransport(exchanges))
        ways: list[dict[str, object]] = [{"transport": httpx.MockTransport(exchanges)}, {"http_client": own}]
        clients = [connect_async(**arguments(how)) for how in ways]
        await clients[0].aclose()
        await own.aclose()
        for client in clients:
            with pytest.raises(TransportError, match=r"was not sent: RuntimeError.*closed"):
                await client.commit_async_job(BATCH)

    exchanges = accepting()
    asyncio.run(run())
    assert exchanges.requests == []


@pytest.mark.parametrize(("status", "body", "kind"), ANSWERS)
@pytest.mark.parametrize("how", ["hook", "own client", "own client that reads"])
def test_a_hook_that_raises_for_the_status_changes_nothing(
    commit: Door, status: int, body: dict[str, str], kind: type[DrsError], how: str
) -> None:
    hooks = {"response": [checking_hook(commit, reads="reads" in how)]}
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body, headers={"Location": "https://x"}))
    way = {"event_hooks": hooks, "transport": transport}

    with pytest.raises(DrsError) as raised:
        commit(**way if how == "hook" else {"http_client": own_client(commit, **way)})
    assert type(raised.value) is kind
    assert raised.value.status == status
    assert raised.value.error_code == body.get("error_code")


@pytest.mark.parametrize(("status", "body", "kind"), ANSWERS[1:6])
def test_an_answer_that_a_hook_left_unread_is_read_by_its_status(
    commit: Door, status: int, body: dict[str, str], kind: type[DrsError]
) -> None:
    hooks = {"response": [checking_hook(commit)]}
    with answering(status, str(body).encode()) as url, pytest.raises(kind) as raised:
        commit(base_url=url, http_client=own_client(commit, event_hooks=hooks))
    assert raised.value.status == status


def test_a_hook_that_raises_for_the_status_accepts_a_success(commit: Door) -> None:
    hooks = {"response": [checking_hook(commit)]}
    assert commit(transport=httpx.MockTransport(accepting()), event_hooks=hooks).async_job_id == BATCH


def test_a_hook_that_raises_for_the_status_lets_a_token_be_renewed(commit: Door) -> None:
    cloud = Cloud()
    hooks = {"response": [checking_hook(commit)]}
    auth = cloud.auth()
    for tokens in (1, 2):
        assert commit(transport=httpx.MockTransport(cloud), auth=auth, event_hooks=hooks).async_job_id
        assert len(cloud.asked) == tokens
        cloud.ends.clear()


def test_the_status_of_another_answer_says_nothing_about_the_commit(commit: Door) -> None:
    def other(_: object) -> None:
        httpx.Response(400, json=SERVICE_ERROR, request=httpx.Request("GET", "https://metrics")).raise_for_status()

    with pytest.raises(OutcomeUnknownError):
        commit(transport=httpx.MockTransport(accepting()), event_hooks={"response": [hook(commit, other)]})

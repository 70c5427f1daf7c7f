"""A hook or credentials that replace the request of a call do not hide that it was sent."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import OutcomeUnknownError, Retries, ThrottledError, TransportError, connect

from conformance.proof.servers import QuietHandler, threaded
from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import (
    BATCH,
    COMMITTED,
    GATEWAY_ERROR,
    Exchanges,
    arguments,
    hook,
    own_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from conformance.selftest.support.client.doors import Door


class Anew(httpx.Auth):
    """Sends another request with the same content."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield httpx.Request(request.method, request.url, headers=request.headers)


def hooks(commit: Door) -> dict[str, list[Callable[[httpx.Request], object]]]:
    """Return a hook that replaces all extensions of a request."""

    def replace(request: httpx.Request) -> None:
        request.extensions = {"sni_hostname": "drs.example"}

    return {"request": [hook(commit, replace)]}


WAYS: dict[str, Callable[[Door], dict[str, Any]]] = {
    "hook": lambda commit: {"event_hooks": hooks(commit)},
    "credentials": lambda _: {"auth": Anew()},
    "both": lambda commit: {"auth": Anew(), "event_hooks": hooks(commit)},
}


@contextmanager
def cutting() -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that receives each request and closes its connection; yields its URL and what it received."""
    received: list[bytes] = []

    class Cutting(QuietHandler):
        def handle(self) -> None:
            received.append(self.connection.recv(65536))

    with threaded(Cutting) as url:
        yield url, received


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own", [False, True])
def test_a_request_that_replaces_that_of_the_call_was_sent(commit: Door, way: str, *, own: bool) -> None:
    how = WAYS[way](commit)
    if own:
        how["http_client"] = own_client(commit, event_hooks=how.pop("event_hooks", None))
    with cutting() as (url, received), pytest.raises(OutcomeUnknownError) as raised:
        commit(base_url=url, **how)
    assert len(received) == 1
    assert raised.value.attempts == 1


def test_the_request_of_an_earlier_call_was_sent() -> None:
    class Keeping(httpx.Auth):
        kept: httpx.Request | None = None

        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            self.kept = self.kept or request
            yield self.kept

    with cutting() as (url, received), connect(**arguments({"base_url": url, "auth": Keeping()})) as client:
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError) as raised:
                client.commit_async_job(BATCH)
            assert raised.value.attempts == 1
    assert len(received) == 2


@pytest.mark.parametrize("way", WAYS)
def test_its_deadline_counts(commit: Door, way: str) -> None:
    class Silent(QuietHandler):
        def handle(self) -> None:
            while self.connection.recv(65536):
                pass

    with threaded(Silent) as url, pytest.raises(OutcomeUnknownError, match="has passed"):
        commit(base_url=url, deadline=0.3, **WAYS[way](commit))


@pytest.mark.parametrize("way", WAYS)
def test_without_a_connection_it_was_not_sent(commit: Door, way: str) -> None:
    with pytest.raises(TransportError, match="was not sent") as raised:
        commit(base_url="http://127.0.0.1:9", retries=Retries(attempts=2, wait=0), **WAYS[way](commit))
    assert raised.value.attempts == 2


@pytest.mark.parametrize("way", WAYS)
def test_its_rejections_are_counted(commit: Door, way: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(429, json=GATEWAY_ERROR))
    with pytest.raises(ThrottledError) as raised:
        commit(transport=transport, retries=Retries(attempts=3, wait=0), **WAYS[way](commit))
    assert raised.value.attempts == 3


def test_a_request_for_a_token_is_not_that_of_the_call(commit: Door) -> None:
    class Login(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield httpx.Request("GET", request.url.join("/token"))
            raise ValueError("no token")

    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    with pytest.raises(TransportError, match="was not sent: ValueError: no token") as raised:
        commit(transport=transport, auth=Login())
    assert raised.value.attempts == 0


def test_a_request_to_iam_is_not_that_of_the_call(commit: Door) -> None:
    cloud = Cloud()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "drs.example":
            raise httpx.ConnectError("refused", request=request)
        return cloud(request)

    with pytest.raises(TransportError, match="was not sent: ConnectError") as raised:
        commit(transport=httpx.MockTransport(answer), auth=cloud.auth())
    assert raised.value.attempts == 1
    assert len(cloud.asked) == 1


def test_a_rejection_does_not_undo_what_was_processed_before(commit: Door) -> None:
    class Twice(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield request
            yield request
            raise ValueError("rejected")

    answers = [httpx.Response(200, json=COMMITTED), httpx.Response(401, json=GATEWAY_ERROR)]
    exchanges = Exchanges(lambda _: answers.pop(0))
    with pytest.raises(OutcomeUnknownError):
        commit(transport=httpx.MockTransport(exchanges), auth=Twice())
    assert len(exchanges.requests) == 2

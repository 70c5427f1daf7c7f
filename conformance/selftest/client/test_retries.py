"""A request is retried only if it was certainly not processed, up to a limit, after the requested time."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AsyncRetryTransport,
    DrsError,
    OutcomeUnknownError,
    Retries,
    RetryTransport,
    ThrottledError,
    TransportError,
)
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support.client.doors import (
    BASE_URL,
    COMMITTED,
    GATEWAY_ERROR,
    SERVICE_ERROR,
    blocking,
    hook,
    own_client,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from conformance.selftest.support.client.doors import Door

Outcome = tuple[int, str] | type[httpx.TransportError]


def every(kind: type[httpx.TransportError]) -> set[type[httpx.TransportError]]:
    return {kind}.union(*(every(below) for below in kind.__subclasses__()))


ERRORS = sorted(every(httpx.TransportError), key=lambda kind: kind.__name__)
GATEWAY, SERVICE = json.dumps(GATEWAY_ERROR), json.dumps(SERVICE_ERROR)
HARMLESS: list[Outcome] = [(429, "<html>"), (503, GATEWAY), httpx.ConnectError, httpx.ConnectTimeout]
FINAL: list[Outcome] = [
    (200, json.dumps(COMMITTED)),
    (400, SERVICE),
    *((status, GATEWAY) for status in (400, 401, 403, 404, 500, 502, 504)),
    *((503, body) for body in ("<html>", "", "[]", SERVICE)),
    *(kind for kind in ERRORS if kind not in HARMLESS),
]


class Script(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport with these outcomes, in order."""

    def __init__(self, *outcomes: Outcome, **headers: str) -> None:
        self._outcomes = iter(outcomes)
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.sent = 0
        self.pauses: list[float] = []

    def handle_request(self, _: httpx.Request) -> httpx.Response:
        self.sent += 1
        outcome = next(self._outcomes)
        if isinstance(outcome, tuple):
            status, body = outcome
            return httpx.Response(status, headers=self._headers, stream=httpx.ByteStream(body.encode()))
        raise outcome("")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


def blocking_outcome(script: Script, retries: Retries) -> Outcome:
    with httpx.Client(transport=RetryTransport(script, retries, sleep=script.pauses.append)) as client:
        try:
            response = client.post(BASE_URL)
        except httpx.TransportError as error:
            return type(error)
    return response.status_code, response.text


def outcome_in_asyncio(script: Script, retries: Retries) -> Outcome:
    async def run() -> Outcome:
        async with httpx.AsyncClient(transport=AsyncRetryTransport(script, retries, sleep=script.sleep)) as client:
            try:
                response = await client.post(BASE_URL)
            except httpx.TransportError as error:
                return type(error)
        return response.status_code, response.text

    return asyncio.run(run())


@pytest.mark.parametrize("outcome_of", [blocking_outcome, outcome_in_asyncio], ids=["sync", "asyncio"])
@given(
    before=st.lists(st.sampled_from(HARMLESS), max_size=5),
    last=st.sampled_from(FINAL),
    attempts=st.integers(1, 5),
)
def test_only_unprocessed_requests_are_retried_up_to_the_limit(
    outcome_of: Callable[[Script, Retries], Outcome], before: list[Outcome], last: Outcome, attempts: int
) -> None:
    script = Script(*before, last)

    outcome = outcome_of(script, Retries(attempts=attempts, wait=1, longest=6))

    assert script.sent == min(attempts, len(before) + 1)
    assert outcome == [*before, last][script.sent - 1]
    assert len(script.pauses) == script.sent - 1
    assert all(0 <= pause <= min(6, 2**number) for number, pause in enumerate(script.pauses))


NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_an_error_means_not_sent_or_outcome_unknown(commit: Door, kind: type[httpx.TransportError]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise kind("no")

    with pytest.raises(DrsError) as raised:
        commit(transport=httpx.MockTransport(answer))

    assert type(raised.value) is (TransportError if kind in NOT_SENT else OutcomeUnknownError)
    assert isinstance(raised.value.__cause__, kind)
    assert kind.__name__ in str(raised.value)


class Server(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A transport that accepts each commit, and cannot connect to anything else; it may report each answer there."""

    def __init__(self, *, reports: bool = False) -> None:
        self.commits = 0
        self._reports = reports

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != "drs.example":
            raise httpx.ConnectError("no metrics")
        self.commits += 1
        if self._reports:
            report(self)
        return httpx.Response(200, json=COMMITTED)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def report(transport: httpx.BaseTransport) -> None:
    """Send a request of another purpose, in vain."""
    with httpx.Client(transport=transport) as client:
        client.post("https://metrics.example")


class Reporting(httpx.Auth):
    """Credentials that report each answer."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield request
        report(self._server)


class Following(httpx.Auth):
    """Credentials that send another request after the commit."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        yield request
        yield httpx.Request("POST", "https://metrics.example")


def hooks(commit: Door, server: Server) -> dict[str, Any]:
    return {"transport": server, "event_hooks": {"response": [hook(commit, lambda _: report(server))]}}


REPORTING: dict[str, Callable[[Door, Server], dict[str, Any]]] = {
    "hook": hooks,
    "client": lambda commit, server: {"http_client": own_client(commit, **hooks(commit, server))},
    "credentials": lambda _, server: {"transport": server, "auth": Reporting(server)},
    "credentials with requests of their own": lambda _, server: {"transport": server, "auth": Following()},
    "transport": lambda _, server: {"transport": server},
    "transport with retries": lambda _, server: {"transport": server, "retries": Retries(wait=0)},
}


@pytest.mark.parametrize("place", REPORTING)
def test_another_request_that_was_not_sent_says_nothing_about_the_commit(commit: Door, place: str) -> None:
    server = Server(reports="transport" in place)

    with pytest.raises(OutcomeUnknownError, match=r"no metrics"):
        commit(**REPORTING[place](commit, server))

    assert server.commits == 1


@pytest.mark.parametrize("asked", ["3", "0"])
def test_the_requested_time_is_waited(asked: str) -> None:
    script = Script((429, ""), (200, ""), Retry_After=asked)

    assert blocking_outcome(script, Retries(wait=99)) == (200, "")
    assert script.pauses == [float(asked)]


def test_a_wait_beyond_the_longest_ends_the_call() -> None:
    script = Script((429, GATEWAY), Retry_After="61")

    assert blocking_outcome(script, Retries(longest=60)) == (429, GATEWAY)
    assert script.pauses == []


def test_an_untrusted_certificate_is_not_retried() -> None:
    class Distrusting(Script):
        def handle_request(self, _: httpx.Request) -> httpx.Response:
            self.sent += 1
            try:
                raise ssl.SSLCertVerificationError
            except ssl.SSLError as error:
                raise httpx.ConnectError("certificate verify failed") from error

    script = Distrusting()

    assert blocking_outcome(script, Retries()) is httpx.ConnectError
    assert (script.sent, script.pauses) == (1, [])


def test_a_call_that_stays_throttled_ends_with_that_error() -> None:
    throttled = httpx.MockTransport(lambda _: httpx.Response(429, json=GATEWAY_ERROR, headers={"Retry-After": "0"}))

    with pytest.raises(ThrottledError):
        blocking(transport=throttled, retries=Retries(attempts=3))


def test_without_retries_there_is_one_attempt() -> None:
    script = Script((429, GATEWAY))

    with pytest.raises(ThrottledError):
        blocking(transport=script, retries=None)
    assert script.sent == 1

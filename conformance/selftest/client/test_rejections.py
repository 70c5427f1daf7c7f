"""A status which shows that nothing was processed is the meaning of an answer, whatever happens to the rest of it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    DrsError,
    OutcomeUnknownError,
    Retries,
    ThrottledError,
    UnavailableError,
)

from conformance.selftest.support.client.doors import COMMITTED, GATEWAY_ERROR, failing, own_client
from conformance.selftest.support.servers import raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from conformance.selftest.support.client.doors import Door

KINDS: list[tuple[int, type[DrsError]]] = [
    (HTTPStatus.UNAUTHORIZED, AuthenticationError),
    (HTTPStatus.TOO_MANY_REQUESTS, ThrottledError),
]
HEAD = b"HTTP/1.1 %d X\r\nX-Request-Id: r-9\r\nRetry-After: 7\r\nContent-Length: 99\r\n\r\n"


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broken")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        raise httpx.ReadError("broken")


@pytest.mark.parametrize(("status", "kind"), KINDS)
@pytest.mark.parametrize("own", [False, True])
def test_a_body_that_breaks_off_changes_nothing(commit: Door, status: int, kind: type[DrsError], *, own: bool) -> None:
    with (
        raw(HEAD % status + b"{") as url,
        pytest.raises(kind, match=r"was rejected.*status \d+, request r-9") as raised,
    ):
        commit(base_url=url, **({"http_client": own_client(commit)} if own else {}))
    error = raised.value
    assert "was not sent" not in str(error)
    assert (type(error), error.status, error.request_id, error.attempts) == (kind, status, "r-9", 1)
    assert isinstance(error.__cause__, httpx.RemoteProtocolError)
    assert getattr(error, "retry_after", 7) == 7


@pytest.mark.parametrize(("status", "kind"), KINDS)
def test_the_body_of_another_transport_changes_nothing(commit: Door, status: int, kind: type[DrsError]) -> None:
    with pytest.raises(kind, match="was rejected, and then came ReadError: broken") as raised:
        commit(transport=httpx.MockTransport(lambda _: httpx.Response(status, stream=Broken())))
    assert raised.value.status == status


def test_a_success_that_breaks_off_is_no_rejection(commit: Door) -> None:
    with pytest.raises(OutcomeUnknownError):
        commit(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Broken())))


@pytest.mark.parametrize(("status", "kind"), [*KINDS, (503, UnavailableError)])
def test_a_hook_that_fails_changes_nothing(commit: Door, status: int, kind: type[DrsError]) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, json=GATEWAY_ERROR))
    with pytest.raises(kind, match="was rejected, and then came KeyError") as raised:
        commit(transport=transport, event_hooks={"response": [failing(commit, KeyError("boom"))]})
    assert raised.value.status == status
    assert isinstance(raised.value.__cause__, KeyError)


def test_credentials_that_fail_change_nothing(commit: Door) -> None:
    class Failing(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            yield request
            raise ValueError("no other token")

    transport = httpx.MockTransport(lambda _: httpx.Response(401, json=GATEWAY_ERROR))
    with pytest.raises(AuthenticationError, match="no other token"):
        commit(transport=transport, auth=Failing())


@pytest.mark.parametrize("status", [200, 500])
def test_a_later_attempt_decides(commit: Door, status: int) -> None:
    answers = [httpx.Response(429, json=GATEWAY_ERROR), httpx.Response(status, json=COMMITTED)]
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    with pytest.raises(OutcomeUnknownError) as raised:
        commit(
            transport=transport, event_hooks={"response": [failing(commit, KeyError("boom"))]}, retries=Retries(wait=0)
        )
    assert raised.value.attempts == 2

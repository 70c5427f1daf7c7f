"""A success can be had with the facts of its answer, and each error has those of its call."""

from __future__ import annotations

import asyncio
import copy
import pickle
import warnings
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AccessKeyAuth,
    AsyncRetryTransport,
    AuthenticationError,
    DrsError,
    DrsResponse,
    OtherBatchWarning,
    OutcomeUnknownError,
    RefusedError,
    Retries,
    RetryTransport,
    ThrottledError,
    TransportError,
    UnexpectedAnswerError,
    connect,
    connect_async,
)

from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import (
    BATCH,
    COMMITTED,
    GATEWAY_ERROR,
    SERVICE_ERROR,
    TOKEN,
    Exchanges,
    arguments,
    at,
    blocking,
    hook,
    own_client,
)
from conformance.selftest.support.servers import answering, raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from drs_batch_client.models import CommittedAsyncJob

    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

IMMEDIATELY = Retries(wait=0)


def responding(commit: Door, job_id: str = BATCH, **how: object) -> DrsResponse[CommittedAsyncJob]:
    """Commit by the same way as `commit`, and return the response."""

    async def run() -> DrsResponse[CommittedAsyncJob]:
        async with connect_async(**arguments(how)) as client:
            return await client.with_response.commit_async_job(job_id)

    if commit is not blocking:
        return asyncio.run(run())
    with connect(**arguments(how)) as client:
        return client.with_response.commit_async_job(job_id)


def in_turn(answers: Iterable[httpx.Response | Exception]) -> httpx.MockTransport:
    """Return a transport that gives these answers."""
    left = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        latest = next(left)
        if isinstance(latest, Exception):
            raise latest
        return latest

    return httpx.MockTransport(Exchanges(answer))


def answer(status: int, body: object, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def throttled() -> httpx.Response:
    return answer(429, GATEWAY_ERROR, Retry_After="0", X_Request_Id="first")


def test_a_response_has_the_result_and_the_facts_of_the_answer(commit: Door, mock: MockClient) -> None:
    job_id = mock.make()
    response = responding(commit, job_id, **at(mock))
    assert response.parsed.async_job_id == job_id
    assert (response.status_code, response.attempts) == (200, 1)
    assert response.request_id
    assert response.headers["content-type"] == "application/json"
    assert response.headers["X-Request-Id"] == response.request_id


def test_each_attempt_counts(commit: Door) -> None:
    last = answer(200, COMMITTED, X_Request_Id="last")
    transport = in_turn([throttled(), httpx.ConnectError("no"), throttled(), last])
    response = responding(commit, transport=transport, retries=IMMEDIATELY)
    assert (response.attempts, response.request_id) == (4, "last")


def test_an_attempt_with_a_renewed_token_counts(commit: Door) -> None:
    cloud = Cloud()
    auth = cloud.auth()
    for attempts in (1, 2):
        assert responding(commit, auth=auth, transport=httpx.MockTransport(cloud)).attempts == attempts
        cloud.ends.clear()


@pytest.mark.parametrize("retries", [False, True])
def test_an_own_client_counts_as_its_transport_does(commit: Door, *, retries: bool) -> None:
    answers = [throttled(), answer(200, COMMITTED)]
    transport: Any = in_turn(answers if retries else answers[1:])
    if retries:
        transport = (RetryTransport if commit is blocking else AsyncRetryTransport)(transport, IMMEDIATELY)
    assert responding(commit, http_client=own_client(commit, transport=transport)).attempts == 1 + retries


@pytest.mark.parametrize("headers", [{}, {"X_Request_Id": ""}])
def test_an_answer_without_an_id_has_none(commit: Door, headers: dict[str, str]) -> None:
    response = responding(commit, transport=in_turn([answer(200, COMMITTED, **headers)]))
    assert response.request_id is None


SECRETS = {"Set-Cookie": "session=opened", "X-Subject-Token": "another-token", "Authorization": "Basic dXNlcjpw"}


def test_no_secret_is_in_the_repr_of_a_response(commit: Door) -> None:
    headers = {**SECRETS, "X-Echo": f"Bearer {TOKEN}", "X-Request-Id": TOKEN, "X-Plain": "shown"}
    response = responding(
        commit, transport=httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, json=COMMITTED))
    )
    for shown in (repr(response), str(response), repr(response.headers), f"{response.headers}"):
        assert "shown" in shown
        assert [value for value in (TOKEN, *SECRETS.values()) if value in shown] == []
    assert response.headers["Set-Cookie"] == SECRETS["Set-Cookie"]
    assert response.request_id == "[redacted]"


def test_a_response_of_a_signed_call_shows_no_signature(commit: Door) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        signed.append(request.headers["Authorization"].rpartition("Signature=")[2])
        return httpx.Response(200, headers={"X-Echo": request.headers["Authorization"]}, json=COMMITTED)

    signed: list[str] = []
    auth = AccessKeyAuth(access_key="ACCESS-KEY", secret_key="SECRET-KEY-OF-A-USER")
    response = responding(commit, auth=auth, transport=httpx.MockTransport(echo))
    assert signed[0] not in str(dict(response.headers))
    assert "SDK-HMAC-SHA256" in response.headers["X-Echo"]


def test_a_response_is_refused_or_warned_of_like_a_result(commit: Door) -> None:
    with pytest.raises(RefusedError):
        responding(commit, transport=in_turn([answer(400, SERVICE_ERROR)]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        responding(commit, "b1", transport=in_turn([answer(200, COMMITTED)]))
    [warning] = caught
    assert isinstance(warning.message, OtherBatchWarning)
    assert warning.filename == __file__


ERRORS: list[tuple[list[httpx.Response | Exception], type[DrsError], str | None, int]] = [
    ([answer(400, SERVICE_ERROR, X_Request_Id="a")], RefusedError, "a", 1),
    ([throttled(), throttled(), throttled(), answer(429, {}, X_Request_Id="d")], ThrottledError, "d", 4),
    ([answer(500, GATEWAY_ERROR)], OutcomeUnknownError, "r", 1),
    ([answer(418, {}, X_Request_Id="t")], UnexpectedAnswerError, "t", 1),
    ([answer(200, {}, X_Request_Id="t")], UnexpectedAnswerError, "t", 1),
    ([httpx.ConnectError("no")] * 4, TransportError, None, 4),
    ([throttled(), httpx.ReadTimeout("no")], OutcomeUnknownError, None, 2),
]


@pytest.mark.parametrize(("answers", "kind", "request_id", "attempts"), ERRORS)
def test_an_error_has_the_batch_the_request_and_the_attempts(
    commit: Door, answers: list[httpx.Response | Exception], kind: type[DrsError], request_id: str | None, attempts: int
) -> None:
    with pytest.raises(kind) as raised:
        commit("b7", transport=in_turn(answers), retries=IMMEDIATELY)
    for error in (raised.value, copy.copy(raised.value), pickle.loads(pickle.dumps(raised.value))):  # noqa: S301 - ours
        assert (error.async_job_id, error.request_id, error.attempts) == ("b7", request_id, attempts)


def test_an_error_before_the_request_has_no_attempt(commit: Door) -> None:
    class Failing(httpx.Auth):
        def auth_flow(self, _: httpx.Request) -> Any:  # noqa: ANN401 - never returns
            raise RuntimeError("no key")

    with pytest.raises(TransportError) as raised:
        commit("b7", auth=Failing())
    assert (raised.value.async_job_id, raised.value.request_id, raised.value.attempts) == ("b7", None, 0)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (503, TransportError), (302, TransportError)])
def test_an_error_of_iam_has_the_id_of_its_answer(commit: Door, status: int, kind: type[DrsError]) -> None:
    cloud = Cloud()
    cloud.answer = answer(status, {}, X_Request_Id="iam")
    with pytest.raises(kind) as raised:
        commit("b7", auth=cloud.auth(), transport=httpx.MockTransport(cloud))
    assert (raised.value.async_job_id, raised.value.request_id, raised.value.attempts) == ("b7", "iam", 0)


@pytest.mark.parametrize("end", [b"", b'{"jo'])
def test_an_answer_that_breaks_off_has_its_id(commit: Door, end: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-Request-Id: r-9\r\nContent-Length: 99\r\n\r\n"
    with raw(head + end) as url, pytest.raises(OutcomeUnknownError) as raised:
        commit(base_url=url)
    assert (raised.value.request_id, raised.value.attempts) == ("r-9", 1)


def test_an_answer_that_a_hook_left_unread_has_its_id(commit: Door) -> None:
    own = own_client(commit, event_hooks={"response": [hook(commit, httpx.Response.raise_for_status)]})
    headers = {"X-Request-Id": "r-9", "Retry-After": "7"}
    with answering(429, b"{}", headers) as url, pytest.raises(ThrottledError) as raised:
        commit(base_url=url, http_client=own)
    assert (raised.value.request_id, raised.value.retry_after) == ("r-9", 7)


def test_a_repeated_secret_in_an_id_is_masked(commit: Door) -> None:
    answers: list[Callable[[], bytes]] = [
        lambda: b"HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\nContent-Length: 9\r\n\r\n" % TOKEN.encode(),
        lambda: b"HTTP/1.1 400 Bad\r\nX-Request-Id: %s\r\nContent-Length: 0\r\n\r\n" % TOKEN.encode(),
    ]
    for each in answers:
        with raw(each()) as url, pytest.raises(DrsError) as raised:
            commit(base_url=url)
        assert raised.value.request_id == "[redacted]"

"""An access key signs each request with its time, its project and its security token, and shows no secret."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AccessKeyAuth,
    AsyncRetryTransport,
    AuthenticationError,
    PermissionDeniedError,
    RefusedError,
    Retries,
    RetryTransport,
    UnexpectedAnswerError,
    connect,
)
from hypothesis import given
from hypothesis import strategies as st

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.doors import (
    BASE_URL,
    BATCH,
    GATEWAY_ERROR,
    PROJECT,
    SERVICE_ERROR,
    TOKEN,
    Exchanges,
    blocking,
)
from conformance.selftest.support.mock_client import READY, MockClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from conformance.selftest.support.client.doors import Door

AK, SK, SECURITY_TOKEN = "AKEXAMPLE", "SKEXAMPLE", "a-security-token"
SETTINGS = MockSettings()


def own_key(**changes: object) -> AccessKeyAuth:
    """Return the key of the mock, with changes."""
    key: dict[str, Any] = {"access_key": SETTINGS.access_key, "secret_key": SETTINGS.secret_key}
    return AccessKeyAuth(**{**key, **changes})


def sent(auth: AccessKeyAuth, **asked: object) -> httpx.Request:
    """Return a request as it arrives."""
    service = Exchanges(lambda _: httpx.Response(200))
    with httpx.Client(transport=httpx.MockTransport(service), auth=auth) as client:
        request: dict[str, Any] = {"method": "POST", "url": f"{BASE_URL}/a", **asked}
        client.request(**request)
    [arrived] = service.requests
    return arrived


def signed_headers(request: httpx.Request) -> list[str]:
    return request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")


def test_the_mock_accepts_the_key(commit: Door, mock: MockClient) -> None:
    batch = mock.make()
    auth = own_key()
    assert commit(batch, base_url=mock.server.url, project_id=SETTINGS.project_id, auth=auth).async_job_id == batch
    assert mock.status(batch) != READY


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({"access_key": "AKOTHER"}, "access key does not exist"),
        ({"secret_key": "other"}, "signature fail"),
        ({"clock": lambda: datetime.now(UTC) - timedelta(hours=1)}, "signature expired"),
        ({"clock": lambda: datetime.now(UTC) + timedelta(hours=1)}, "signature expired"),
    ],
    ids=["another key", "another secret", "slow clock", "fast clock"],
)
def test_the_error_says_why_a_signature_is_refused(
    commit: Door, mock: MockClient, key: dict[str, Any], reason: str
) -> None:
    batch = mock.make()
    with pytest.raises(AuthenticationError, match=reason) as caught:
        commit(batch, base_url=mock.server.url, project_id=SETTINGS.project_id, auth=own_key(**key))
    assert (caught.value.status, caught.value.error_code) == (401, "APIGW.0301")
    assert reason in (caught.value.error_msg or "")
    assert SETTINGS.secret_key not in str(caught.value)
    assert mock.status(batch) == READY


def test_the_project_is_that_of_the_connection(mock: MockClient) -> None:
    project = SETTINGS.foreign_project_id
    with pytest.raises(PermissionDeniedError, match=r"APIGW\.0302"):
        blocking(mock.make(), base_url=mock.server.url, project_id=project, auth=own_key())
    assert sent(own_key()).headers.get("X-Project-Id") is None
    assert sent(own_key(project_id=PROJECT)).headers.get_list("X-Project-Id") == [PROJECT]


def test_one_key_serves_several_projects_unless_it_is_bound_to_one() -> None:
    service = Exchanges(lambda request: httpx.Response(401, json={"error_msg": request.headers["X-Project-Id"]}))
    transport = httpx.MockTransport(service)
    auth = own_key()
    for project in ("one", "two"):
        with pytest.raises(AuthenticationError, match=project):
            blocking(project_id=project, auth=auth, transport=transport)
    with pytest.raises(ValueError, match=r"^auth is for project one, the connection for two$"):
        connect(base_url=BASE_URL, project_id="two", auth=own_key(project_id="one"))


def test_a_temporary_key_sends_its_security_token() -> None:
    request = sent(own_key(security_token=SECURITY_TOKEN))
    assert request.headers.get_list("X-Security-Token") == [SECURITY_TOKEN]
    assert "x-security-token" in signed_headers(request)


def test_a_signed_request_has_no_token() -> None:
    request = sent(own_key(), headers={"X-Auth-Token": TOKEN})
    assert "X-Auth-Token" not in request.headers
    assert "x-auth-token" not in signed_headers(request)


def test_credentials_that_a_request_already_has_are_replaced() -> None:
    stale = {"X-Sdk-Date": "20200101T000000Z", "X-Project-Id": "other", "Authorization": "Basic eDp5"}
    request = sent(own_key(project_id=PROJECT), headers=[*stale.items(), *stale.items()])
    assert [len(request.headers.get_list(name)) for name in stale] == [1, 1, 1]
    assert {request.headers[name] for name in stale}.isdisjoint(stale.values())


def test_headers_that_a_proxy_may_change_are_not_signed() -> None:
    headers = [("X-One", "1"), ("X-Twice", "1"), ("X-Twice", "2"), ("X-With_Underscore", "1"), ("Via", "1")]
    assert signed_headers(sent(own_key(), headers=headers)) == ["host", "x-one", "x-sdk-date"]


def test_each_request_is_signed_with_its_own_time_in_utc() -> None:
    moments = iter([datetime(2026, 1, 1, 7, 59, 59, 999999, timezone(timedelta(hours=8))),
                    datetime(2026, 1, 1, tzinfo=UTC)])  # fmt: skip
    auth = own_key(clock=lambda: next(moments))
    assert [sent(auth).headers["X-Sdk-Date"] for _ in range(2)] == ["20251231T235959Z", "20260101T000000Z"]


TRANSIENT: list[Callable[[], httpx.Response]] = [
    lambda: httpx.Response(429, headers={"Retry-After": "0"}),
    lambda: httpx.Response(503, json=GATEWAY_ERROR, headers={"Retry-After": "0"}),
    lambda: fail(httpx.ConnectError("refused")),
    lambda: fail(httpx.ConnectTimeout("late")),
]


def fail(error: Exception) -> httpx.Response:
    raise error


@pytest.mark.parametrize("own", [False, True], ids=["", "own client"])
def test_each_attempt_is_signed_with_its_own_time(commit: Door, own: bool) -> None:  # noqa: FBT001 - a parameter
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["X-Sdk-Date"], request.headers["Authorization"]))
        assert [request.headers.get_list(name) for name in ("X-Sdk-Date", "Authorization")] == [[v] for v in seen[-1]]
        return TRANSIENT[len(seen) - 1]() if len(seen) <= len(TRANSIENT) else httpx.Response(400, text=str(seen))

    def clock() -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=16 * len(seen))

    def key(**changes: Any) -> AccessKeyAuth:  # noqa: ANN401 - any option
        return own_key(security_token=SECURITY_TOKEN, **changes)

    seen: list[tuple[str, str]] = []
    retries = Retries(attempts=5, wait=0)
    transport: Any = httpx.MockTransport(answer)
    how: dict[str, Any] = {"transport": transport, "retries": retries}
    if own:
        blocks = commit is blocking
        retrying: Any = (RetryTransport if blocks else AsyncRetryTransport)(transport, retries)
        how = {"http_client": httpx.Client(transport=retrying) if blocks else httpx.AsyncClient(transport=retrying)}
    with pytest.raises(UnexpectedAnswerError) as raised:
        commit(auth=key(clock=clock), **how)
    assert [date for date, _ in seen] == [f"20260101T{time}00Z" for time in ("0000", "0016", "0032", "0048", "0104")]
    # No signature of an attempt that an answer repeats is shown.
    assert not any(re.search(r"Signature=(\w+)", sign)[1] in str(raised.value.content) for _, sign in seen)  # type: ignore[index]

    # Each is what a first attempt at that time would have.
    for number, expected in enumerate(tuple(seen)):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=16 * number)
        service = Exchanges(lambda _: httpx.Response(400, json=SERVICE_ERROR))
        with pytest.raises(RefusedError):
            commit(auth=key(clock=lambda moment=moment: moment), transport=httpx.MockTransport(service))
        assert (service.requests[0].headers["X-Sdk-Date"], service.requests[0].headers["Authorization"]) == expected


def test_a_body_in_parts_is_signed_as_a_whole() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b'{"jobs"', b": []}"):
            yield part

    def blocking_parts() -> Iterator[bytes]:
        yield from (b'{"jobs"', b": []}")

    async def run() -> httpx.Request:
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        async with httpx.AsyncClient(transport=transport, auth=auth) as client:
            return (await client.put(f"{BASE_URL}/a", content=parts(), headers=headers)).request

    auth = own_key(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    headers = {"Content-Type": "application/json"}
    put = {"method": "PUT", "headers": headers}
    whole = sent(auth, content=b'{"jobs": []}', **put)
    others = [sent(auth, content=blocking_parts(), **put), asyncio.run(run())]
    assert {request.headers["Authorization"] for request in others} == {whole.headers["Authorization"]}


@given(st.text(max_size=8), st.text(max_size=8))
def test_a_blank_in_a_query_is_percent_encoded(name: str, value: str) -> None:
    params = {f"n{name}": value}
    plain = httpx.URL(BASE_URL, params=params)
    request = sent(own_key(), params=params, url=BASE_URL)
    assert request.url.params == plain.params
    assert b"+" not in request.url.raw_path
    assert request.url.raw_path.replace(b"%20", b"+") == plain.raw_path.replace(b"%20", b"+")


@pytest.mark.parametrize("value", ["", "a b", "a\r\nX-Injected: 1", "ä", "a\n", "\x00"])
@pytest.mark.parametrize("name", ["access_key", "secret_key", "security_token", "project_id"])
def test_a_value_that_cannot_be_sent_is_rejected_without_showing_it(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be one or more visible ASCII characters") as caught:
        own_key(**{name: value})
    assert not value.strip("a") or value not in str(caught.value)


@pytest.mark.parametrize("name", ["access_key", "secret_key"])
@pytest.mark.parametrize("value", [None, b"AK", 1])
def test_a_value_that_is_not_a_str_is_rejected(name: str, value: object) -> None:
    with pytest.raises(TypeError, match=rf"^{name} must be a str, not (NoneType|bytes|int)$"):
        own_key(**{name: value})


def test_both_keys_in_one_text_are_rejected_before_the_secret_key_is_sent() -> None:
    with pytest.raises(ValueError, match=r"^access_key must be .* without blanks and commas$"):
        AccessKeyAuth(access_key=f"{AK},{SK}", secret_key=SK)


def test_no_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    auth = AccessKeyAuth(access_key=AK, secret_key=SK, security_token=SECURITY_TOKEN)

    def echo(request: httpx.Request) -> httpx.Response:
        text = "|".join(f"{name}:{value}" for name, value in request.headers.items())
        return httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": f"canonicalRequest:{SK}|{text}"})

    with pytest.raises(AuthenticationError, match=r"canonicalRequest:\[redacted\]\|") as caught:
        blocking(BATCH, auth=auth, transport=httpx.MockTransport(echo))
    shown = [str(caught.value), repr(caught.value), caught.value.error_msg, repr(auth), str(auth), caplog.text]
    assert [text for text in shown if text and (SK in text or SECURITY_TOKEN in text)] == []
    assert AK in repr(auth)
    assert auth.secrets[:3] == (SK, SECURITY_TOKEN, AK)

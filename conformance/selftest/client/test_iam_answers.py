"""Each answer of IAM is a token, or an error that says what is wrong and shows no secret."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import AuthenticationError, DrsError, Retries, TransportError
from drs_batch_client.runtime.iam_answers import issued
from drs_batch_client.runtime.redaction import Redactor
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.selftest.support.client.clouds import IAM_URL, NOW, PASSWORD, Cloud, issuing
from conformance.selftest.support.mock_client import READY

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

DAY = timedelta(days=1)
OF_THE_USER = r"^IAM at https://iam\.example issues no token for this user and project .*; check user, password, domain"
OUTAGE = r"^IAM at https://iam\.example has an outage or is busy .*; without a token, the call had no effect$"
NOT_IAM = r"^https://iam\.example does not answer like IAM .*; check iam_url$"


def said(message: object) -> dict[str, Any]:
    return {"error": {"code": 0, "message": message, "title": "Any"}}


def answered(status: int, content: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return httpx.Response(status, headers=named, content=content, request=httpx.Request("POST", IAM_URL))


@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (400, AuthenticationError, OF_THE_USER),
        (401, AuthenticationError, OF_THE_USER),
        (403, AuthenticationError, OF_THE_USER),
        (404, TransportError, NOT_IAM),
        (429, TransportError, OUTAGE),
        (500, TransportError, OUTAGE),
        (503, TransportError, OUTAGE),
        (200, TransportError, NOT_IAM),
        (201, TransportError, NOT_IAM),
        (204, TransportError, NOT_IAM),
        (302, TransportError, NOT_IAM),
    ],
)
@pytest.mark.parametrize("content", [json.dumps(said("Why not.")).encode(), b"<html>", b""], ids=["error", "HTML", ""])
def test_each_status_has_a_meaning(
    commit: Door, status: int, error: type[DrsError], message: str, content: bytes
) -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(status, content=content)
    with pytest.raises(error, match=message) as caught:
        commit(auth=cloud.auth(), transport=httpx.MockTransport(cloud))
    assert caught.value.status == status
    assert f"(status {status}{': Why not.' if b'Why' in content else ''})" in str(caught.value)
    assert cloud.tokens == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectTimeout("too slow"),
        httpx.ReadTimeout(""),
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"),
        httpx.RemoteProtocolError("closed"),
        httpx.ReadError(f"a line\r\nbreak and {PASSWORD}"),
    ],
)
def test_a_missing_answer_is_an_error_with_its_cause_and_nothing_is_sent(
    commit: Door, error: httpx.TransportError
) -> None:
    cloud = Cloud()
    cloud.answer = error
    with pytest.raises(TransportError, match=r"^IAM at https://iam\.example does not answer \(.+\); .*") as caught:
        commit(auth=cloud.auth(), transport=httpx.MockTransport(cloud))
    assert isinstance(caught.value.__cause__, type(error))
    assert str(caught.value).isprintable()
    assert PASSWORD not in str(caught.value)
    assert cloud.tokens == []


def test_an_iam_that_is_unreachable_or_silent_is_an_error(commit: Door, mock: MockClient) -> None:
    batch = mock.make()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (1, silent.getsockname()[1]):
            auth = Cloud().auth(iam_url=f"http://127.0.0.1:{port}")
            with pytest.raises(TransportError, match=rf"^IAM at http://127\.0\.0\.1:{port} does not answer \("):
                commit(batch, auth=auth, base_url=mock.server.url, timeout=0.05)
    assert mock.status(batch) == READY


def test_requests_to_iam_are_retried(commit: Door) -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(429, headers={"Retry-After": "0"})
    with pytest.raises(TransportError, match=r"\(status 429\)"):
        commit(auth=cloud.auth(), transport=httpx.MockTransport(cloud), retries=Retries(attempts=3))
    assert len(cloud.asked) == 3


def test_the_password_does_not_follow_a_redirect(commit: Door) -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/v3/auth/tokens"})

    with pytest.raises(TransportError, match=NOT_IAM):
        commit(auth=Cloud().auth(), transport=httpx.MockTransport(answer))
    assert hosts == ["iam.example"]


@pytest.mark.parametrize(
    ("start", "end", "life"),
    [
        (NOW, NOW + timedelta(hours=2), timedelta(hours=2)),
        (NOW - timedelta(days=900), NOW - timedelta(days=899, hours=23), timedelta(hours=1)),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z", timedelta(minutes=10)),
        (NOW, "2028-01-01T00:00:00.000000Z", timedelta(days=730)),
        (NOW, NOW, DAY),
        (NOW, NOW - DAY, DAY),
        (NOW, "tomorrow", DAY),
        (NOW, 4102444800, DAY),
        (None, NOW, DAY),
        ([], {}, DAY),
    ],
)
def test_a_lifetime_is_measured_by_the_clock_of_iam(start: object, end: object, life: timedelta) -> None:
    token = issued(issuing("token", start, end), Redactor())
    assert (token.value, token.lifetime) == ("token", life)


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "", None])
def test_a_token_is_used_for_at_most_a_day(commit: Door, end: object) -> None:
    cloud = Cloud()
    how: dict[str, Any] = {"auth": cloud.auth(), "transport": httpx.MockTransport(cloud)}
    for hours, token in [(0, "a"), (23, "b"), (47, "c")]:
        cloud.now = NOW + timedelta(hours=hours)
        cloud.answer = issuing(token, cloud.now, end)
        cloud.ends[token] = cloud.now + DAY
        commit(**how)
    assert cloud.tokens == ["a", "a", "c"]


@pytest.mark.parametrize("token", ["", "two words", "ä", "a\tb", "a, b"])
def test_a_token_that_cannot_be_sent_is_rejected(token: str) -> None:
    with pytest.raises(TransportError, match=NOT_IAM):
        issued(answered(201, X_Subject_Token=token), Redactor())


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just(PASSWORD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["token", "error", "message", "issued_at", "expires_at"]) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
bodies = st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode())


@given(st.integers(200, 599), bodies, st.sampled_from([None, "token", "not a token"]))
@example(201, b"[" * 100_000, "token")
@example(401, b"[" * 100_000, None)
@example(401, json.dumps(said(f"{PASSWORD}\x1b[2J\u202e\r\n" + "long" * 200)).encode(), None)
@example(401, b"\xff\xfe\x00\xd8", None)
def test_any_answer_of_iam_is_a_token_or_an_error_that_can_be_shown(
    status: int, body: bytes, token: str | None
) -> None:
    headers = {} if token is None else {"X_Subject_Token": token}
    response = answered(status, body, **headers)
    if (status, token) == (201, "token"):
        assert issued(response, Redactor()).value == token
        return
    with pytest.raises(DrsError) as caught:
        issued(response, Redactor(PASSWORD))
    message = str(caught.value)
    assert PASSWORD not in message + str(caught.value.error_msg)
    assert message.isprintable()
    assert len(message) < 500

"""A token is sent once, unchanged, and is not shown."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING

import httpx
import pytest
from drs_batch_client import AuthenticationError, DrsError, TokenAuth, UnexpectedAnswerError
from hypothesis import given
from hypothesis import strategies as st

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.clouds import PASSWORD, Cloud, issuing
from conformance.selftest.support.client.doors import BATCH, COMMITTED, TOKEN, Exchanges, at, blocking
from conformance.selftest.support.mock_client import READY

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

KEPT = 64 * 1024


def test_the_token_is_sent_once_in_place_of_any_other(commit: Door) -> None:
    service = Exchanges(lambda _: httpx.Response(200, json=COMMITTED))
    commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(service))
    own = httpx.Client(transport=httpx.MockTransport(service), headers={"X-Auth-Token": "another"})
    with own:
        blocking(auth=TokenAuth(TOKEN), http_client=own)
    assert [request.headers.get_list("X-Auth-Token") for request in service.requests] == [[TOKEN], [TOKEN]]
    assert ["Authorization" in request.headers for request in service.requests] == [False, False]


@pytest.mark.parametrize(
    ("token", "message"),
    [("wrong", "decrypt token fail"), (MockSettings().expired_token, r"APIGW\.0307 The token must be updated")],
)
def test_a_token_that_the_mock_rejects_is_an_error_and_not_sent_again(
    commit: Door, mock: MockClient, token: str, message: str
) -> None:
    batch = mock.make()
    with pytest.raises(AuthenticationError, match=message) as caught:
        commit(batch, **{**at(mock), "auth": TokenAuth(token)})
    assert token not in "".join(traceback.format_exception(caught.value))
    assert mock.status(batch) == READY
    assert len(mock.client.get("/_mock/requests").json()["requests"]) == 1


@pytest.mark.parametrize("token", ["", "two words", "a\r\nX-Injected: 1", "tökén", "a\x00b", "a\n"])
def test_a_value_that_cannot_be_sent_is_rejected_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match=r"^token must be one or more visible ASCII characters without blanks$"):
        TokenAuth(token)


@pytest.mark.parametrize("token", [None, b"secret", ["secret"]])
def test_a_value_that_is_not_a_str_is_rejected_without_showing_it(token: object) -> None:
    with pytest.raises(TypeError, match=r"^token must be a str, not (NoneType|bytes|list)$"):
        TokenAuth(token)  # type: ignore[arg-type] # what somebody passes who does not check types


@pytest.mark.parametrize("before", [0, 100, KEPT - len(TOKEN), KEPT - len(TOKEN) + 1, KEPT - 1, KEPT, KEPT + 1])
def test_a_token_at_the_cut_of_a_long_body_is_not_kept(commit: Door, before: int) -> None:
    content = b"x" * before + TOKEN.encode() + b"y" * 100
    with pytest.raises(UnexpectedAnswerError) as caught:
        commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(lambda _: httpx.Response(418, content=content)))
    assert TOKEN[:6].encode() not in caught.value.content
    assert len(caught.value.content) <= KEPT
    assert caught.value.content.startswith(b"x" * min(before, KEPT))


def test_a_password_that_is_not_ascii_is_masked_in_a_body(commit: Door) -> None:
    cloud = Cloud()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return issuing("a-token-of-iam", None, None)
        return httpx.Response(418, content=b"\xff" + f"{PASSWORD}: {request.headers['X-Auth-Token']}".encode())

    with pytest.raises(UnexpectedAnswerError) as caught:
        commit(auth=cloud.auth(), transport=httpx.MockTransport(answer))
    assert caught.value.content == b"\xff[redacted]: [redacted]"


@given(
    st.integers(200, 599).filter(lambda status: status not in (204, 304)), st.text(max_size=20), st.text(max_size=20)
)
def test_no_answer_makes_an_error_show_the_token(status: int, before: str, after: str) -> None:
    text = f"{before}{TOKEN}{after}"
    members = {"error_code": text, "error_msg": text, "request_id": text}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers={"X-Request-Id": TOKEN}, content=json.dumps(members))

    with pytest.raises(DrsError) as caught:
        blocking(BATCH, auth=TokenAuth(TOKEN), transport=httpx.MockTransport(answer))
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_a_repr_shows_no_token() -> None:
    assert repr(TokenAuth(TOKEN)) == "TokenAuth()"
    assert TokenAuth(TOKEN).secrets == (TOKEN,)

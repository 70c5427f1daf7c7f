"""Tokens from IAM: the request, and the meaning of each answer."""

from __future__ import annotations

import html
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.auth.iam import IssuedToken, read_lifetime
from conformance.auth.iam_user import IamUser, RenewedToken, issue
from conformance.errors import IamError, IamRefusedError, IamUnavailableError
from conformance.exchange.exchange import Request, Response, TransportFailure
from conformance.exchange.redaction import is_long_enough
from conformance.mock.iam import PROJECT_NAME
from conformance.mock.settings import IAM_DOMAIN, IAM_PASSWORD, IAM_USER, PROJECT_ID, MockSettings
from conformance.selftest.support.mock_client import MockClient, running_mock
from conformance.target.limits import Limits
from conformance.target.transport import HttpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.exchange import FailureKind
    from conformance.exchange.transport import Outcome

ENDPOINT = "https://iam.example.com"
PASSWORD = "Pa55 w\N{LATIN SMALL LETTER O WITH DIAERESIS}rd/+&"
USER = IamUser(ENDPOINT, "me", "us", PASSWORD, "p1", None)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = {"issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2026-01-02T00:00:00.000000Z"}
MARK = "known-from-the-answer-alone-and-nowhere-else"
TOKEN = "t0ken-of-iam-with-32-characters-"
NO_TIMES: tuple[object, ...] = (None, 1, MARK, "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+08:00", [])


class Answering:
    """A transport that has one outcome, and records the requests."""

    def __init__(self, outcome: Outcome) -> None:
        self.sent = 0
        self.requests: list[Request] = []
        self._outcome = outcome

    def send(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        assert repeatable
        self.sent += len(requests)
        self.requests += requests
        return [self._outcome for _ in requests]

    def send_in_turn(self, requests: Sequence[Request], *, repeatable: bool = False) -> list[Outcome]:
        return self.send(requests, repeatable=repeatable)


def created(**token: object) -> Response:
    body = json.dumps({"token": {**LIFE, **token}}).encode()
    return Response(201, (("X-Subject-Token", TOKEN),), body)


def refused(status: int, message: object) -> Response:
    body = {"error": {"code": status, "message": message, "title": MARK}, "more": MARK}
    return Response(status, (("X-More", MARK), ("X-Subject-Token", MARK)), json.dumps(body).encode())


def failure(outcome: Outcome, user: IamUser = USER) -> IamError:
    with pytest.raises(IamError) as caught:
        issue(user, Answering(outcome))
    text = str(caught.value)
    assert "\n" not in text
    assert text.isprintable()
    assert text.startswith("--")
    assert MARK not in text
    assert user.password not in text
    return caught.value


@pytest.mark.parametrize(
    ("project_id", "project_name", "project"),
    [("p1", None, {"id": "p1"}), ("p1", "n1", {"id": "p1"}), (None, "n1", {"name": "n1"})],
)
def test_a_token_is_requested_as_documented(
    project_id: str | None, project_name: str | None, project: dict[str, str]
) -> None:
    transport = Answering(created())
    token = issue(IamUser(ENDPOINT, "me", "us", PASSWORD, project_id, project_name), transport)
    assert token == IssuedToken(TOKEN, timedelta(days=1))
    [request] = transport.requests
    assert (request.method, request.target) == ("POST", "/v3/auth/tokens?nocatalog=true")
    assert request.values("Content-Type") == ("application/json;charset=utf8",)
    user = {"name": "me", "password": PASSWORD, "domain": {"name": "us"}}
    assert json.loads(request.body) == {
        "auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": project},
        }
    }


def test_no_repr_shows_a_secret() -> None:
    token = issue(USER, Answering(created()))
    renewed = RenewedToken(lambda: token, PASSWORD)
    assert renewed.secrets == (PASSWORD, TOKEN)
    assert not any(secret in repr(thing) for thing in (USER, token, renewed) for secret in renewed.secrets)


@pytest.mark.parametrize("time", ["2026-01-02T00:00:00Z", "2026-01-02T00:00:00.5Z", "2026-01-02T00:00:00.500000Z"])
def test_times_are_read_with_and_without_fractions(time: str) -> None:
    token = issue(USER, Answering(created(expires_at=time)))
    assert token.lifetime in (timedelta(days=1), timedelta(days=1, seconds=0.5))


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=900), timedelta(days=-900)])
def test_a_lifetime_does_not_depend_on_the_clock_of_iam(ahead: timedelta) -> None:
    start = NOW + ahead
    times = {"issued_at": start.isoformat(), "expires_at": (start + timedelta(hours=1)).isoformat()}
    token = {name: time.replace("+00:00", "Z") for name, time in times.items()}
    assert read_lifetime(created(**token).body) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (400, ("--iam-user", "--iam-domain", "--project-id")),
        (401, ("--iam-user", "--iam-password", "--iam-domain", "--project-id")),
        (403, ("--iam-user",)),
    ],
)
def test_a_refusal_names_the_options_and_the_message_of_iam(status: int, options: tuple[str, ...]) -> None:
    error = failure(refused(status, "The username or password is wrong."))
    assert isinstance(error, IamRefusedError)
    assert all(option in str(error) for option in options)
    assert f"({status}: The username or password is wrong.)" in str(error)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"null", b'{"error": 1}', b'{"error": {}}'])
def test_a_refusal_may_have_no_message(body: bytes) -> None:
    assert "(401)" in str(failure(Response(401, (), body)))


@pytest.mark.parametrize("message", [None, 1, [MARK], {"message": MARK}, "", "\n\t"])
def test_a_message_that_is_not_text_is_left_out(message: object) -> None:
    assert "(401)" in str(failure(refused(401, message)))


def test_a_message_is_one_line_of_at_most_200_characters() -> None:
    text = str(failure(refused(401, "\x1b[31m" + "a\r\nb\u202e" + "x" * 500 + MARK)))
    assert f"(401: {'[31ma  b ' + 'x' * 190})" in text


characters = st.sampled_from("Aa0!\"'&<>%+/\\ \N{SNOWMAN}")
passwords = st.text(characters, min_size=8, max_size=20).map(lambda text: f"a{text}z").filter(is_long_enough)
encodings = st.sampled_from([str, quote, lambda text: json.dumps(text)[1:-1], html.escape])


@given(passwords, encodings, st.integers(0, 210))
def test_a_password_in_a_message_is_redacted(password: str, encode: Callable[[str], str], before: int) -> None:
    user = IamUser(ENDPOINT, "me", "us", password, "p1", None)
    text = str(failure(refused(401, "x" * before + encode(password) + "x"), user))
    assert f"(401: {('x' * before + '[redacted]x')[:200]})" in text


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_outage_is_not_a_refusal(status: int) -> None:
    error = failure(refused(status, "Later, please"))
    assert isinstance(error, IamUnavailableError)
    assert str(error).startswith(f"--iam-endpoint: {ENDPOINT} has an outage or is busy ({status}: Later, please)")


@pytest.mark.parametrize("status", [200, 202, 204, 301, 302, 307, 404, 405, 418])
def test_any_other_status_is_not_of_iam(status: int) -> None:
    error = failure(refused(status, MARK))
    assert isinstance(error, IamUnavailableError)
    assert str(error).startswith(f"--iam-endpoint: {ENDPOINT} is not IAM: it answers with status {status}")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("X-Subject-Token", ""),),
        (("X-Subject-Token", f"{MARK} {MARK}"),),
        (("X-Subject-Token", f"{MARK}\xe9"),),
        (("X-Subject-Token", f"{MARK}\x00"),),
        (("X-Subject-Token", MARK), ("x-subject-token", "other")),
        (("X-Auth-Token", MARK),),
        (("X-Subject-Token", TOKEN[:31]),),
    ],
)
def test_a_token_that_cannot_be_sent_is_refused(headers: tuple[tuple[str, str], ...]) -> None:
    error = failure(Response(201, headers, created().body))
    assert isinstance(error, IamUnavailableError)
    assert "issues no usable token" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"null",
        b"[]",
        b"{}",
        b'{"token": null}',
        b'{"token": {"expires_at": "2026-01-02T00:00:00Z"}}',
        b'{"token": {"issued_at": "2026-01-02T00:00:00Z"}}',
        *(created(**{name: value}).body for name in LIFE for value in NO_TIMES),
        created(expires_at=LIFE["issued_at"]).body,
        created(expires_at="2025-12-31T00:00:00Z").body,
    ],
    ids=range(24),
)
def test_a_token_without_a_lifetime_is_refused(body: bytes) -> None:
    error = failure(Response(201, (("X-Subject-Token", MARK),), body))
    assert isinstance(error, IamUnavailableError)
    assert "does not say how long its token is valid" in str(error)


@given(
    st.integers(200, 599),
    st.lists(st.tuples(st.sampled_from(["X-Subject-Token", "Content-Type", "Location"]), st.text(max_size=9))),
    st.binary(max_size=60) | st.dictionaries(st.sampled_from(["token", "error"]), st.none() | st.just(LIFE)).map(repr),
)
def test_any_answer_gives_a_token_or_an_error(status: int, headers: list[tuple[str, str]], body: bytes | str) -> None:
    octets = body if isinstance(body, bytes) else body.replace("'", '"').replace("None", "null").encode()
    try:
        token = issue(USER, Answering(Response(status, tuple(headers), octets)))
    except IamError as error:
        shown = str(error)
    else:
        shown = "--"
        assert (status, token.value.isprintable()) == (201, True)
    assert shown.startswith("--")


@pytest.mark.parametrize(
    ("kind", "shown", "option"),
    [
        ("unreachable", True, "--iam-endpoint"),
        ("insecure", True, "--ca-file"),
        ("timeout", True, "--timeout"),
        ("protocol", False, "--iam-endpoint"),
        ("too-large", False, "--iam-endpoint"),
        ("unsendable", False, "--iam-endpoint"),
    ],
)
def test_a_transport_failure_names_the_endpoint_and_an_option(kind: FailureKind, option: str, *, shown: bool) -> None:
    error = failure(TransportFailure(kind, "the detail"))
    assert isinstance(error, IamUnavailableError)
    assert ENDPOINT in str(error)
    assert option in str(error)
    assert ("the detail" in str(error)) is shown


@pytest.mark.parametrize("field", ["user", "domain", "password", "project_id"])
def test_octets_that_are_not_utf_8_are_rejected_before_they_are_sent(field: str) -> None:
    texts = {"user": "me", "domain": "us", "password": "secret", "project_id": "p1", field: "a\udcff"}
    transport = Answering(created())
    with pytest.raises(IamRefusedError, match=r"^--iam-user, --iam-password, --iam-domain, --project-id: "):
        issue(IamUser(ENDPOINT, **texts, project_name=None), transport)
    assert transport.requests == []


def user_of(mock: MockClient, password: str = IAM_PASSWORD, project_id: str | None = PROJECT_ID) -> IamUser:
    return IamUser(mock.server.url, IAM_USER, IAM_DOMAIN, password, project_id, PROJECT_NAME)


@pytest.mark.parametrize("project_id", [PROJECT_ID, None])
def test_the_mock_issues_a_token_that_it_accepts(project_id: str | None) -> None:
    with running_mock(MockSettings(token_lifetime=600)) as mock, HttpTransport(mock.server.url, Limits()) as transport:
        token = issue(user_of(mock, project_id=project_id), transport)
        assert token.lifetime == timedelta(minutes=10)
        assert mock.commit(mock.make(), X_Auth_Token=token.value).status_code == 200


def test_the_mock_refuses_another_password() -> None:
    with running_mock() as mock, HttpTransport(mock.server.url, Limits()) as transport:
        with pytest.raises(IamRefusedError) as caught:
            issue(user_of(mock, "an0ther-password"), transport)
        assert "(401: The username or password is wrong.)" in str(caught.value)
        with pytest.raises(IamRefusedError, match="400: The request body is invalid"):
            issue(user_of(mock, ""), transport)


def test_an_unreachable_iam_is_not_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with HttpTransport(url, Limits()) as transport, pytest.raises(IamUnavailableError, match="cannot be reached"):
        issue(IamUser(url, "me", "us", PASSWORD, "p1", None), transport)

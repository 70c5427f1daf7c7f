"""What a function that gives access keys may raise and return, and what is shown of it."""

from __future__ import annotations

import traceback
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    Credentials,
    DrsError,
    OutcomeUnknownError,
    ProviderAuth,
    TransportError,
)

from conformance.selftest.support.client.doors import GATEWAY_ERROR, in_asyncio
from conformance.selftest.support.client.sources import HOUR, NOW, SECRET_KEY, SECURITY_TOKEN, Source, key

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door

MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    "error", [OSError("no vault"), KeyError("ak"), OutcomeUnknownError("other"), StopIteration("none")]
)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_the_function_raises_is_the_cause_of_an_error_and_nothing_is_sent(
    commit: Door, error: Exception, *, asynchronous: bool
) -> None:
    source = Source()
    source.error = error
    auth = source.auth(asynchronous=asynchronous and commit is in_asyncio)
    with pytest.raises(TransportError, match=r"^provider gives no credentials \(\w+\); without them") as caught:
        commit(auth=auth, transport=source.transport)
    cause = caught.value.__cause__
    # A coroutine cannot raise a StopIteration.
    assert cause is error or (isinstance(error, StopIteration) and cause is not None and cause.__cause__ is error)
    assert "in give" in "".join(traceback.format_exception(caught.value))
    assert source.requests == []


@pytest.mark.parametrize("error", [AuthenticationError("no agency", status=401), TransportError("no network")])
def test_an_error_of_the_client_that_the_function_raises_is_passed_on(commit: Door, error: DrsError) -> None:
    source = Source()
    source.error = error
    with pytest.raises(type(error), match=f"^{error}$") as caught:
        commit(auth=source.auth(), transport=source.transport)
    assert caught.value.status == error.status
    assert source.requests == []


@pytest.mark.parametrize("kind", [AuthenticationError, TransportError])
def test_no_log_shows_a_key_that_an_error_of_the_function_names(
    commit: Door, kind: type[DrsError], caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    commit(**how)
    source.error, source.now = kind(f"{SECRET_KEY} cannot be replaced"), NOW + 24 * HOUR
    with pytest.raises(kind, match=r"^\[redacted\] cannot be replaced$"):
        commit(**how)
    assert f"the credentials were not renewed: {kind.__name__}\n" in caplog.text
    assert SECRET_KEY not in caplog.text


@pytest.mark.parametrize(
    ("instead", "message"),
    [
        (("AK", SECRET_KEY), "^provider must return Credentials, not tuple$"),
        ({"access": "AK"}, "^provider must return Credentials, not dict$"),
        (key(1, NOW), "^the credentials of provider expired at 2026-01-01 00:00:00"),
        (key(1, NOW - HOUR), "^the credentials of provider expired at 2025-12-31 23:00:00"),
        (key(1, datetime(2026, 1, 1, 7, 59, tzinfo=timezone(8 * HOUR))), "expired at 2026-01-01 07:59:00"),
    ],
)
def test_what_the_function_returns_is_checked_and_nothing_is_sent(commit: Door, instead: object, message: str) -> None:
    source = Source()
    source.instead = instead
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    for _ in range(2):
        with pytest.raises(AuthenticationError, match=message):
            commit(**how)
    assert (source.requests, source.asked) == ([], 1)
    source.instead, source.now = None, NOW + MINUTE
    commit(**how)
    assert source.signers == ["AK2"]


@pytest.mark.parametrize(("error", "instead"), [(OSError("no vault"), None), (None, key(7, NOW)), (None, "AK")])
def test_a_valid_key_is_used_until_its_end_if_the_function_fails(
    commit: Door, error: Exception | None, instead: object
) -> None:
    source = Source()
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    commit(**how)
    source.error, source.instead = error, instead
    for moment in (NOW + HOUR - 5 * MINUTE, NOW + HOUR - MOMENT):
        source.now = moment
        commit(**how)
    source.now = NOW + HOUR
    with pytest.raises(DrsError):
        commit(**how)
    assert source.signers == ["AK1"] * 3


@pytest.mark.parametrize("provider", [None, "AK", key(1), 7])
def test_a_provider_that_is_not_a_function_is_refused(provider: Any) -> None:  # noqa: ANN401 - any kind
    with pytest.raises(TypeError, match=r"^provider must be a function .*AccessKeyAuth is for a key that does not"):
        ProviderAuth(provider)


@pytest.mark.parametrize(
    ("name", "value", "kind", "message"),
    [
        ("access_key", "AK,SK", ValueError, "without blanks and commas"),
        *((name, "a b", ValueError, "visible") for name in ("access_key", "secret_key", "security_token")),
        *((name, b"a", TypeError, "a str, not bytes") for name in ("access_key", "secret_key", "security_token")),
        ("expires_at", "2026-01-01T00:00:00Z", TypeError, "a datetime, not str"),
        ("expires_at", NOW.timestamp(), TypeError, "a datetime, not float"),
        ("expires_at", NOW.date(), TypeError, "a datetime, not date"),
        ("expires_at", NOW.replace(tzinfo=None), ValueError, "have a time zone"),
    ],
)
def test_each_part_of_a_key_is_checked(name: str, value: object, kind: type[Exception], message: str) -> None:
    given: dict[str, Any] = {"access_key": "AK", "secret_key": "SK", name: value}
    with pytest.raises(kind, match=f"^{name} must .*{message}"):
        Credentials(**given)


def test_a_key_of_a_wrong_part_is_an_error_of_the_call(commit: Door) -> None:
    def give() -> Credentials:
        return Credentials(access_key="AK", secret_key="SK", expires_at=datetime(2026, 1, 1))  # noqa: DTZ001 - wrong

    with pytest.raises(TransportError, match=r"\(ValueError\)") as caught:
        commit(auth=ProviderAuth(give), transport=Source().transport)
    assert "expires_at must have a time zone" in str(caught.value.__cause__)


def test_keys_are_equal_by_value_and_show_no_secret() -> None:
    assert key(1) == key(1)
    assert key(1) != key(2)
    assert hash(key(1)) == hash(key(1))
    assert repr(key(1, NOW)) == f"Credentials(access_key='AK1', expires_at={NOW!r})"


@pytest.mark.parametrize("kind", [OSError, TransportError, AuthenticationError])
def test_the_text_of_an_error_of_the_function_is_in_no_log_and_only_in_the_cause(
    commit: Door, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    source = Source()
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    commit(**how)
    source.now += HOUR
    source.error = kind(f"vault read --token hvs.new {SECRET_KEY}-1")
    with pytest.raises(DrsError) as caught:
        commit(**how)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert f"the credentials were not renewed: {kind.__name__}" in logged
    assert [secret for secret in ("hvs.new", SECRET_KEY) if secret in logged] == []
    assert SECRET_KEY not in "".join(traceback.format_exception(caught.value))
    if kind is OSError:
        assert "hvs.new" not in str(caught.value)
        assert "hvs.new" in str(caught.value.__cause__)


def test_the_arguments_of_a_partial_function_are_not_shown() -> None:
    assert "hvs.token" not in repr(ProviderAuth(partial(key, "hvs.token")))  # type: ignore[arg-type]


def test_secrets_of_earlier_keys_that_the_service_repeats_are_masked(commit: Door) -> None:
    source = Source()
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    commit(**how)
    source.now += HOUR
    said = " ".join(f"{secret}-{n}" for secret in (SECRET_KEY, SECURITY_TOKEN) for n in (1, 2))
    source.answer = lambda request: httpx.Response(
        400, json={**GATEWAY_ERROR, "error_msg": f"{said} {request.headers}"}
    )
    with pytest.raises(DrsError, match=r"\[redacted\]") as caught:
        commit(**how)
    shown = "".join(traceback.format_exception(caught.value)) + str(vars(caught.value))
    assert [secret for secret in (SECRET_KEY, SECURITY_TOKEN) if secret in shown + repr(how["auth"])] == []

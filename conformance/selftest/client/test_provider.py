"""A function gives access keys: it is called when a key is needed, and once for all callers."""

from __future__ import annotations

import asyncio
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
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
    Retries,
    ThrottledError,
    TransportError,
    connect,
    connect_async,
)

from conformance.mock.settings import MockSettings
from conformance.selftest.support.client.doors import BATCH, GATEWAY_ERROR, arguments, at, blocking, in_asyncio
from conformance.selftest.support.client.sources import HOUR, NOW, SECRET_KEY, SECURITY_TOKEN, Source, key

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door
    from conformance.selftest.support.mock_client import MockClient

SETTINGS = MockSettings()
CALLERS = 20
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
REJECTED = httpx.Response(401, json=GATEWAY_ERROR)


def test_the_mock_accepts_a_key_that_a_function_gives(commit: Door, mock: MockClient) -> None:
    batch = mock.make()
    given = Credentials(access_key=SETTINGS.access_key, secret_key=SETTINGS.secret_key)
    assert commit(batch, **{**at(mock), "auth": ProviderAuth(lambda: given)}).async_job_id == batch


@pytest.mark.parametrize("life", [HOUR, timedelta(minutes=20)])
def test_a_key_is_renewed_shortly_before_its_end_and_no_earlier(commit: Door, life: timedelta) -> None:
    source = Source(life)
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    margin = min(5 * MINUTE, life / 10)
    for moment in (NOW, NOW, NOW + life - margin - MOMENT, NOW + life - margin, NOW + life):
        source.now = moment
        commit(**how)
    assert source.signers == ["AK1", "AK1", "AK1", "AK2", "AK2"]
    assert source.asked == 2


def test_nothing_is_asked_before_the_first_call() -> None:
    source = Source()
    with connect(**arguments({"auth": source.auth(), "transport": source.transport})):
        assert source.asked == 0


def test_a_key_without_an_end_is_asked_for_once(commit: Door) -> None:
    source = Source(life=None)
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    commit(**how)
    source.now += timedelta(days=10_000)
    commit(**how)
    assert source.asked == 1


def test_an_asynchronous_function_serves_tasks_alone() -> None:
    source = Source()
    how: dict[str, Any] = {"auth": source.auth(asynchronous=True), "transport": source.transport}
    in_asyncio(**how)
    not_declared = ProviderAuth(lambda: source.give_async(), clock=source.clock)  # noqa: PLW0108 - not asynchronous itself
    in_asyncio(**{**how, "auth": not_declared})
    assert source.signers == ["AK1", "AK2"]
    with pytest.raises(TypeError, match=r"^provider is asynchronous; use connect_async, or give a function"):
        blocking(auth=source.auth(asynchronous=True))


def test_a_blocking_function_does_not_block_the_event_loop() -> None:
    def give() -> Credentials:
        assert is_running.wait(60)
        return key(1)

    async def run() -> None:
        async with connect_async(**arguments({"auth": ProviderAuth(give), "transport": source.transport})) as client:
            call = asyncio.create_task(client.commit_async_job(BATCH))
            await asyncio.sleep(0)
            is_running.set()
            await call

    is_running, source = threading.Event(), Source()
    asyncio.run(run())
    assert source.signers == ["AK1"]


def test_a_cancelled_call_does_not_wait_for_a_blocking_function() -> None:
    def give() -> Credentials:
        is_asked.set()
        in_time.append(may_end.wait(60))
        return key(1)

    async def run() -> None:
        async with connect_async(**arguments({"auth": ProviderAuth(give), "transport": source.transport})) as client:
            call = asyncio.create_task(client.commit_async_job(BATCH))
            await asyncio.to_thread(is_asked.wait, 60)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            may_end.set()
            await client.commit_async_job(BATCH)

    is_asked, may_end, source = threading.Event(), threading.Event(), Source()
    in_time: list[bool] = []
    asyncio.run(run())
    assert source.signers == ["AK1"]
    assert False not in in_time


@pytest.mark.parametrize("asynchronous", [False, True])
def test_all_waiting_tasks_share_one_key(*, asynchronous: bool) -> None:
    async def run() -> None:
        async with connect_async(**how) as client:
            await asyncio.gather(*(client.commit_async_job(BATCH) for _ in range(CALLERS)))

    source = Source()
    how = arguments({"auth": source.auth(asynchronous=asynchronous), "transport": source.transport})
    asyncio.run(run())
    source.now += HOUR
    asyncio.run(run())
    assert source.signers == ["AK1"] * CALLERS + ["AK2"] * CALLERS


def test_all_waiting_threads_and_clients_share_one_key() -> None:
    def run(_: int) -> None:
        with connect(**how) as client:
            barrier.wait()
            client.commit_async_job(BATCH)

    source, barrier = Source(), threading.Barrier(CALLERS)
    how = arguments({"auth": source.auth(), "transport": source.transport})
    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(run, range(CALLERS)))
    assert source.signers == ["AK1"] * CALLERS


@pytest.mark.parametrize("asynchronous", [False, True])
def test_each_attempt_is_signed_with_the_key_of_its_moment(commit: Door, *, asynchronous: bool) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        source.now += timedelta(minutes=30)
        source.answer = accept if len(source.requests) == 3 else answer
        return httpx.Response(429, headers={"Retry-After": "0"})

    source = Source()
    accept, source.answer = source.answer, answer
    auth = source.auth(asynchronous=asynchronous and commit is in_asyncio)
    commit(auth=auth, transport=source.transport, retries=Retries(wait=0))
    assert source.signers == ["AK1", "AK1", "AK2", "AK2"]
    assert [sent["x-security-token"] for sent in source.requests] == [f"{SECURITY_TOKEN}-{n}" for n in (1, 1, 2, 2)]
    assert all("x-security-token" in sent["authorization"] for sent in source.requests)
    assert [sent["x-sdk-date"][9:13] for sent in source.requests] == ["0000", "0030", "0100", "0130"]


def test_no_attempt_is_signed_with_an_expired_key(commit: Door) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        source.now += HOUR
        source.error = OSError("no vault")
        return httpx.Response(429, headers={"Retry-After": "0"})

    source = Source()
    source.answer = answer
    with pytest.raises(TransportError, match=r"\(OSError\)") as caught:
        commit(auth=source.auth(), transport=source.transport, retries=Retries(wait=0))
    assert str(caught.value.__cause__) == "no vault"
    assert len(source.requests) == 1


def test_a_permanent_key_after_a_temporary_one_sends_no_security_token(commit: Door) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        source.now += HOUR
        source.instead = Credentials(access_key="AK", secret_key=SECRET_KEY)
        return httpx.Response(429, headers={"Retry-After": "0"})

    source = Source()
    source.answer = answer
    with pytest.raises(ThrottledError):
        commit(auth=source.auth(), transport=source.transport, retries=Retries(attempts=2))
    assert source.signers == ["AK1", "AK"]
    assert ["x-security-token" in sent for sent in source.requests] == [True, False]


def test_a_rejected_key_is_replaced_and_the_request_is_sent_again_once(commit: Door) -> None:
    source = Source(life=None)
    how: dict[str, Any] = {"auth": source.auth(), "transport": source.transport}
    accept = source.answer
    source.answer = lambda _: REJECTED if source.signers[-1] == "AK1" else accept(_)
    commit(**how)
    source.answer = lambda _: REJECTED
    with pytest.raises(AuthenticationError, match=r"APIGW\.0301"):
        commit(**how)
    assert source.signers == ["AK1", "AK2", "AK2", "AK3"]


def test_a_rejected_key_that_stays_the_same_is_not_sent_again(commit: Door) -> None:
    source = Source()
    source.instead, source.answer = key(1), lambda _: REJECTED
    with pytest.raises(AuthenticationError, match=r"APIGW\.0301"):
        commit(auth=source.auth(), transport=source.transport)
    assert source.signers == ["AK1"]


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
    assert f"there are no new credentials: {kind.__name__}\n" in caplog.text
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
    assert f"there are no new credentials: {kind.__name__}" in logged
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


@pytest.mark.parametrize("zone", [-12, 8])
@pytest.mark.parametrize("end", [datetime.max, datetime(2026, 1, 1, 20, 1)])  # noqa: DTZ001, DTZ901 - has one below
def test_an_end_in_another_time_zone_is_understood(commit: Door, end: datetime, zone: int) -> None:
    source = Source()
    source.instead = key(1, end.replace(tzinfo=timezone(zone * HOUR)))
    commit(auth=source.auth(), transport=source.transport)
    assert source.signers == ["AK1"]

"""A function gives access keys: it is called when a key is needed, and once for all callers."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    Credentials,
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


@pytest.mark.parametrize("zone", [-12, 8])
@pytest.mark.parametrize("end", [datetime.max, datetime(2026, 1, 1, 20, 1)])  # noqa: DTZ001, DTZ901 - has one below
def test_an_end_in_another_time_zone_is_understood(commit: Door, end: datetime, zone: int) -> None:
    source = Source()
    source.instead = key(1, end.replace(tzinfo=timezone(zone * HOUR)))
    commit(auth=source.auth(), transport=source.transport)
    assert source.signers == ["AK1"]

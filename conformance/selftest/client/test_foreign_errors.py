"""An error of another call, which a hook or a transport raises, is only the cause of an error of this call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    DrsError,
    OutcomeUnknownError,
    RefusedError,
    TransportError,
    connect,
)

from conformance.selftest.support.client.clouds import Cloud
from conformance.selftest.support.client.doors import SERVICE_ERROR, accepting, arguments, hook, own_client

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

ERRORS = [RefusedError, AuthenticationError, TransportError, OutcomeUnknownError]


def raising(error: DrsError) -> Callable[[object], Any]:
    def fail(_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("kind", ERRORS)
def test_in_a_hook_of_a_request_it_is_the_cause_of_not_being_sent(commit: Door, kind: type[DrsError]) -> None:
    error, exchanges = kind("about another batch"), accepting()
    error.async_job_id = "another"
    hooks = {"request": [hook(commit, raising(error))]}
    with pytest.raises(TransportError, match=r"'b1' was not sent.*about another batch") as raised:
        commit("b1", transport=httpx.MockTransport(exchanges), event_hooks=hooks)
    assert raised.value.__cause__ is error
    assert (raised.value.async_job_id, error.async_job_id) == ("b1", "another")
    assert exchanges.requests == []


@pytest.mark.parametrize("kind", ERRORS)
def test_in_a_transport_it_is_the_cause_of_an_unknown_outcome(commit: Door, kind: type[DrsError]) -> None:
    error = kind("about an audit")
    transport = httpx.MockTransport(raising(error))
    for way in ({"transport": transport}, {"http_client": own_client(commit, transport=transport)}):
        with pytest.raises(OutcomeUnknownError, match=r"'b1' was committed.*about an audit") as raised:
            commit("b1", **way)
        assert raised.value.__cause__ is error


def test_a_call_within_a_call_has_an_error_of_its_own(commit: Door) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json=SERVICE_ERROR)

    def inner(_: object) -> None:
        with connect(**arguments({"transport": httpx.MockTransport(refuse)})) as client:
            client.commit_async_job("inner")

    exchanges = accepting()
    with pytest.raises(TransportError) as raised:
        commit("b1", transport=httpx.MockTransport(exchanges), event_hooks={"request": [hook(commit, inner)]})
    cause = raised.value.__cause__
    assert isinstance(cause, RefusedError)
    assert (raised.value.async_job_id, raised.value.attempts) == ("b1", 0)
    assert (cause.async_job_id, cause.attempts, cause.status) == ("inner", 1, 400)
    assert exchanges.requests == []


def test_a_call_within_a_call_without_credentials_has_an_error_of_its_own(commit: Door) -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(401, json={})

    def inner(_: object) -> None:
        with connect(**arguments({"transport": httpx.MockTransport(cloud), "auth": cloud.auth()})) as client:
            client.commit_async_job("inner")

    with pytest.raises(TransportError, match=r"'b1' was not sent: AuthenticationError: IAM") as raised:
        commit("b1", transport=httpx.MockTransport(accepting()), event_hooks={"request": [hook(commit, inner)]})
    assert getattr(raised.value.__cause__, "async_job_id", "") == "inner"

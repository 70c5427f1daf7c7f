"""Tests that the client maps each answer to a job or to one of a few errors."""

from __future__ import annotations

import copy
import json
import pickle
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from drs_batch_client import (
    AuthenticationError,
    DrsError,
    NotPublishedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RefusedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UnexpectedAnswerError,
)
from drs_batch_client.models import CommittedAsyncJob
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.selftest.support.client.doors import (
    BATCH,
    COMMITTED,
    GATEWAY_ERROR,
    PROJECT,
    SERVICE_ERROR,
    TOKEN,
    Exchanges,
    blocking,
)

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door

NOT_FOUND = {"error_code": "DRS.10000009", "error_msg": "No such batch."}
DENIED = {"error_code": "DRS.M00261", "error_msg": "No."}
HTML = "<html>"
MEANINGS: list[tuple[int, object, type[DrsError]]] = [
    (400, SERVICE_ERROR, RefusedError),
    (400, DENIED, RefusedError),
    (400, {"error_code": "", "error_msg": ""}, RefusedError),
    (400, GATEWAY_ERROR, RejectedError),
    (401, GATEWAY_ERROR, AuthenticationError),
    (401, HTML, AuthenticationError),
    (401, DENIED, AuthenticationError),
    (403, GATEWAY_ERROR, PermissionDeniedError),
    (403, DENIED, PermissionDeniedError),
    (404, GATEWAY_ERROR, NotPublishedError),
    (404, HTML, NotPublishedError),
    (404, NOT_FOUND, RefusedError),
    (405, GATEWAY_ERROR, NotPublishedError),
    (413, GATEWAY_ERROR, RejectedError),
    (414, HTML, RejectedError),
    (415, GATEWAY_ERROR, RejectedError),
    (429, GATEWAY_ERROR, ThrottledError),
    (429, HTML, ThrottledError),
    (429, NOT_FOUND, ThrottledError),
    (494, GATEWAY_ERROR, RejectedError),
    (503, GATEWAY_ERROR, UnavailableError),
    (500, GATEWAY_ERROR, OutcomeUnknownError),
    (502, GATEWAY_ERROR, OutcomeUnknownError),
    (504, GATEWAY_ERROR, OutcomeUnknownError),
    (503, HTML, UnexpectedAnswerError),
    (503, SERVICE_ERROR, UnexpectedAnswerError),
    (500, HTML, UnexpectedAnswerError),
    (400, HTML, UnexpectedAnswerError),
    (400, {}, UnexpectedAnswerError),
    (409, SERVICE_ERROR, UnexpectedAnswerError),
    (201, COMMITTED, UnexpectedAnswerError),
    (204, "", UnexpectedAnswerError),
    (302, "", UnexpectedAnswerError),
    (200, HTML, UnexpectedAnswerError),
    (200, "", UnexpectedAnswerError),
    (200, {}, UnexpectedAnswerError),
    (200, [], UnexpectedAnswerError),
    (200, "null", UnexpectedAnswerError),
    (200, {"job": "text"}, UnexpectedAnswerError),
    (200, {"job": {}}, UnexpectedAnswerError),
    (200, "[" * 100_000, UnexpectedAnswerError),
    (200, SERVICE_ERROR, UnexpectedAnswerError),
]
WITHOUT_EFFECT = (RefusedError, RejectedError)

statuses = st.sampled_from([200, 201, 204, 301, 307, 400, 401, 403, 404, 405, 409, 413, 429, 494, 500, 502, 503, 504])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "job": st.fixed_dictionaries({}, optional={"async_job_id": values, "status": values, "msg": values}) | values,
        "error_code": st.sampled_from(["DRS.10000001", "APIGW.0301", "APIG.0301"]) | values,
        "error_msg": st.just(f"you sent {TOKEN}") | values,
        "request_id": values,
    },
)
bodies = members.map(json.dumps).map(str.encode) | values.map(json.dumps).map(str.encode) | st.binary()


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> httpx.MockTransport:
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=content))


def failed(commit: Door, transport: httpx.MockTransport) -> DrsError:
    with pytest.raises(DrsError) as raised:
        commit(transport=transport)
    return raised.value


@pytest.mark.parametrize(
    ("status", "body", "kind"), MEANINGS, ids=[f"{s}-{str(b)[:30]}-{k.__name__}" for s, b, k in MEANINGS]
)
def test_each_answer_raises_its_error(commit: Door, status: int, body: object, kind: type[DrsError]) -> None:
    error = failed(commit, answering(status, body))

    assert type(error) is kind
    assert error.status == status
    assert BATCH in str(error)
    documented = body if isinstance(body, dict) else {}
    assert (error.error_code, error.error_msg) == (documented.get("error_code"), documented.get("error_msg"))


def test_an_accepted_commit_is_the_job(commit: Door) -> None:
    job = {"async_job_id": BATCH, "status": "COMMIT_SUCCESS", "msg": "Done.", "more": [1]}

    committed = commit(transport=answering(200, {"job": job}))

    assert isinstance(committed, CommittedAsyncJob)
    assert (committed.async_job_id, committed.status, committed.msg) == (BATCH, "COMMIT_SUCCESS", "Done.")
    assert committed.additional_properties == {"more": [1]}


@pytest.mark.parametrize(
    "job",
    [
        {"async_job_id": "x" * 10_000, "status": "", "msg": "y" * 10_000},
        {"async_job_id": "", "status": None, "msg": None},
        {"async_job_id": 7, "status": 1.5, "msg": ["a"]},
    ],
    ids=["lengths", "null", "types"],
)
def test_an_answer_beyond_the_documented_limits_is_parsed_nevertheless(commit: Door, job: dict[str, Any]) -> None:
    assert commit(transport=answering(200, {"job": job})).to_dict() == job


def test_a_refusal_beyond_the_documented_limits_is_a_refusal(commit: Door) -> None:
    error = failed(commit, answering(400, {"error_code": "DRS.M0001" * 99, "error_msg": "x" * 10_000}))

    assert isinstance(error, RefusedError)
    assert len(error.error_msg or "") == 10_000
    assert len(str(error)) < 1_000


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("0", 0.0), ("soon", None), ("", None), (None, None)])
def test_an_error_has_the_requested_wait(commit: Door, status: int, value: str | None, seconds: float | None) -> None:
    error = failed(commit, answering(status, GATEWAY_ERROR, {} if value is None else {"Retry-After": value}))

    assert isinstance(error, (ThrottledError, UnavailableError))
    assert error.retry_after == seconds


def test_the_request_id_is_that_of_the_body_or_else_of_the_header(commit: Door) -> None:
    header = {"X-Request-Id": "from the header"}

    assert failed(commit, answering(401, GATEWAY_ERROR, header)).request_id == "r"
    assert failed(commit, answering(400, SERVICE_ERROR, header)).request_id == "from the header"
    assert failed(commit, answering(400, SERVICE_ERROR)).request_id is None


def test_an_unknown_outcome_comes_with_the_way_to_find_out(commit: Door) -> None:
    error = failed(commit, answering(504, GATEWAY_ERROR))

    assert "Check the state of the batch before you commit it again" in str(error)
    assert f"GET https://drs.example/v5/{PROJECT}/batch-async-jobs" in str(error)


def test_an_unexpected_answer_has_its_first_64_kib(commit: Door) -> None:
    error = failed(commit, answering(500, b"\xff" * 100_000))

    assert isinstance(error, UnexpectedAnswerError)
    assert error.content == b"\xff" * 65_536


@given(status=statuses, body=bodies)
@example(status=200, body=b'{"job": {"async_job_id": NaN}}')
@example(status=200, body=b'{"job": {"async_job_id": "\\ud800"}}')
@example(status=400, body=b'{"error_code": "\\ud800", "error_msg": "\\u0000\\u001b[31m"}')
@example(status=400, body=b'{"error_code": "DRS.1", "request_id": "\\u001b[31m"}')
@example(status=200, body=b'{"job": {"msg": null, "async_job_id": null}}')
@example(status=400, body=f'{{"error_code": "{TOKEN}", "error_msg": "{TOKEN}", "request_id": "{TOKEN}"}}'.encode())
@example(status=500, body=TOKEN.encode())
def test_any_answer_is_a_job_or_an_error_that_shows_no_secret(status: int, body: bytes) -> None:
    transport = Exchanges(lambda _: httpx.Response(status, content=body))
    outcome = outcome_of(httpx.MockTransport(transport))

    assert len(transport.requests) == 1
    if isinstance(outcome, CommittedAsyncJob):
        assert status == 200
        # As text, since NaN is not equal to itself.
        assert json.dumps(outcome.to_dict(), sort_keys=True) == json.dumps(json.loads(body)["job"], sort_keys=True)
    else:
        shown = [str(outcome), repr(outcome), outcome.error_code, outcome.error_msg, outcome.request_id]
        shown.append(getattr(outcome, "content", b"").decode("latin-1"))
        assert not any(TOKEN in text for text in shown if text)
        assert str(outcome).isprintable()
        assert isinstance(outcome, OutcomeUnknownError) is not isinstance(outcome, WITHOUT_EFFECT)


def outcome_of(transport: httpx.MockTransport) -> CommittedAsyncJob | DrsError:
    try:
        return blocking(transport=transport)
    except DrsError as error:
        return error


@pytest.mark.parametrize("kind", dict.fromkeys(kind for _, _, kind in MEANINGS))
def test_an_error_survives_copying_and_pickling(kind: type[DrsError]) -> None:
    status, body = next((status, body) for status, body, of in MEANINGS if of is kind)
    error = failed(blocking, answering(status, body, {"Retry-After": "3"}))

    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))

"""An answer that violates the documented limits is parsed, and each violation is a warning on request."""

from __future__ import annotations

import json
import warnings
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema_rs
import pytest
from drs_batch_client import DeviationWarning, DrsError, UnexpectedAnswerError
from drs_batch_client.runtime.deviations import deviations
from drs_batch_client.spec import ANSWERS, MODELS
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support.client import doors
from conformance.selftest.support.client.doors import COMMITTED, GATEWAY_ERROR, SERVICE_ERROR
from conformance.spec import openapi

if TYPE_CHECKING:
    from conformance.selftest.support.client.doors import Door

SPEC = openapi.load()
NAMED: list[tuple[int, Any, list[str]]] = [
    (200, COMMITTED, []),
    (200, {"job": {"async_job_id": "", "status": "", "msg": ""}, "more": 1}, []),
    (
        200,
        {"job": {"async_job_id": 1, "msg": None}},
        [f"CommittedAsyncJob.{name}.type" for name in ("async_job_id", "msg")],
    ),
    (200, {"job": {}}, ["CommittedAsyncJob.async_job_id.required"]),
    (200, {"job": "text"}, ["CommitResult.job.type"]),
    (200, {}, ["CommitResult.job.required"]),
    (200, [], ["CommitResult.type"]),
    (400, SERVICE_ERROR, []),
    (400, {**SERVICE_ERROR, "error_code": "DRS.M00202"}, ["ServiceError.error_code.minLength"]),
    (400, {**SERVICE_ERROR, "error_code": "DRS.100000001"}, ["ServiceError.error_code.maxLength"]),
    (400, {**SERVICE_ERROR, "error_msg": ""}, ["ServiceError.error_msg.minLength"]),
    (400, {**SERVICE_ERROR, "error_msg": "x" * 513}, ["ServiceError.error_msg.maxLength"]),
    (400, {"error_msg": "Failed."}, ["ServiceError.error_code.required"]),
    (401, GATEWAY_ERROR, []),
    (403, {**GATEWAY_ERROR, "error_code": "APIG.0301"}, ["GatewayError.error_code.minLength"]),
]

texts = st.text(max_size=14) | st.sampled_from(["x" * 12, "x" * 512, "x" * 513, "\U0001f600" * 12])
values = (
    texts | st.none() | st.integers() | st.lists(st.integers(), max_size=1) | st.dictionaries(texts, texts, max_size=1)
)
names = st.sampled_from(sorted({name for model in MODELS.values() for name in model["properties"]})) | texts
objects = st.dictionaries(names, values | st.dictionaries(names, values, max_size=4), max_size=5)


def answering(status: int, document: object) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=json.dumps(document)))


def warned(commit: Door, status: int, document: object, *, validate: bool) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with suppress(DrsError):
            commit(transport=answering(status, document), validate=validate)
    return [warning for warning in caught if warning.category is DeviationWarning]


@pytest.mark.parametrize(
    ("status", "document", "expected"), NAMED, ids=[json.dumps(document)[:60] for _, document, _ in NAMED]
)
def test_each_deviation_is_a_warning_with_its_own_name(
    commit: Door, status: int, document: object, expected: list[str]
) -> None:
    found = warned(commit, status, document, validate=True)

    assert [getattr(warning.message, "name", "") for warning in found] == expected
    # The line of the caller, who can act on it.
    assert {warning.filename for warning in found} <= {doors.__file__}
    assert warned(commit, status, document, validate=False) == []


def test_a_body_that_is_not_json_deviates_as_a_whole(commit: Door) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400, text="<html>"))

    with pytest.warns(DeviationWarning, match=r"^ServiceError.type: an object is documented$"), pytest.raises(DrsError):
        commit(transport=transport, validate=True)


def test_filters_can_make_one_deviation_an_error_and_ignore_another(commit: Door) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"ServiceError\.error_msg", category=DeviationWarning)
        warnings.filterwarnings("error", message=r"ServiceError\.error_code", category=DeviationWarning)
        with pytest.raises(DeviationWarning, match=r"^ServiceError.error_code.minLength: 10 characters, at least 12"):
            commit(transport=answering(400, {"error_code": "DRS.M00202", "error_msg": ""}), validate=True)


@pytest.mark.parametrize("status", [200, 500])
def test_a_deviation_that_is_an_error_hides_no_outcome(
    commit: Door, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    deviating = {"status": 7, "async_job_id": doors.BATCH, "msg": 8}
    document = {"job": deviating} if status == HTTPStatus.OK else {"error_code": 7, "error_msg": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            assert commit(transport=answering(status, document), validate=True).async_job_id == doors.BATCH
        except DrsError as error:
            assert (type(error), status) == (UnexpectedAnswerError, 500)  # noqa: PT017 - one of two outcomes
    found = [warning.message for warning in warned(commit, status, document, validate=True)]
    assert len(found) > 1
    assert all(str(warning) in caplog.text for warning in found)


@given(model=st.sampled_from(sorted(MODELS)), document=objects | values)
def test_the_deviations_are_those_of_the_schema(model: str, document: object) -> None:
    schema = {"$ref": f"#/components/schemas/{model}", "components": SPEC.document["components"]}
    valid = jsonschema_rs.Draft4Validator(schema).is_valid(document)

    assert valid is (not list(deviations(model, document)))


def test_each_documented_answer_has_a_model() -> None:
    operation = SPEC.operation("CommitAsyncJob")

    assert set(map(int, ANSWERS["CommitAsyncJob"])) == set(SPEC.statuses(operation))

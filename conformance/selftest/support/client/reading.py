"""Answers of mocks with faults, which the client reads, to compare its result with the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from drs_batch_client import DrsError, OutcomeUnknownError, RefusedError, TokenAuth, UnexpectedAnswerError, connect
from drs_batch_client.api.batch_tasks import commit_async_job
from drs_batch_client.client import Client
from drs_batch_client.spec import ANSWERS, MODELS
from drs_batch_client.types import UNSET

from conformance.exchange.exchange import Response
from conformance.selftest.support.probes import run_probes

GATEWAY = ("APIGW.", "APIG.")


@dataclass(frozen=True)
class Reading:
    """What the client read.

    Attributes:
        answers: Number of different answers.
        differences: The differences between answers and what the client read in them.
    """

    answers: int
    differences: tuple[str, ...]


def read_all(fault: str | None) -> Reading:
    """Let the client read the answers of a mock with a fault to all probes."""
    answers = {
        (status, body): None
        for seen in run_probes((fault,) if fault else ()).values()
        for status, _, body, on_the_wire in seen.answers
        if not on_the_wire
    }
    return Reading(len(answers), tuple(d for status, body in answers for d in _read(status, body)))


@cache
def _read(status: int, body: bytes) -> tuple[str, ...]:
    """Return the differences in one answer; most answers of a mock with a fault are those of one without it."""
    answer = Response(status, (), body)
    return *by_model(answer), *by_door(answer)


def by_model(answer: Response) -> list[str]:
    """Compare the result of the generated functions with the answer, field by field."""
    document = document_of(answer)
    try:
        response = httpx.Response(answer.status, content=answer.body)
        model = commit_async_job._parse_response(client=Client("http://drs"), response=response)  # noqa: SLF001 - what all four call
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [] if not is_documented(answer.status, document) else [f"{answer}: not read, {error!r}"]
    if model is None:
        return [] if str(answer.status) not in ANSWERS["CommitAsyncJob"] else [f"{answer}: not read"]
    return [f"{answer}: {name}" for name in differences(model, document, type(model).__name__)]


def by_door(answer: Response) -> list[str]:
    """Compare the result or the error of a call with the answer."""
    document = document_of(answer)
    transport = httpx.MockTransport(lambda _: httpx.Response(answer.status, content=answer.body))
    with connect(
        base_url="https://drs", project_id="p", auth=TokenAuth("t-0"), retries=None, transport=transport
    ) as client:
        try:
            job = client.commit_async_job("b")
        except DrsError as error:
            return [f"{answer}: {why}" for why in misunderstood(error, answer.status, document)]
    return [f"{answer}: {name}" for name in differences(job, document["job"], "CommittedAsyncJob")]


def misunderstood(error: DrsError, status: int, document: Any) -> list[str]:  # noqa: ANN401 - any JSON value
    said = document if isinstance(document, dict) else {}
    wrong = [
        name
        for name in ("error_code", "error_msg")
        if getattr(error, name) != (said.get(name) if isinstance(said.get(name), str) else None)
    ]
    wrong += [] if error.status == status else ["status"]
    documented = is_documented(status, document)
    if status == 200 and documented:
        wrong.append("a result is an error")
    if isinstance(error, UnexpectedAnswerError) and status < 500 and documented:
        wrong.append("a documented answer is unexpected")
    if status == 400 and documented and not said["error_code"].startswith(GATEWAY):
        wrong += [] if isinstance(error, RefusedError) else ["a refusal is not a RefusedError"]
    if status in {500, 502, 504}:
        wrong += [] if isinstance(error, OutcomeUnknownError) else ["the outcome is not unknown"]
    return wrong


def is_documented(status: int, document: object) -> bool:
    """Return whether an answer has the fields that its status requires, with their types."""
    model = ANSWERS["CommitAsyncJob"].get(str(status))
    return model is not None and has_fields(model, document)


def has_fields(model: str, document: object) -> bool:
    return isinstance(document, dict) and all(
        (has_fields(schema["$ref"], document.get(name)) if "$ref" in schema else isinstance(document.get(name), str))
        for name, schema in MODELS[model]["properties"].items()
        if name in MODELS[model]["required"]
    )


def differences(model: Any, document: dict[str, Any], name: str) -> list[str]:  # noqa: ANN401 - any model
    """Return the fields in which a model differs from the object that it was parsed from."""
    fields = MODELS[name]["properties"]
    found = [] if text(model.to_dict()) == text(document) else [f"{name} as a whole"]
    extra = {key: value for key, value in document.items() if key not in fields}
    found += [] if text(model.additional_properties) == text(extra) else [f"{name}: undocumented fields"]
    for field, schema in fields.items():
        value = getattr(model, field)
        if "$ref" in schema:
            found += differences(value, document[field], schema["$ref"])
        elif field not in document:
            found += [] if value is UNSET else [f"{name}.{field}"]
        elif text(value) != text(document[field]):
            found.append(f"{name}.{field}")
    return found


def text(value: object) -> str:
    # As text, since NaN is not equal to itself, and 1 is equal to True.
    return json.dumps(value, sort_keys=True, default=repr)


def document_of(answer: Response) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None

"""Changes of what is answered."""

from __future__ import annotations

from typing import Any

from conformance.selftest.support.client.changes.documents import (
    MODE,
    Document,
    answered,
    change,
    commit,
    schemas,
)


@change("""
for status, document, kind in [
    (409, {"reason": "busy"}, drs.RefusedError),
    (409, {"error_code": "DRS.10000001", "error_msg": "Failed."}, drs.RefusedError),
    (409, {"error_code": "APIGW.0101", "error_msg": "No."}, drs.RejectedError),
    (409, {}, drs.UnexpectedAnswerError),
    (410, None, drs.RefusedError),
    (507, {"reason": "full"}, drs.OutcomeUnknownError),
    (508, None, drs.OutcomeUnknownError),
    (404, {"reason": "unknown"}, drs.RefusedError),
    (404, {}, drs.NotPublishedError),
    (418, {"reason": "?"}, drs.UnexpectedAnswerError),
]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        error = failure(status, document, lambda c: c.commit_async_job("b1"))
    assert type(error) is kind, (status, document, error)
    assert "reason" not in (document or {}) or json.dumps(document) in str(error), error
""")
def statuses(document: Document) -> None:
    """Document other statuses with schemas of their own, one in place, and one without a schema."""
    conflict = {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}}
    schemas(document, Conflict=conflict)
    commit(document)["responses"].update(
        {
            "404": answered("Conflict"),
            "409": answered("Conflict"),
            "410": {"description": "Gone."},
            "507": answered(conflict),
            "508": {"description": "A text.", "content": {"text/html": {"schema": {"type": "string"}}}},
        }
    )


@change("""
for status, kind in [(409, drs.RefusedError), (404, drs.RefusedError), (507, drs.OutcomeUnknownError)]:
    error = failure(status, {"reason": "r"}, lambda c: c.commit_async_job("b1"))
    assert type(error) is kind, (status, error)
assert answer(201, COMMITTED, lambda c: c.commit_async_job("b1")).async_job_id == "b1"
""")
def ranges(document: Document) -> None:
    """Document ranges of statuses, and all others by default."""
    other = answered({"type": "object", "properties": {"reason": {"type": "string"}}})
    responses = commit(document)["responses"]
    commit(document)["responses"] = {"2XX": responses["200"], "4XX": other, "default": other}


@change("""
result = answer(202, {"accepted": True}, lambda c: c.commit_async_job("b1"))
assert_type(result, models.CommittedAsyncJob | models.Accepted)
assert result == models.Accepted(accepted=True)
assert answer(200, COMMITTED, lambda c: c.commit_async_job("b1")).to_dict() == JOB
""")
def accepted_beside(document: Document) -> None:
    """Document a 202 beside the 200."""
    schemas(document, Accepted={"type": "object", "properties": {"accepted": {"type": "boolean"}}})
    commit(document)["responses"]["202"] = answered("Accepted", "application/json;charset=UTF-8")


@change("""
for status, ours, another in [
    (200, COMMITTED, {"job": {"async_job_id": "b2"}}),
    (202, JOB, {"async_job_id": "b2"}),
]:
    assert others(status, ours, lambda c: c.commit_async_job("b1")) == []
    names = others(status, another, lambda c: c.commit_async_job("b1"))
    assert names == ["AcceptedJob|CommittedAsyncJob.async_job_id.other"], names
assert others(202, {}, lambda c: c.commit_async_job("b1")) == []
""")
def accepted_with_id(document: Document) -> None:
    """Document a 202 beside the 200, with another schema that has the ID of the batch."""
    accepted = {"type": "object", "properties": {"async_job_id": {"type": "string", "nullable": True}}}
    schemas(document, AcceptedJob=accepted)
    commit(document)["responses"]["202"] = answered("AcceptedJob")


@change("""
assert others(200, {"job": {"id": "b2"}}, lambda c: c.commit_async_job("b1")) == []
assert failure(500, BROKEN, lambda c: c.commit_async_job("b1")).async_job_id == "b1"
""")
def renamed_result(document: Document) -> None:
    """Rename the ID in the result."""
    job = schemas(document)["CommittedAsyncJob"]
    job["properties"]["id"] = job["properties"].pop("async_job_id")
    job["required"] = ["id"]


@change("""
assert others(200, {"step_id": 7, "job": {}}, lambda c: c.show_step("b1", 7)) == []
assert others(200, {"step_id": 8, "job": {}}, lambda c: c.show_step("b1", 7)) == ["Step.step_id.other"]
assert failure(500, {}, lambda c: c.show_step("b1", 7)).async_job_id == "7"
assert failure(500, {}, lambda c: c.stop_job("b1", "fast")).async_job_id == "b1"
""")
def ids_of_two_things(document: Document) -> None:
    """Add an operation with two IDs, and one with a choice after the ID."""
    step = {"type": "object", "properties": {"step_id": {"type": "integer"}, "job": {"type": "object"}}}
    schemas(document, Step=step)
    names: dict[str, dict[str, Any]] = {"job": {"type": "string"}, "step_id": {"type": "integer"}, "mode": MODE}
    ids = {name: {"name": name, "in": "path", "required": True, "schema": kind} for name, kind in names.items()}
    document["paths"]["/jobs/{job}/steps/{step_id}"] = {
        "get": {
            "operationId": "ShowStep",
            "parameters": [ids["job"], ids["step_id"]],
            "responses": {"200": answered("Step")},
        }
    }
    document["paths"]["/jobs/{job}/stop/{mode}"] = {
        "post": {
            "operationId": "StopJob",
            "parameters": [ids["job"], ids["mode"]],
            "responses": {"204": {"description": "Stopped."}},
        }
    }


@change("""
result = answer(202, {"job": JOB, "count": 1}, lambda c: c.commit_async_job("b1"))
assert_type(result, models.CommitResult)
assert (result.job.async_job_id, result.count) == ("b1", 1)
""")
def accepted_instead(document: Document) -> None:
    """Document a 202 instead of the 200, with a field beside the job."""
    responses = commit(document)["responses"]
    responses["202"] = responses.pop("200")
    schemas(document)["CommitResult"]["properties"]["count"] = {"type": "integer"}


@change("""
for value in ({"a": [1]}, ["b"], 7):
    assert answer(200, value, lambda c: c.show_anything()) == value
assert answer(204, None, lambda c: c.show_anything()) is None
""")
def anything(document: Document) -> None:
    """Add an operation whose answers are any JSON or nothing, so that none has a type."""
    responses = {"200": answered({}), "204": {"description": "Nothing."}, "500": answered({})}
    document["paths"]["/anything"] = {"get": {"operationId": "ShowAnything", "responses": responses}}


@change("""
nothing: None = answer(204, None, lambda c: c.commit_async_job("b1"))
assert nothing is None
""")
def no_content(document: Document) -> None:
    """Document a 204 instead of the 200."""
    responses = commit(document)["responses"]
    del responses["200"]
    responses["204"] = {"description": "Committed."}

"""Ordinary changes of openapi.yaml, and programs that use the client which is made from the changed document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Document = dict[str, Any]

__all__ = ["CHANGES", "Change", "Field", "commit"]

BATCHES = "/v5/{project_id}/batch-async-jobs"
COMMIT = f"{BATCHES}/{{async_job_id}}/commit"


@dataclass(frozen=True)
class Change:
    """A change of the document.

    Attributes:
        name: A name that can be that of a module.
        apply: Changes the document.
        program: What a user writes then. It follows `PROGRAM`.
    """

    name: str
    apply: Callable[[Document], object]
    program: str


@dataclass(frozen=True)
class Field:
    """A field of an answer.

    Attributes:
        schema: Its schema.
        annotation: Its type in Python.
        json: A value in an answer.
        value: The code of what the client makes of it.
        wrong: A value that deviates, and can be read nevertheless.
        deviation: The name of the deviation, after that of the job's model.
    """

    schema: dict[str, Any]
    annotation: str
    json: Any
    value: str
    wrong: Any
    deviation: str


PROGRAM = '''
import asyncio
import copy
import datetime
import json
import pickle
import uuid
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, assert_type, cast

import httpx

import {package} as drs
from {package} import models
from {package}.types import UNSET, Unset

T = TypeVar("T")
JOB: dict[str, Any] = {{"async_job_id": "b1"}}
COMMITTED = {{"job": JOB}}
BROKEN = {{"error_code": "APIGW.0601", "error_msg": "m", "request_id": "r"}}
sent: list[httpx.Request] = []


def others(status: int, document: object, call: Callable[[drs.DrsClient], object]) -> list[str]:
    """Return the names of the warnings that an answer names another batch."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answer(status, document, call)
    found = [warning.message.name for warning in caught if isinstance(warning.message, drs.OtherBatchWarning)]
    assert found[::2] == found[1::2]  # of each client
    return found[::2]


def outcomes(status: int, document: object, call: Callable[[drs.DrsClient], T]) -> list[T | drs.DrsError]:
    """Return what both clients make of an answer. A call is written for the blocking one."""
    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(status, content=b"" if document is None else json.dumps(document).encode())

    def connected(connect: Callable[..., Any]) -> Any:
        transport, auth = httpx.MockTransport(handle), drs.TokenAuth("a-token")
        options = {{"auth": auth, "transport": transport, "retries": None, "validate": True}}
        return connect(base_url="https://drs.example", project_id="p1", **options)

    async def awaited() -> T:
        async with connected(drs.connect_async) as client:
            return await cast(Awaitable[T], call(client))

    def blocking() -> T:
        with connected(drs.connect) as client:
            return call(client)

    found: list[T | drs.DrsError] = []
    for run in (blocking, lambda: asyncio.run(awaited())):
        try:
            found.append(run())
        except drs.DrsError as error:
            found.append(error)
    one, other = sent[-2:]
    assert (one.method, one.url, one.content) == (other.method, other.url, other.content)
    return found


def answer(status: int, document: object, call: Callable[[drs.DrsClient], T]) -> T:
    one, other = outcomes(status, document, call)
    assert not isinstance(one, drs.DrsError), one
    assert one == other
    return one


def failure(status: int, document: object, call: Callable[[drs.DrsClient], object]) -> drs.DrsError:
    one, other = outcomes(status, document, call)
    assert isinstance(one, drs.DrsError), (status, document)
    assert type(one) is type(other)
    assert (one.status, one.answer) == (status, document)
    return one

'''


def commit(document: Document) -> dict[str, Any]:
    """Return the operation."""
    operation: dict[str, Any] = document["paths"][COMMIT]["post"]
    return operation


def schemas(document: Document, **new: dict[str, Any]) -> dict[str, Any]:
    """Add schemas, and return all."""
    found: dict[str, Any] = document["components"]["schemas"]
    found.update(new)
    return found


def answered(schema: dict[str, Any] | str, media_type: str = "application/json") -> dict[str, Any]:
    """Return an answer with a schema, or with that of a name."""
    content = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"description": "An answer.", "content": {media_type: {"schema": content}}}


TASK = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}}
MODE = {"type": "string", "enum": ["fast", "slow"]}
STATE = {"type": "string", "enum": ["READY", "DONE"]}
AT = "#/components/schemas/"

FIELDS = {
    "integer": Field({"type": "integer", "minimum": 1}, "int", 3, "3", 0, "integer.minimum"),
    "number": Field({"type": "number"}, "float", 1.5, "1.5", "1.5", "number.type"),
    "boolean": Field({"type": "boolean"}, "bool", json=False, value="False", wrong=0, deviation="boolean.type"),
    "text": Field({"type": "string", "pattern": "^a"}, "str", "ab", "'ab'", "b", "text.pattern"),
    "texts": Field({"type": "array", "items": {"type": "string"}}, "list[str]", ["a"], "['a']", [1], "texts[].type"),
    "objects": Field(
        {"type": "array", "items": {"$ref": f"{AT}Task"}, "maxItems": 1},
        "list[models.Task]",
        [{"name": "t"}],
        "[models.Task(name='t')]",
        [{"name": "t"}, {"name": "u"}],
        "objects.maxItems",
    ),
    "moment": Field(
        {"type": "string", "format": "date-time"},
        "datetime.datetime",
        "2026-01-02T03:04:05+00:00",
        "datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)",
        "soon",
        "moment.format",
    ),
    "day": Field(
        {"type": "string", "format": "date"}, "datetime.date", "2026-01-02", "datetime.date(2026, 1, 2)", 7, "day.type"
    ),
    "state": Field({"$ref": f"{AT}State"}, "models.State", "DONE", "models.State.DONE", "NEW", "state.enum"),
    "described": Field(
        {"allOf": [{"$ref": f"{AT}State"}], "description": "The state."},
        "models.State",
        "DONE",
        "models.State.DONE",
        "NEW",
        "described.enum",
    ),
    "identifier": Field(
        {"type": "string", "format": "uuid"},
        "uuid.UUID",
        "bd4193aa-072d-4ce6-beec-adffc7252341",
        "uuid.UUID('bd4193aa-072d-4ce6-beec-adffc7252341')",
        "b1",
        "identifier.format",
    ),
    "level": Field(
        {"type": "integer", "enum": [1, 2]},
        "models.CommittedAsyncJobLevel",
        2,
        "models.CommittedAsyncJobLevel.VALUE_2",
        3,
        "level.enum",
    ),
    "merged": Field(
        {"allOf": [{"$ref": f"{AT}Task"}, {"type": "object", "properties": {"size": {"type": "integer"}}}]},
        "models.CommittedAsyncJobMerged",
        {"name": "t", "size": 1},
        "models.CommittedAsyncJobMerged(name='t', size=1)",
        {"name": "t", "size": "1"},
        "merged.size.type",
    ),
    "nullable": Field({"type": "string", "nullable": True}, "str | None", None, "None", 1, "nullable.type"),
    "limits": Field(
        {"type": "object", "additionalProperties": {"type": "integer"}},
        "models.CommittedAsyncJobLimits",
        {"cpu": 2},
        "models.CommittedAsyncJobLimits.from_dict({'cpu': 2})",
        {"cpu": "2"},
        "limits{}.type",
    ),
    "anything": Field({}, "Any", {"a": [1]}, "{'a': [1]}", None, ""),
}


def add_fields(document: Document) -> None:
    """Add a field of each kind to the job, once as it is and once as a required one of another object."""
    added = {name: field.schema for name, field in FIELDS.items()}
    schemas(document, Task=TASK, State=STATE)["CommittedAsyncJob"]["properties"].update(added)
    required = {"type": "object", "required": [*added], "properties": added}
    schemas(document, Strict=required)["CommittedAsyncJob"]["properties"]["strict"] = {"$ref": f"{AT}Strict"}


READING = """
def job(**fields: Any) -> models.CommittedAsyncJob:
    return answer(200, {"job": JOB | fields}, lambda c: c.commit_async_job("b1"))


def deviations(**fields: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        job(**fields)
    assert len(caught) % 2 == 0  # of each client
    return [str(warning.message).partition(": ")[0] for warning in caught[: len(caught) // 2]]
"""


def use_fields() -> str:
    """Return a program that reads each field, alone and together, and gives it a wrong value."""
    lines = [READING]
    for name, field in FIELDS.items():
        lines += [
            f"{name} = job({name}={field.json!r})",
            f"assert_type({name}.{name}, {field.annotation} | Unset)",
            f"assert {name}.{name} == {field.value}, {name}",
            f"assert {name}.to_dict() == JOB | {{'{name}': {field.json!r}}}",
            f"assert job().{name} is UNSET",
        ]
        if field.deviation:
            lines.append(f"assert deviations({name}={field.wrong!r}) == ['CommittedAsyncJob.{field.deviation}']")
    whole = {name: field.json for name, field in FIELDS.items()}
    lines += [
        "assert job(moment='2026-01-02T03:04:05Z').moment == moment.moment",
        "with warnings.catch_warnings():",
        "    warnings.simplefilter('ignore')",
        "    assert job(moment='soon', objects=None, merged={}) == job()",
        "    unknown = job(state='NEW', level=3, day='soon')",
        "    assert (unknown.state, unknown.level, unknown.day) == ('NEW', 3, UNSET)",
        "    assert unknown.to_dict() == JOB | {'state': 'NEW', 'level': 3}",
        "    assert pickle.loads(pickle.dumps(unknown)) == copy.deepcopy(unknown) == unknown",
        f"strict = job(strict={whole!r}).strict",
        "assert isinstance(strict, models.Strict)",
        f"assert strict.to_dict() == {whole!r}",
    ]
    values = {name: field.value.replace("models.CommittedAsyncJob", "models.Strict") for name, field in FIELDS.items()}
    lines += [f"assert strict.{name} == {value}" for name, value in values.items()]
    return "\n".join(lines)


CHANGES = [Change("fields", add_fields, use_fields())]


def change(program: str) -> Callable[[Callable[[Document], object]], Callable[[Document], object]]:
    """Add a change with a program."""

    def add(apply: Callable[[Document], object]) -> Callable[[Document], object]:
        CHANGES.append(Change(apply.__name__, apply, program))
        return apply

    return add


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
nothing: None = answer(204, None, lambda c: c.commit_async_job("b1"))
assert nothing is None
""")
def no_content(document: Document) -> None:
    """Document a 204 instead of the 200."""
    responses = commit(document)["responses"]
    del responses["200"]
    responses["204"] = {"description": "Committed."}


@change("""
day = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
for mode in ("fast", drs.Mode.FAST):
    answer(
        200,
        COMMITTED,
        lambda c: c.commit_async_job("b1", dry_run=True, mode=mode, count=2, tag=["a", "b"], since=day, timeout_="5"),
    )
    assert str(sent[-1].url.query, "ascii") == (
        "dry_run=true&mode=fast&count=2&tag=a&tag=b&since=2026-01-02T00%3A00%3A00%2B00%3A00&timeout=5"
    )
answer(200, COMMITTED, lambda c: c.commit_async_job("b1", dry_run=False))
assert str(sent[-1].url).endswith("/commit?dry_run=false&count=1")
try:
    answer(200, COMMITTED, lambda c: c.commit_async_job("b1", dry_run=False, mode="x"))  # type: ignore[arg-type]
except ValueError:
    pass
else:
    raise AssertionError("a wrong mode is sent")
""")
def query_parameters(document: Document) -> None:
    """Add query parameters: one that is required, and optional ones of each kind."""
    kinds: dict[str, dict[str, Any]] = {
        "dry_run": {"type": "boolean"},
        "mode": MODE,
        "count": {"type": "integer", "default": 1},
        "tag": {"type": "array", "items": {"type": "string"}},
        "since": {"type": "string", "format": "date-time"},
        "timeout": {"type": "string"},
    }
    commit(document)["parameters"] += [
        {"name": name, "in": "query", "required": name == "dry_run", "schema": kind} for name, kind in kinds.items()
    ]


@change("""
right: dict[str, Any] = {
    "day": datetime.date(2026, 1, 2),
    "moment": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "key": uuid.UUID(int=1),
    "size": 1,
    "count": 2,
    "level": 1,
    "dry": False,
    "tags": ["a", "é"],
    "trace": "a b",
    "body": models.Task(name="t"),
}
moment, nan = right["moment"], cast(Any, float("nan"))
many: list[tuple[type[Exception], str, list[object]]] = [
    (TypeError, "day", ["2026-01-02", moment, 5, None]),
    (TypeError, "moment", ["2026-01-02", right["day"]]),
    (TypeError, "key", ["b1", 1]),
    (TypeError, "size", ["1", True]),
    (TypeError, "count", ["1", 1.0, True]),
    (ValueError, "level", ["1", 3, True]),
    (TypeError, "dry", ["true", 1]),
    (TypeError, "tags", ["a", ["a", 1], ("a",)]),
    (TypeError, "trace", [5, b"a"]),
    (TypeError, "body", [{"name": "t"}, models.Task(name=moment)]),
    (ValueError, "size", [nan]),
    (ValueError, "tags", [[chr(0xD800)]]),
    (ValueError, "trace", ["é", " a", "a" + chr(10), "a" + chr(13) + "b"]),
    (ValueError, "body", [models.Task(name=chr(0xD800)), models.Task(name=nan)]),
]
answer(204, None, lambda c: c.other(7, **right))
answer(204, None, lambda c: c.other(7, body=right["body"]))
before = len(sent)
for kind, name, values in many:
    for value in values:
        try:
            answer(204, None, lambda c: c.other(7, **right | {name: value}))
        except kind as error:
            assert f"{name} " in str(error), error
        else:
            raise AssertionError(f"{name}={value!r} is sent")
try:
    answer(204, None, lambda c: c.other("7", **right))  # type: ignore[arg-type]
except TypeError as error:
    assert str(error) == "step must be int, not str"
assert len(sent) == before
""")
def types_of_arguments(document: Document) -> None:
    """Add an operation with an argument of each type."""
    kinds: dict[str, dict[str, Any]] = {
        "day": {"type": "string", "format": "date"},
        "moment": {"type": "string", "format": "date-time"},
        "key": {"type": "string", "format": "uuid"},
        "size": {"type": "number"},
        "count": {"type": "integer"},
        "level": {"type": "integer", "enum": [1, 2]},
        "dry": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    schemas(document, Task=TASK)
    document["paths"]["/others/{step}"] = {
        "post": {
            "operationId": "Other",
            "parameters": [
                {"name": "step", "in": "path", "required": True, "schema": {"type": "integer"}},
                *({"name": name, "in": "query", "schema": kind} for name, kind in kinds.items()),
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
            ],
            "requestBody": {"required": True, "content": answered("Task")["content"]},
            "responses": {"204": {"description": "Done."}},
        }
    }


@change("""
body = models.Options(reason="r", tasks=[models.Task(name="t")], state=models.State.READY)
answer(200, COMMITTED, lambda c: c.commit_async_job("b1", body=body))
assert json.loads(sent[-1].content) == {"reason": "r", "tasks": [{"name": "t"}], "state": "READY"}
assert sent[-1].headers["Content-Type"] == "application/json"
""")
def request_body(document: Document) -> None:
    """Add a JSON body."""
    options = {
        "type": "object",
        "required": ["reason"],
        "properties": {
            "reason": {"type": "string"},
            "tasks": {"type": "array", "items": {"$ref": f"{AT}Task"}},
            "state": {"$ref": f"{AT}State"},
        },
    }
    schemas(document, Options=options, Task=TASK, State=STATE)
    commit(document)["requestBody"] = {"required": True, "content": answered("Options")["content"]}


@change("""
listed = answer(200, {"jobs": [JOB], "count": 1}, lambda c: c.list_async_jobs(limit=5))
assert_type(listed, models.Listing)
assert [job.async_job_id for job in listed.jobs] == ["b1"]
assert (sent[-1].method, str(sent[-1].url)) == ("GET", "https://drs.example/v5/p1/batch-async-jobs?limit=5")
for language in ("zh-cn", drs.Language.ZH_CN):
    shown = answer(200, JOB | {"status": "DONE"}, lambda c: c.show_async_job("b1", language=language))
    assert sent[-1].headers["X-Language"] == "zh-cn"
assert_type(shown, models.CommittedAsyncJob)
assert shown.status == "DONE"
versions = answer(200, ["v5"], lambda c: c.list_versions())
assert_type(versions, list[str])
assert str(sent[-1].url) == "https://drs.example/versions"
task: None = answer(204, None, lambda c: c.show_task(7, "slow"))
assert str(sent[-1].url) == "https://drs.example/tasks/7/slow"
error = failure(500, None, lambda c: c.show_async_job("b1"))
assert isinstance(error, drs.UnexpectedAnswerError)
assert "whether ShowAsyncJob('b1') had its effect" in str(error), error
""")
def other_operations(document: Document) -> None:
    """Add operations with GET: a list, one of an ID, and one outside of projects and of the tag."""
    properties = {"jobs": {"type": "array", "items": {"$ref": f"{AT}CommittedAsyncJob"}}, "count": {"type": "integer"}}
    schemas(document, Listing={"type": "object", "required": ["jobs"], "properties": properties})
    parameters = commit(document)["parameters"]
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    document["paths"] |= {
        BATCHES: {
            "parameters": parameters[:1],
            "get": {"operationId": "ListAsyncJobs", "parameters": [limit], "responses": {"200": answered("Listing")}},
        },
        f"{BATCHES}/{{async_job_id}}": {
            "get": {
                "operationId": "ShowAsyncJob",
                "tags": ["Batch tasks"],
                "parameters": [*parameters[:2], parameters[3]],
                "responses": {"200": answered("CommittedAsyncJob")},
            }
        },
        "/tasks/{task_id}/{mode}": {
            "get": {
                "operationId": "ShowTask",
                "parameters": [
                    {"name": "task_id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {
                        "name": "mode",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "enum": ["fast", "slow"]},
                    },
                ],
                "responses": {"204": {"description": "Nothing."}},
            }
        },
        "/versions": {
            "get": {
                "operationId": "ListVersions",
                "responses": {"200": answered({"type": "array", "items": {"type": "string"}})},
            }
        },
    }


@change("""
job_ = answer(200, COMMITTED, lambda c: c.commit_async_job("b/1"))
assert job_.async_job_id == "b1"
assert sent[-1].url.raw_path == b"/v5/p1/batch-async-jobs/b%2F1/commit"
assert failure(500, BROKEN, lambda c: c.commit_async_job("b/1")).async_job_id == "b/1"
""")
def renamed_path_parameter(document: Document) -> None:
    """Rename the ID of the batch."""
    document["paths"] = {COMMIT.replace("async_job_id", "batch_id"): document["paths"][COMMIT]}
    document["components"]["parameters"]["AsyncJobId"]["name"] = "batch_id"


@change("""
answer(200, COMMITTED, lambda c: c.commit_async_job("b1"))
assert "X-Language" not in sent[-1].headers
assert not hasattr(drs, "Language")
""")
def removed_header(document: Document) -> None:
    """Remove the optional header."""
    del document["components"]["parameters"]["Language"]
    del commit(document)["parameters"][3]


@change("""
assert drs.connect(region="eu-1", project_id="p1", auth=drs.TokenAuth("a-token")).generated
""")
def other_servers(document: Document) -> None:
    """Name other regions."""
    document["servers"] = [{"url": "https://drs.eu-1.cloud.example"}]


@change("""
try:
    drs.connect(region="cn-north-4", project_id="p1", auth=drs.TokenAuth("a-token"))
except ValueError:
    pass
else:
    raise AssertionError("a region is known")
""")
def no_servers(document: Document) -> None:
    """Name no servers."""
    del document["servers"]


@change("""
answer(200, COMMITTED, lambda c: c.commit_async_job("b1", trace="t", count=2))
assert (sent[-1].headers["X-Trace"], sent[-1].headers["X-Count"]) == ("t", "2")
""")
def other_headers(document: Document) -> None:
    """Add headers: a required one and an optional one."""
    commit(document)["parameters"] += [
        {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "X-Count", "in": "header", "schema": {"type": "integer"}},
    ]


@change("""
done = answer(200, COMMITTED, lambda c: c.submit("b1"))
assert_type(done, models.SubmittedJob)
error = failure(500, BROKEN, lambda c: c.submit("b1"))
assert type(error) is drs.OutcomeUnknownError
assert "submit('b1')" in str(error)
""")
def other_names(document: Document) -> None:
    """Rename the operation, the tag and a schema."""
    commit(document)["operationId"] = "submit"
    commit(document)["tags"] = ["Others"]
    schemas(document)["SubmittedJob"] = schemas(document).pop("CommittedAsyncJob")
    schemas(document)["CommitResult"]["properties"]["job"]["$ref"] = f"{AT}SubmittedJob"

"""Changes of what is sent: parameters, bodies and operations."""

from __future__ import annotations

from typing import Any

from conformance.selftest.support.client.changes.documents import (
    AT,
    BATCHES,
    MODE,
    STATE,
    TASK,
    Document,
    answered,
    change,
    commit,
    schemas,
)


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

"""Fields of each kind in an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.selftest.support.client.changes.documents import (
    AT,
    CHANGES,
    STATE,
    TASK,
    Change,
    Document,
    schemas,
)


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


CHANGES.append(Change("fields", add_fields, use_fields()))

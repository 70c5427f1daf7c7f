"""Reads conformance.json, the report of an earlier run."""

from __future__ import annotations

import functools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs

from conformance.errors import ConfigurationError
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports.model import (
    FORMAT,
    Ending,
    Finding,
    Latency,
    Mark,
    Message,
    Repeats,
    Report,
    RequirementReport,
    SpecPlace,
    Traffic,
)
from conformance.spec import untrusted_files

__all__ = ["SCHEMA", "load", "read"]

SCHEMA = Path(__file__).with_name("conformance.schema.json")


def load(path: Path) -> Report:
    """Read the report in a file.

    Raises:
        ConfigurationError: The file cannot be read or is not a report; the message names it.
    """
    return read(untrusted_files.read_text(path, path), path)


def read(text: str, place: object = "the report") -> Report:
    """Return the report in a text, which must be valid against conformance.schema.json.

    Args:
        text: The text.
        place: What to name in messages.

    Raises:
        ConfigurationError: The text is not a report, or is one of another format.
    """
    values = untrusted_files.parse_json(text, place)
    if not isinstance(values, dict) or "format" not in values:
        raise ConfigurationError(f"{place}: is not a report; give a conformance.json")
    if values["format"] != FORMAT:
        remedy = "read it with the drs-conform that wrote it, or run again"
        raise ConfigurationError(
            f"{place}: is not a report of format {FORMAT}, the only one that this version reads; {remedy}"
        )
    try:
        _validator().validate(values)
    except jsonschema_rs.ValidationError as error:
        member = "".join(f"/{step}" for step in error.instance_path) or "the document"
        raise ConfigurationError(
            f"{place}: is not a valid report: {member} does not match the schema; give a conformance.json"
        ) from None
    ids = Counter(item["id"] for item in values["requirements"])
    for requirement_id, number in ids.items():
        if number > 1:
            raise ConfigurationError(f"{place}: is not a valid report: it has {requirement_id} twice; run again")
    return _report(values)


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)


def _report(values: dict[str, Any]) -> Report:
    spec = values["spec"]
    nested = {
        "verdict": Verdict(values["verdict"]),
        "spec_version": spec["version"],
        "spec_sha256": spec["sha256"],
        "requirements": tuple(_requirement(item) for item in values["requirements"]),
        "deviations": tuple((item["id"], item["state"]) for item in values["known_deviations"]),
        "traffic": Traffic(**{name: tuple(map(tuple, rows)) for name, rows in values["traffic"].items()}),
        "latency": _latency(values["latency"]) if values["latency"] else None,
        "notes": tuple(values.get("notes", ())),
        "ended_by": _ending(values["ended_by"]) if "ended_by" in values else None,
    }
    near_misses = ("format", "exit_code", "spec", "known_deviations")
    return Report(**{name: value for name, value in values.items() if name not in near_misses} | nested)


def _requirement(values: dict[str, Any]) -> RequirementReport:
    nested = {
        "spec": SpecPlace(**values["spec"]),
        "verdict": RequirementVerdict(values["verdict"]),
        "findings": tuple(_finding(item) for item in values["findings"]),
        "also_affected": tuple(values["also_affected"]),
    }
    return RequirementReport(**values | nested)


def _finding(values: dict[str, Any]) -> Finding:
    nested = {
        "spec": SpecPlace(**values["spec"]),
        "request": _message(values["request"]),
        "response": _message(values["response"]) if values["response"] else None,
        "repeats": Repeats(**values["repeats"]),
    }
    return Finding(**values | nested)


def _ending(values: dict[str, Any]) -> Ending:
    return Ending(_message(values["request"]), _message(values["response"]) if values["response"] else None)


def _message(values: dict[str, Any]) -> Message:
    mark = Mark(**values["mark"]) if values["mark"] else None
    return Message(values["start"], tuple((name, value) for name, value in values["headers"]), values["body"], mark)


def _latency(values: dict[str, Any]) -> Latency:
    return Latency(**values | {"bins": tuple(map(tuple, values["bins"]))})

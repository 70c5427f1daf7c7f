"""Reads conformance.json, the report of an earlier run."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.errors import UnreadableReportError
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports.model import (
    FORMAT,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SCHEMA", "load", "read"]

SCHEMA = Path(__file__).with_name("conformance.schema.json")


def load(path: Path) -> Report:
    """Read the report in a file.

    Raises:
        UnreadableReportError: The file cannot be read or is not a report; the message names it.
    """
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableReportError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None
    except UnicodeDecodeError:
        raise UnreadableReportError(f"{path}: is not UTF-8; give a conformance.json") from None
    except UnreadableReportError as error:
        raise UnreadableReportError(f"{path}: {error}") from None


def read(text: str) -> Report:
    """Return the report in a text, which must be valid against conformance.schema.json.

    Raises:
        UnreadableReportError: The text is not a report, or is one of another format.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableReportError("is not JSON; give a conformance.json") from None
    if not isinstance(values, dict) or "format" not in values:
        raise UnreadableReportError("is not a report; give a conformance.json")
    if values["format"] != FORMAT:
        remedy = "read it with the drs-conform that wrote it, or run again"
        raise UnreadableReportError(
            f"is not a report of format {FORMAT}, the only one that this version reads; {remedy}"
        )
    error = next(iter(_validator().iter_errors(values)), None)
    if error is not None:
        place = "".join(f"/{step}" for step in error.instance_path)
        raise UnreadableReportError(f"is not a valid report: {place or 'the document'} does not match the schema")
    _unique([item["id"] for item in values["requirements"]])
    return _report(values)


@functools.cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)


def _unique(ids: Sequence[str]) -> None:
    """Raise `UnreadableReportError` if a requirement occurs twice, which the schema cannot express."""
    for requirement_id in ids:
        if ids.count(requirement_id) > 1:
            raise UnreadableReportError(f"is not a valid report: it has {requirement_id} twice")


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


def _message(values: dict[str, Any]) -> Message:
    mark = Mark(**values["mark"]) if values["mark"] else None
    return Message(values["start"], tuple((name, value) for name, value in values["headers"]), values["body"], mark)


def _latency(values: dict[str, Any]) -> Latency:
    return Latency(**values | {"bins": tuple(map(tuple, values["bins"]))})

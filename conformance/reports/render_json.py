"""conformance.json: the whole report for programs, described by conformance.schema.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from conformance.reports.model import FORMAT
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["as_dict", "encoded", "render"]


def render(report: Report) -> str:
    """Return the report as JSON."""
    return encoded(as_dict(report))


def encoded(document: dict[str, Any]) -> str:
    """Return JSON values as text in which each hidden character is escaped.

    A lone surrogate cannot be encoded in UTF-8, and strict parsers reject its escape, so it becomes the text of that
    escape.
    """
    return printable(json.dumps(document, ensure_ascii=False, indent=2), kept="\n", escape=_escape) + "\n"


def _escape(character: str) -> str:
    """Return the JSON escape of a character."""
    escape = json.dumps(character)[1:-1]
    # The control character U+007F is ASCII, so json leaves it.
    return (
        f"\\{escape}"
        if "\ud800" <= character <= "\udfff"
        else escape
        if len(escape) > 1
        else f"\\u{ord(character):04x}"
    )


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON values; the steps of a finding are in its own file."""
    document: dict[str, Any] = {"format": FORMAT, **asdict(report)}
    for requirement in document["requirements"]:
        for finding in requirement["findings"]:
            del finding["steps"], finding["alone"]
    if report.ended_by is None:
        del document["ended_by"]
    document["exit_code"] = report.exit_code
    document["spec"] = {"version": document.pop("spec_version"), "sha256": document.pop("spec_sha256")}
    document["known_deviations"] = [{"id": key, "state": state} for key, state in document.pop("deviations")]
    # Turns enumerations into strings and tuples into arrays.
    return dict(json.loads(json.dumps(document)))

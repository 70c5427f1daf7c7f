"""conformance.json: the whole report for programs, described by conformance.schema.json."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from conformance.reports.model import FORMAT

if TYPE_CHECKING:
    from conformance.reports.model import Report

__all__ = ["as_dict", "encoded", "render"]


def render(report: Report) -> str:
    """Return the report as JSON."""
    return encoded(as_dict(report))


def encoded(document: dict[str, Any]) -> str:
    """Return JSON values as text without characters that control a terminal or an editor.

    A lone surrogate cannot be encoded in UTF-8, and strict parsers reject its escape, so it becomes the text of that
    escape. The control characters U+007F to U+009F, which JSON allows and terminals obey, are escaped.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    text = re.sub("[\x7f-\x9f]", lambda match: f"\\u{ord(match[0]):04x}", text)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\\\u{ord(match[0]):04x}", text)


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON values; the steps of a finding are in its own file."""
    document: dict[str, Any] = {"format": FORMAT, **asdict(report)}
    for requirement in document["requirements"]:
        for finding in requirement["findings"]:
            del finding["steps"], finding["alone"]
    document["exit_code"] = report.exit_code
    document["spec"] = {"version": document.pop("spec_version"), "sha256": document.pop("spec_sha256")}
    document["known_deviations"] = [{"id": key, "state": state} for key, state in document.pop("deviations")]
    # Turns enumerations into strings and tuples into arrays.
    return dict(json.loads(json.dumps(document)))

"""conformance.json: the whole report for programs; its JSON Schema is conformance.schema.json beside this module."""

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
    """Return JSON values as text that steers neither a terminal nor an editor.

    A surrogate that a hostile answer left alone has no UTF-8, and its escape is refused by strict parsers.
    It becomes the text of that escape. Control characters above ASCII's first ones, which terminals heed and JSON
    lets stand, are escaped.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    text = re.sub("[\x7f-\x9f]", lambda match: f"\\u{ord(match[0]):04x}", text)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\\\u{ord(match[0]):04x}", text)


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON values; what is sent again of a finding is in its own file."""
    document: dict[str, Any] = {"format": FORMAT, **asdict(report)}
    for requirement in document["requirements"]:
        for finding in requirement["findings"]:
            del finding["steps"], finding["alone"]
    document["exit_code"] = report.exit_code
    document["spec"] = {"version": document.pop("spec_version"), "sha256": document.pop("spec_sha256")}
    document["known_deviations"] = [{"id": key, "state": state} for key, state in document.pop("deviations")]
    # Enumerations are strings, and tuples become arrays.
    return dict(json.loads(json.dumps(document)))

"""Faults in how an answer is written down: malformed JSON, and wrong media types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import refused, status, succeeded
from conformance.server.faults.registry import answer_fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext

Octets = Callable[[bytes], bytes]

MALFORMED: dict[str, tuple[str, Octets]] = {
    "bom": ("begins with a byte order mark", lambda body: b"\xef\xbb\xbf" + body),
    "utf-16": ("is in UTF-16", lambda body: body.decode(errors="replace").encode("utf-16")),
    "trailing-comma": ("has a comma behind the last member", lambda body: body[:-1] + b",}"),
    "single-quotes": ("has single quotes", lambda body: body.replace(b'"', b"'")),
    "nan": ("has a number that is none", lambda body: body[:-1] + b',"x":NaN}'),
    "twice": ("is sent twice", lambda body: body + body),
    "html": ("is a page of HTML", lambda _body: b"<!DOCTYPE html><title>DRS</title><p>Done."),
    "line-break": ("has a line break in a string", lambda body: body[:-1] + b',"x":"\n"}'),
}

LABELS: dict[str, tuple[str, tuple[str, ...]]] = {
    "untyped": ("has no Content-Type", ()),
    "html-label": ("is called HTML", ("text/html",)),
    "typed-twice": ("has two Content-Types", ("application/json", "text/plain")),
    "iso-8859-1": ("is said to be in ISO-8859-1", ("application/json; charset=ISO-8859-1",)),
}


def _written(octets: Octets) -> Callable[[RequestContext, Answer], Answer]:
    return lambda _context, answer: replace(answer, body=octets(answer.body))


def _labelled(values: tuple[str, ...]) -> Callable[[RequestContext, Answer], Answer]:
    def change(_context: RequestContext, answer: Answer) -> Answer:
        others = answer.with_header("Content-Type", None)
        return replace(others, headers=(*others.headers, *(("Content-Type", value) for value in values)))

    return change


for stem, shown, when, breaks, suffixes in (
    ("result", "The answer to a successful commit", succeeded, "RES-001", "bom nan twice html"),
    ("refusal", "The refusal", refused, "ERR-001", "utf-16 trailing-comma single-quotes line-break"),
    ("gateway-404", "A 404", status(404), "GATE-001", "html"),
):
    for suffix in suffixes.split():
        phrase, octets = MALFORMED[suffix]
        answer_fault(f"{stem}-{suffix}", breaks, f"{shown} {phrase}.", when, _written(octets))

for stem, shown, when, breaks, suffixes in (
    ("result", "The answer to a successful commit", succeeded, "RES-009", "untyped typed-twice iso-8859-1"),
    ("refusal", "The refusal", refused, "ERR-006", "untyped iso-8859-1"),
    ("gateway-401", "A 401", status(401), "GATE-004", "untyped"),
    ("gateway-404", "A 404", status(404), "GATE-004", "html-label"),
    ("gateway-405", "A 405", status(405), "GATE-004", "typed-twice"),
    ("gateway-415", "A 415", status(415), "GATE-004", "untyped"),
):
    for suffix in suffixes.split():
        phrase, values = LABELS[suffix]
        answer_fault(f"{stem}-{suffix}", breaks, f"{shown} {phrase}.", when, _labelled(values))

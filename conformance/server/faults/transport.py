"""Faults of HTTP itself that a server of HTTP lets through: lengths, Allow, and content codings."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import (
    When,
    accepts_gzip,
    also,
    odd_language,
    refused,
    status,
    succeeded,
)
from conformance.server.faults.documents import edited, put
from conformance.server.faults.registry import answer_fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext


def _cut(_context: RequestContext, answer: Answer) -> Answer:
    return answer.with_header("Content-Length", str(len(answer.body) + 1))


answer_fault(
    "result-cut-off",
    "HTTP-001",
    "The answer to a successful commit is shorter than its Content-Length.",
    succeeded,
    _cut,
)
answer_fault(
    "odd-languages-cut-off",
    "HTTP-002",
    "The answer to a call in an undocumented language is shorter than its Content-Length.",
    odd_language,
    _cut,
)


def _method(*methods: str) -> When:
    return lambda context, _answer: context.request.method in methods


def _without_allow(_context: RequestContext, answer: Answer) -> Answer:
    return answer.with_header("Allow", None)


answer_fault("allow-missing", "HTTP-004", "A 405 does not say what is allowed.", status(405), _without_allow)
answer_fault(
    "allow-missing-for-delete",
    "HTTP-004",
    "A 405 on DELETE does not say what is allowed.",
    also(status(405), _method("DELETE")),
    _without_allow,
)
answer_fault(
    "allow-everything",
    "HTTP-004",
    "A 405 names the refused method among those that are allowed.",
    status(405),
    lambda context, answer: answer.with_header("Allow", f"POST, {context.request.method}"),
)
answer_fault(
    "allow-options",
    "HTTP-004",
    "A 405 does not name POST among the methods that are allowed.",
    status(405),
    lambda _context, answer: answer.with_header("Allow", "OPTIONS"),
)
answer_fault(
    "allow-misspelt",
    "HTTP-004",
    "A 405 says in a header Allowed what is allowed.",
    status(405),
    lambda context, answer: _without_allow(context, answer).with_header("Allowed", "POST"),
)


def _gzipped(answer: Answer) -> Answer:
    return replace(answer, body=gzip.compress(answer.body, mtime=0)).with_header("Content-Encoding", "gzip")


def _damaged(answer: Answer) -> Answer:
    """Break the first block, behind the header of ten octets."""
    return replace(answer, body=answer.body[:10] + bytes(octet ^ 0xFF for octet in answer.body[10:]))


answer_fault(
    "gzip-of-another-refusal",
    "HTTP-007",
    "A caller who accepts gzip gets another error_code.",
    also(refused, accepts_gzip),
    lambda context, answer: _gzipped(edited(put("error_code", value="DRS.10000099"))(context, answer)),
)
answer_fault(
    "gzip-by-name-alone",
    "HTTP-007",
    "A caller who accepts gzip gets plain text that is called gzip.",
    also(refused, accepts_gzip),
    lambda _context, answer: answer.with_header("Content-Encoding", "gzip"),
)
answer_fault(
    "gzip-damaged",
    "HTTP-007",
    "A caller who accepts gzip gets a damaged block.",
    also(refused, accepts_gzip),
    lambda _context, answer: _damaged(_gzipped(answer)),
)
answer_fault(
    "gzip-called-deflate",
    "HTTP-007",
    "A caller who accepts deflate as well gets gzip under that name.",
    also(refused, lambda context, _answer: context.request.distinct("Accept-Encoding") == (b"gzip, deflate",)),
    lambda _context, answer: _gzipped(answer).with_header("Content-Encoding", "deflate"),
)

"""Faults that follow a pattern: each member of each answer, of wrong kinds and lengths; named like `job-msg-null`.

A table says which kinds each member is of, since all kinds of all members would be the same few mistakes many times.
"""

from __future__ import annotations

from conformance.server.faults.conditions import When, refused, status, succeeded
from conformance.server.faults.documents import Edit, camel, edited, nested, outside, put, whole, without
from conformance.server.faults.registry import answer_fault

TYPES: dict[str, object] = {"null": None, "number": 1, "boolean": True, "array": [], "object": {}, "string": "text"}
"""A value of each type of JSON."""

ARTICLES = {"null": "null", "array": "an array", "object": "an object"}

RESULT, REFUSAL = "The answer to a successful commit", "The refusal"


def _family(stem: str, shown: str, breaks: str, when: When, *, path: tuple[str, ...], suffixes: str) -> None:
    """Register faults in one member, or in the whole document if the path is empty; the suffixes say which."""
    for suffix in suffixes.split():
        phrase, edit = _mistake(path, suffix)
        answer_fault(f"{stem}-{suffix}", breaks, f"{shown} {phrase}.", when, edited(edit))


def _mistake(path: tuple[str, ...], suffix: str) -> tuple[str, Edit]:
    """Return what a suffix says of a member, and the edit that makes it true."""
    if suffix.isdecimal():
        text = "DRS.10000001" * (int(suffix) // 12 + 1)
        return f"has {suffix} character{'' if suffix == '1' else 's'}", put(*path, value=text[: int(suffix)])
    if suffix in TYPES:
        value = TYPES[suffix]
        return f"is {ARTICLES.get(suffix, f'a {suffix}')}", put(*path, value=value) if path else whole(value)
    return {
        "missing": ("is missing", without(*path)),
        "camel": ("is called by its name in camel case", camel(*path)),
        "nested": ("stands in an object of its own", nested(*path, inside="data")),
        "outside": ("stands beside job instead of in it", outside("job", path[-1])),
    }[suffix]


for stem, shown, breaks, when, path, suffixes in (
    ("result", RESULT, "RES-002", succeeded, (), "null boolean string"),
    ("job", "job", "RES-002", succeeded, ("job",), "number string nested"),
    ("job-id", "async_job_id", "RES-003", succeeded, ("job", "async_job_id"), "boolean array object outside"),
    ("job-status", "status", "RES-005", succeeded, ("job", "status"), "boolean array object"),
    ("job-status", "status", "RES-004", succeeded, ("job", "status"), "camel outside"),
    ("job-msg", "msg", "RES-007", succeeded, ("job", "msg"), "null number array"),
    ("job-msg", "msg", "RES-006", succeeded, ("job", "msg"), "camel outside"),
    ("refusal", REFUSAL, "ERR-001", refused, (), "null number boolean"),
    ("error-code", "error_code", "ERR-002", refused, ("error_code",), "boolean array object nested"),
    ("error-code", "error_code", "ERR-003", refused, ("error_code",), "1 24"),
    ("error-msg", "error_msg", "ERR-004", refused, ("error_msg",), "number object camel nested"),
    ("error-msg", "error_msg", "ERR-005", refused, ("error_msg",), "1024"),
    # The gateway's refusals are many: each mistake is made in one of them.
    ("gateway-401-code", "The error_code of a 401", "GATE-001", status(401), ("error_code",), "null"),
    ("gateway-404-code", "The error_code of a 404", "GATE-001", status(404), ("error_code",), "missing"),
    ("gateway-405-code", "The error_code of a 405", "GATE-001", status(405), ("error_code",), "number"),
    ("gateway-415-code", "The error_code of a 415", "GATE-001", status(415), ("error_code",), "camel"),
    ("gateway-401-msg", "The error_msg of a 401", "GATE-001", status(401), ("error_msg",), "missing"),
    ("gateway-403-msg", "The error_msg of a 403", "GATE-001", status(403), ("error_msg",), "null"),
    ("gateway-404-msg", "The error_msg of a 404", "GATE-001", status(404), ("error_msg",), "object"),
    ("gateway-405-msg", "The error_msg of a 405", "GATE-001", status(405), ("error_msg",), "nested"),
    ("gateway-415-msg", "The error_msg of a 415", "GATE-001", status(415), ("error_msg",), "array"),
    ("gateway-401-code", "The error_code of a 401", "GATE-002", status(401), ("error_code",), "9"),
    ("gateway-403-code", "The error_code of a 403", "GATE-002", status(403), ("error_code",), "0"),
    ("gateway-404-code", "The error_code of a 404", "GATE-002", status(404), ("error_code",), "11"),
    ("gateway-405-code", "The error_code of a 405", "GATE-002", status(405), ("error_code",), "12"),
    ("gateway-401-request-id", "The request_id of a 401", "GATE-003", status(401), ("request_id",), "null"),
    ("gateway-404-request-id", "The request_id of a 404", "GATE-003", status(404), ("request_id",), "camel"),
    ("gateway-405-request-id", "The request_id of a 405", "GATE-003", status(405), ("request_id",), "missing"),
    ("gateway-415-request-id", "The request_id of a 415", "GATE-003", status(415), ("request_id",), "number"),
):
    _family(stem, shown, breaks, when, path=path, suffixes=suffixes)

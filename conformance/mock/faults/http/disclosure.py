"""Faults that disclose the token to readers of an answer, or internals of the server to callers: HTTP-005, HTTP-006."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.faults.conditions import When, all_of, chinese, id_contains, refused, status, succeeded
from conformance.mock.faults.documents import Edit, added, edited, put
from conformance.mock.faults.registry import answer_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext


def _echo(name: str, summary: str, when: When, echo: Callable[[Answer, str], Answer]) -> None:
    """Register a fault that adds the token of the request, if it has one, to the answer."""

    def change(context: RequestContext, answer: Answer) -> Answer:
        tokens = [token for token in context.request.distinct("X-Auth-Token") if token]
        return echo(answer, tokens[0].decode("latin-1")) if tokens else answer

    answer_fault(name, "HTTP-005", summary, when, change)


def _always(_context: RequestContext, _answer: Answer) -> bool:
    return True


def _in_message(answer: Answer, token: str) -> Answer:
    try:
        return answer.with_json({**answer.json(), "error_msg": f"refused: {token}"})
    except (TypeError, ValueError):
        return answer


def _escaped(answer: Answer, token: str) -> Answer:
    escapes = "".join(f"\\u{ord(character):04x}" for character in token)
    return replace(answer, body=answer.body[:-1] + f',"token":"{escapes}"}}'.encode())


# HTTP-005: the token is not echoed.
_echo("token-echoed", "Repeat the token in the error_msg of a service error.", refused, _in_message)
_echo("wrong-token-echoed", "Repeat the token in the error_msg of a 401.", status(401), _in_message)
_echo("token-escaped", "Repeat the token in a 200, in JSON escapes.", succeeded, _escaped)
_echo(
    "token-echoed-in-a-header",
    "Repeat the token in a header of every answer.",
    _always,
    lambda answer, token: answer.with_header("X-Debug", token),
)
_echo(
    "token-in-a-cookie",
    "Repeat the token in a cookie of a 200.",
    succeeded,
    lambda answer, token: answer.with_header("Set-Cookie", f"session={token}; HttpOnly"),
)
_echo(
    "token-in-base64",
    "Repeat the token in a header, in base64, if X-Language is zh-cn.",
    chinese,
    lambda answer, token: answer.with_header("X-Trace", base64.b64encode(f"user:{token}".encode()).decode()),
)
_echo(
    "token-percent-encoded",
    "Repeat the token in the Location of a 405, percent-encoded.",
    status(405),
    lambda answer, token: answer.with_header("Location", "/v5/?token=" + "".join(f"%{x:02X}" for x in token.encode())),
)

PYTHON = "Traceback (most recent call last):\n  File \"/app/commit.py\", line 42, in commit\nKeyError: 'batch'"
JAVA = "java.lang.NullPointerException\n\tat com.example.drs.Commit.run(Commit.java:42)"
SPRING = "org.springframework.dao.EmptyResultDataAccessException: Incorrect result size"
MYSQL = "You have an error in your SQL syntax; check the manual near '--' at line 1"
POSTGRES = 'ERROR: syntax error at or near "批"'
SQLITE = "sqlite3.OperationalError: database is locked"


def _internals(name: str, summary: str, when: When, edit: Edit) -> None:
    """Register a fault that adds internals of the server to an answer."""
    answer_fault(name, "HTTP-006", summary, when, edited(edit))


def _message(text: str) -> Edit:
    return put("error_msg", value=text)


# HTTP-006: no answer shows internals of the server.
_internals("python-trace-in-refusals", "Send a Python stack trace as error_msg.", refused, _message(PYTHON))
_internals(
    "java-trace-in-chinese",
    "Send a Java stack trace as error_msg if X-Language is zh-cn.",
    all_of(refused, chinese),
    _message(JAVA),
)
_internals("spring-error-in-a-member", "Add a Spring exception to a service error.", refused, added(exception=SPRING))
_internals(
    "mysql-error-for-quotes",
    "Send an error of MySQL as error_msg if the ID contains a single quote.",
    all_of(refused, id_contains("'")),
    _message(MYSQL),
)
_internals(
    "postgres-error-for-nul",
    "Send an error of PostgreSQL as error_msg if the ID contains a NUL.",
    all_of(refused, id_contains("\0")),
    _message(POSTGRES),
)
_internals("sqlite-error-in-a-404", "Send an error of SQLite as the error_msg of a 404.", status(404), _message(SQLITE))
_internals("trace-in-results", "Add a Python stack trace to a 200.", succeeded, added(debug=PYTHON))

"""Faults that disclose: the token to whoever reads an answer, the inside of the server to its callers."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.faults.conditions import When, also, chinese, id_holds, refused, status, succeeded
from conformance.server.faults.documents import Edit, added, edited, put
from conformance.server.faults.registry import answer_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.answers import Answer
    from conformance.server.pipeline import RequestContext


def _echo(name: str, summary: str, when: When, echo: Callable[[Answer, str], Answer]) -> None:
    """Register a fault that puts the token, if there is one, into the answer."""

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


_echo("token-echoed", "A refusal repeats the token.", refused, _in_message)
_echo("wrong-token-echoed", "The refusal of a token repeats it.", status(401), _in_message)
_echo("token-escaped", "A result repeats the token in JSON escapes.", succeeded, _escaped)
_echo(
    "token-echoed-in-a-header",
    "An answer repeats the token in a header.",
    _always,
    lambda answer, token: answer.with_header("X-Debug", token),
)
_echo(
    "token-in-a-cookie",
    "A result keeps the token in a cookie.",
    succeeded,
    lambda answer, token: answer.with_header("Set-Cookie", f"session={token}; HttpOnly"),
)
_echo(
    "token-in-base64",
    "In Chinese, a header has the token in base64.",
    chinese,
    lambda answer, token: answer.with_header("X-Trace", base64.b64encode(f"user:{token}".encode()).decode()),
)
_echo(
    "token-percent-encoded",
    "The Location of a 405 has the token in its query.",
    status(405),
    lambda answer, token: answer.with_header("Location", "/v5/?token=" + "".join(f"%{x:02X}" for x in token.encode())),
)

PYTHON = "Traceback (most recent call last):\n  File \"/app/commit.py\", line 42, in commit\nKeyError: 'batch'"
JAVA = "java.lang.NullPointerException\n\tat com.example.drs.Commit.run(Commit.java:42)"
SPRING = "org.springframework.dao.EmptyResultDataAccessException: Incorrect result size"
MYSQL = "You have an error in your SQL syntax; check the manual near '--' at line 1"
POSTGRES = 'ERROR: syntax error at or near "批"'
SQLITE = "sqlite3.OperationalError: database is locked"


def _inside(name: str, summary: str, when: When, edit: Edit) -> None:
    answer_fault(name, "HTTP-006", summary, when, edited(edit))


def _message(text: str) -> Edit:
    return put("error_msg", value=text)


_inside("python-trace-in-refusals", "error_msg is a stack trace of Python.", refused, _message(PYTHON))
_inside(
    "java-trace-in-chinese", "In Chinese, error_msg is a stack trace of Java.", also(refused, chinese), _message(JAVA)
)
_inside("spring-error-in-a-member", "A refusal names an exception of Spring.", refused, added(exception=SPRING))
_inside(
    "mysql-error-for-quotes",
    "A quote in the ID shows MySQL's complaint.",
    also(refused, id_holds("'")),
    _message(MYSQL),
)
_inside(
    "postgres-error-for-nul",
    "A NUL in the ID shows PostgreSQL's complaint.",
    also(refused, id_holds("\0")),
    _message(POSTGRES),
)
_inside("sqlite-error-in-a-404", "A 404 shows SQLite's complaint.", status(404), _message(SQLITE))
_inside("trace-in-results", "A result has a stack trace beside job.", succeeded, added(debug=PYTHON))

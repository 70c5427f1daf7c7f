"""Faults in the service's refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.server.faults.registry import fault
from conformance.server.messages import Language

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Exchange

Change = Callable[[dict[str, Any]], object]
When = Callable[["Exchange"], bool]


def _body(name: str, breaks: str, summary: str, change: Change, when: When = lambda _: True) -> None:
    """Register a fault that refuses with another document."""

    def rewrite(exchange: Exchange, answer: Answer) -> Answer:
        return answer.with_json(change(answer.json())) if answer.status == 400 and when(exchange) else answer

    rewrite.__doc__ = summary
    fault(name, breaks=(breaks,))(rewrite)


def _set(**values: object) -> Change:
    return lambda document: {**document, **values}


def _without(name: str) -> Change:
    return lambda document: {key: value for key, value in document.items() if key != name}


def _renamed(name: str, other: str) -> Change:
    return lambda document: {other if key == name else key: value for key, value in document.items()}


def _chinese(exchange: Exchange) -> bool:
    return exchange.language is Language.CHINESE


def _long_id(exchange: Exchange) -> bool:
    return len(exchange.path_parameters.get("async_job_id", "")) > 255


def _no_uuid(exchange: Exchange) -> bool:
    return len(exchange.path_parameters.get("async_job_id", "")) != 36


def _shortened(document: dict[str, Any]) -> object:
    return {**document, "error_code": document["error_code"][:-1]}


_body("refusal-array", "ERR-001", "The refusal is an array.", lambda document: [document])
_body("refusal-string", "ERR-001", "The refusal is a string.", lambda document: document["error_msg"])

_body("error-code-missing", "ERR-002", "The refusal has no error_code.", _without("error_code"))
_body("error-code-null", "ERR-002", "error_code is null.", _set(error_code=None))
_body("error-code-number", "ERR-002", "error_code is a number of 12 digits.", _set(error_code=100000000001))
_body("error-code-camel", "ERR-002", "error_code is called errorCode.", _renamed("error_code", "errorCode"))
_body("error-code-11", "ERR-003", "The service's error_code has 11 characters instead of 12.", _shortened)
_body("error-code-13", "ERR-003", "error_code has 13 characters.", _set(error_code="DRS.100000010"))
_body("error-code-10", "ERR-003", "error_code is one of the older codes.", _set(error_code="DRS.M00202"))
_body("error-code-empty", "ERR-003", "error_code is empty.", _set(error_code=""))
_body("error-code-11-in-chinese", "ERR-003", "error_code is too short, in Chinese alone.", _shortened, _chinese)
_body(
    "error-code-11-for-odd-ids", "ERR-003", "error_code is too short for IDs that are no UUIDs.", _shortened, _no_uuid
)

_body("error-msg-missing", "ERR-004", "The refusal has no error_msg.", _without("error_msg"))
_body("error-msg-null", "ERR-004", "error_msg is null.", _set(error_msg=None))
_body("error-msg-array", "ERR-004", "error_msg is an array of strings.", _set(error_msg=["Failed."]))
_body("error-msg-empty", "ERR-005", "The service's error_msg is empty.", _set(error_msg=""))
_body("error-msg-513", "ERR-005", "error_msg has 513 characters.", _set(error_msg="x" * 513))
_body("error-msg-long-for-long-ids", "ERR-005", "error_msg repeats a long ID.", _set(error_msg="x" * 600), _long_id)

_body("error-code-by-language", "ERR-007", "Chinese has codes of its own.", _set(error_code="DRS.20000001"), _chinese)


@fault("refusal-not-json", breaks=("ERR-001",))
def _not_json(_exchange: Exchange, answer: Answer) -> Answer:
    """The refusal is the text of its message."""
    return replace(answer, body=answer.json()["error_msg"].encode()) if answer.status == 400 else answer


@fault("refusal-duplicate-name", breaks=("ERR-001",))
def _duplicate(_exchange: Exchange, answer: Answer) -> Answer:
    """The refusal has error_code twice."""
    return replace(answer, body=b'{"error_code":"1",' + answer.body[1:]) if answer.status == 400 else answer


@fault("refusal-text-html", breaks=("ERR-006",))
def _text_html(_exchange: Exchange, answer: Answer) -> Answer:
    """The refusal is called HTML."""
    return answer.with_header("Content-Type", "text/html") if answer.status == 400 else answer

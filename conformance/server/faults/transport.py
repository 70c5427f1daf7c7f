"""Faults of HTTP itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.server.faults.registry import fault

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.pipeline import Exchange


def _cut(answer: Answer) -> Answer:
    return answer.with_header("Content-Length", str(len(answer.body) + 1))


@fault("result-cut-off", breaks=("HTTP-001",))
def _result_cut_off(_exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a successful commit is shorter than its Content-Length."""
    return _cut(answer) if answer.status == 200 else answer


@fault("odd-languages-cut-off", breaks=("HTTP-002",))
def _odd_languages_cut_off(exchange: Exchange, answer: Answer) -> Answer:
    """The answer to a call in an undocumented language is shorter than its Content-Length."""
    odd = exchange.request.distinct("X-Language") not in ((), (b"en-us",), (b"zh-cn",))
    return _cut(answer) if odd else answer


@fault("allow-missing", breaks=("HTTP-004",))
def _allow_missing(_exchange: Exchange, answer: Answer) -> Answer:
    """A 405 does not say what is allowed."""
    return answer.with_header("Allow", None)


@fault("token-echoed", breaks=("HTTP-005",))
def _token_echoed(exchange: Exchange, answer: Answer) -> Answer:
    """A refusal repeats the token."""
    tokens = exchange.request.distinct("X-Auth-Token")
    if answer.status != 400 or not tokens:
        return answer
    return answer.with_json({**answer.json(), "error_msg": f"refused: {tokens[0].decode(errors='replace')}"})


@fault("token-echoed-in-a-header", breaks=("HTTP-005",))
def _token_in_header(exchange: Exchange, answer: Answer) -> Answer:
    """An answer repeats the token in a header."""
    tokens = exchange.request.distinct("X-Auth-Token")
    return answer.with_header("X-Debug", tokens[0].decode(errors="replace")) if tokens else answer

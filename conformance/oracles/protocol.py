"""Oracles on HTTP itself and on robustness: whatever is sent, something sound comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import TransportFailure
from conformance.oracles.registry import Judgement, breaks, holds, oracle
from conformance.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange

BROKEN_OFF = ("protocol", "too-large")


@oracle("HTTP-001", unanswered=True)
def documented_call_is_answered(exchange: Exchange) -> Judgement | None:
    """A documented call is answered in well-formed HTTP, and in whole."""
    return _answered(exchange, BROKEN_OFF) if exchange.situation.documented else None


@oracle("HTTP-002", unanswered=True)
def any_call_is_answered(exchange: Exchange) -> Judgement | None:
    """Any other call is answered as well, and every call in time."""
    return _answered(exchange, ("timeout",) if exchange.situation.documented else (*BROKEN_OFF, "timeout"))


@oracle("HTTP-003")
def no_server_error(exchange: Exchange) -> Judgement | None:
    """No request, however odd, makes the server answer with its own fault; documented calls have REQ-001."""
    if exchange.situation.documented:
        return None
    # 501 is the proper answer to a method that the server does not know (RFC 9110, section 15.6.2).
    if exchange.status == 501 and exchange.situation.operation is None:
        return holds()
    return holds() if exchange.status < 500 else breaks("a status below 500", f"status {exchange.status}")


@oracle("HTTP-004")
def allow(exchange: Exchange) -> Judgement | None:
    """A 405 names the methods that are allowed (RFC 9110, section 15.5.6)."""
    if exchange.status != 405:
        return None
    return holds() if exchange.response.values("Allow") else breaks("a header Allow", "no such header")


@oracle("HTTP-005")
def token_is_not_echoed(exchange: Exchange) -> Judgement | None:
    """The token that was sent does not come back in the answer."""
    tokens = [token for token in exchange.request.values("X-Auth-Token") if len(token) >= 8]
    if not tokens or exchange.request.method == "TRACE":
        return None
    values = (value for _, value in exchange.response.headers)
    answer = "\n".join((*values, exchange.response.body.decode(errors="replace")))
    echoed = Redactor(*tokens)(answer) != answer
    return breaks("an answer without the token", "the token stands in the answer") if echoed else holds()


def _answered(exchange: Exchange, failures: Sequence[str]) -> Judgement | None:
    if not isinstance(exchange.outcome, TransportFailure):
        return holds()
    if exchange.outcome.kind not in failures:
        return None
    return breaks("a complete answer in well-formed HTTP", exchange.outcome.detail)

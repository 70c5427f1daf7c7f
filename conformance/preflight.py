"""Whether a target can be judged at all, told by its first answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import TransportFailure
from conformance.reports.model import Verdict
from conformance.verdict import Stop

if TYPE_CHECKING:
    from conformance.exchange import Exchange

__all__ = ["objection"]

OBJECTIONS = {
    401: "the credentials are refused (status 401); check DRS_TOKEN and --project-id",
    403: "the credentials are refused (status 403); check DRS_TOKEN and --project-id",
    404: "the API is not published here (status 404); check --target and the region",
    429: "the target asks to come again later (status 429); lower --rate",
    503: "the target asks to come again later (status 503); lower --rate",
}


def objection(exchange: Exchange, target: str) -> Stop | None:
    """Return why no verdict is possible, given the answer to a documented call; None if one is."""
    outcome = exchange.outcome
    if isinstance(outcome, TransportFailure):
        if outcome.kind in ("unreachable", "protocol", "timeout"):
            return Stop(Verdict.UNREACHABLE, f"{target}: {outcome.detail}; is it running, and is this its URL?")
        return None
    reason = OBJECTIONS.get(outcome.status)
    return None if reason is None else Stop(Verdict.INCONCLUSIVE, reason)

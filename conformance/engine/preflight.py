"""The preflight check: the first answer decides whether the target can be judged at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.abort import Abort
from conformance.exchange.exchange import THROTTLED, TransportFailure
from conformance.exchange.strict_json import MalformedError
from conformance.exchange.verdicts import Verdict

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange, Response

__all__ = ["abort_reason"]

ABORT_REASONS = {
    401: "the target refused the credentials (status 401); check the token and --project-id",
    403: "the target refused the credentials (status 403); check the token and --project-id",
    404: "the API is not published here (status 404); check --target and the region",
    **{status: f"the target asks to retry later (status {status}); lower --rate" for status in THROTTLED},
}
"""The reason to abort the run for each status of the first answer."""

TLS_REMEDY = "if the certificate is right, trust it with --ca-file; if the target speaks plain HTTP, use http://"


def abort_reason(exchange: Exchange, target: str) -> Abort | None:
    """Return why the answer to a documented call rules out a verdict; None if a verdict is possible."""
    outcome = exchange.outcome
    if isinstance(outcome, TransportFailure):
        if outcome.kind == "insecure":
            return Abort(Verdict.UNREACHABLE, f"{target}: {outcome.detail}; {TLS_REMEDY}")
        if outcome.kind in ("unreachable", "protocol", "timeout"):
            return Abort(Verdict.UNREACHABLE, f"{target}: {outcome.detail}; is it running, and is this its URL?")
        return None
    if 300 <= outcome.status < 400:
        place = next(iter(outcome.values("Location")), "nowhere")
        return Abort(Verdict.INCONCLUSIVE, f"the target redirects to {place}; if that is the API, use it as --target")
    reason = ABORT_REASONS.get(outcome.status)
    if reason is None or (outcome.status == 404 and not _by_gateway(outcome)):
        return None
    return Abort(Verdict.INCONCLUSIVE, reason)


def _by_gateway(response: Response) -> bool:
    """Return whether a 404 is the gateway's. The service's own 404 for an unknown batch is judged."""
    try:
        body = response.json()
    except MalformedError:
        return True
    code = body.get("error_code") if isinstance(body, dict) else None
    return not isinstance(code, str) or code.startswith("APIGW.")

"""The preflight check: the first answers decide whether the target can be judged at all.

The first call names a batch that does not exist. Its answer may mean that the API is not published, that the
credentials are wrong or that the service is not available. In that case other documented calls follow. If one of them
is answered as documented, the first answer is a violation like any other. No validated batch is named that such a call
could use up.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.engine.abort import Abort
from conformance.errors import NoBatchError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Exchange, Response, TransportFailure
from conformance.exchange.strict_json import MalformedError
from conformance.exchange.verdicts import Verdict
from conformance.target.availability import UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.config.settings import Settings
    from conformance.exchange.exchange import Request
    from conformance.target.session import Session

__all__ = ["Preflight", "abort_reason", "check"]

DOCUMENTED = (200, 400)
"""The statuses of the operation."""
TOO_MANY = 429

ABORT_REASONS = {
    401: "the target refused the credentials (status 401{}); check the token and --project-id",
    403: "the target refused the credentials (status 403{}); check the token and --project-id",
    404: "the API is not published here (status 404{}); check --target and the region",
    TOO_MANY: "the target asks to retry later (status 429{}); lower --rate",
}
"""The reason to abort the run for each status of the first answer."""

TLS_REMEDY = "if the certificate is right, trust it with --ca-file; if the target speaks plain HTTP, use http://"
OTHER_FILE = (
    "the file of --ca-file does not have the authority that issued it; if the target speaks plain HTTP, use http://"
)
MISMATCH = re.compile("hostname mismatch|address mismatch", re.IGNORECASE)
REFUSAL = re.compile("[0-9]{3}( |$)")
"""The status with which a proxy refuses to connect to the target."""

WORDS = 100
"""Characters of the code and of the message of an answer that a reason quotes."""


@dataclass(frozen=True)
class Preflight:
    """The result of the check.

    Attributes:
        exchanges: The exchanges, in order.
        abort: Why the target cannot be judged; None if it can.
    """

    exchanges: tuple[Exchange, ...]
    abort: Abort | None = None


def check(session: Session, target: str, settings: Settings) -> Preflight:
    """Send a documented call, and others if its answer rules out a verdict by itself; raises like `Session.send`."""
    first = session.send_unrecorded(session.commit(session.batches.unknown()))
    abort = abort_reason(first, target, proxy=settings.proxy, trusted=settings.ca_file is not None)
    if abort is None or not isinstance(first.outcome, Response) or first.status == TOO_MANY:
        return Preflight((first,), abort)
    others: list[Exchange] = []
    with suppress(NoBatchError):  # another run uses the same batches
        for state, request in _others(session, first, others):
            others.append(session.send_unrecorded(request()))
            if others[-1].status in (DOCUMENTED if state else (401, 403)):
                session.probe = request
                # The target answers, so that a 503 does not ask to retry later.
                return Preflight((replace(first, settled=True), *others))
            if state is BatchState.READY:
                session.batches.give_back(others[-1])
    return Preflight((first, *others), abort)


def _others(
    session: Session, first: Exchange, sent: list[Exchange]
) -> Iterator[tuple[BatchState | None, Callable[[], Request]]]:
    """Yield calls that show whether the target answers others than the first; no state means a call without a token.

    A batch that is committed already cannot be lost. Others may be by anything but a rejection (4xx), so that none is
    named while nothing else is answered than with a redirect or a server error.
    """
    batches, status = session.batches, first.status
    rejected = 400 <= status < 500

    def naming(state: BatchState) -> Callable[[], Request]:
        batch_id = batches.allocate(state)
        return lambda: session.commit(batch_id)

    free = batches.can_create_batches
    if free or batches.has(BatchState.COMMITTED):
        yield BatchState.COMMITTED, naming(BatchState.COMMITTED)
    others = [state for state in (BatchState.FAILED, BatchState.VALIDATING) if batches.has(state)]
    if not (rejected or free):
        if status in UNAVAILABLE and not others:
            return
        unknown = batches.unknown()
        # A gateway in front of a service that is down refuses this call itself.
        yield (BatchState.UNKNOWN if status in UNAVAILABLE else None), lambda: session.commit(unknown, token=None)
        if sent[-1].status not in (401, 403):
            return
    for state in others:
        yield state, naming(state)
    if (rejected or free) and batches.has(BatchState.READY):
        yield BatchState.READY, naming(BatchState.READY)


def abort_reason(exchange: Exchange, target: str, *, proxy: str | None = None, trusted: bool = False) -> Abort | None:
    """Return why the answer to a documented call rules out a verdict; None if a verdict is possible.

    Args:
        exchange: The call and its answer.
        target: Base URL of the target.
        proxy: URL of the HTTP proxy that is used, if any.
        trusted: Whether the user named a file of certificates.
    """
    outcome = exchange.outcome
    if isinstance(outcome, TransportFailure):
        reason = _unanswered(outcome, target, proxy, trusted=trusted)
        return Abort(Verdict.UNREACHABLE, reason, exchange) if reason else None
    words = _words(outcome)
    if 300 <= outcome.status < 400:
        place = next(iter(outcome.values("Location")), "nowhere")
        reason = f"the target redirects to {place}; if that is the API, use it as --target"
        return Abort(Verdict.INCONCLUSIVE, reason, exchange)
    if outcome.status >= 500:
        reason = f"{target}: the service is not available (status {outcome.status}{words}); find out why, or try later"
        return Abort(Verdict.UNREACHABLE, reason, exchange)
    reason = ABORT_REASONS.get(outcome.status, "")
    if not reason or (outcome.status == 404 and not _by_gateway(outcome)):
        return None
    return Abort(Verdict.INCONCLUSIVE, reason.format(words), exchange)


def _unanswered(failure: TransportFailure, target: str, proxy: str | None, *, trusted: bool) -> str:
    """Return why a call got no answer, and what to do; empty if the target can be judged nevertheless."""
    if failure.kind == "insecure":
        if MISMATCH.search(failure.detail):
            return f"{target}: {failure.detail}; the certificate is for another name: use that one in --target"
        return f"{target}: {failure.detail}; {OTHER_FILE if trusted else TLS_REMEDY}"
    if failure.kind == "unreachable" and proxy is not None:
        if REFUSAL.match(failure.detail):
            return f"{target}: the proxy {_host(proxy)} does not reach it: {failure.detail}; is it running?"
        return f"the proxy {_host(proxy)}: {failure.detail}; is it running, and is this the URL for --proxy?"
    if failure.kind in ("unreachable", "protocol", "timeout"):
        return f"{target}: {failure.detail}; is it running, and is this its URL?"
    return ""


def _host(url: str) -> str:
    """Return the host and port of a URL, without a password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _words(response: Response) -> str:
    """Return the code and the message of an answer, after a comma; empty if it has none."""
    try:
        body = response.json()
    except MalformedError:
        return ""
    members = [body.get(name) for name in ("error_code", "error_msg")] if isinstance(body, dict) else []
    said = [text if len(text) <= WORDS else f"{text[:WORDS]}..." for text in members if isinstance(text, str) and text]
    return f", {': '.join(said)}" if said else ""


def _by_gateway(response: Response) -> bool:
    """Return whether a 404 is the gateway's. The service's own 404 for an unknown batch is judged."""
    try:
        body = response.json()
    except MalformedError:
        return True
    code = body.get("error_code") if isinstance(body, dict) else None
    return not isinstance(code, str) or code.startswith("APIGW.")

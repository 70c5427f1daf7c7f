"""Scenarios of GATE: refusals by the gateway, and the ID that it gives to each call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.requirements.scenario_helpers import BROWSERS, MADE_UP, TRACE, with_headers
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session

IF_NEED_BE = "application/json, text/html;q=0.1"
"""A value of Accept that allows a page only if there is no JSON."""


@scenario()
def refusals_that_accept_pages(session: Session) -> Sequence[Exchange]:
    """Calls without a token, with GET on another path and on this one, and another type, which accept pages as well."""
    read = replace(session.commit(session.batches.unknown()), method="GET")
    requests = (
        (session.commit(session.batches.unknown(), token=None), BROWSERS),
        (replace(read, target=read.target.replace("/commit", "/commits")), IF_NEED_BE),
        (read, BROWSERS),
        (session.commit(session.batches.unknown(), media_type="text/plain"), IF_NEED_BE),
    )
    return [session.send(with_headers(request, ("Accept", accept))) for request, accept in requests]


@scenario()
def refusals_over_again(session: Session) -> Sequence[Exchange]:
    """GET on another path, and on that of an unknown batch, each twice in one trace, and with an ID of the caller."""
    request = session.commit(session.batches.unknown())
    request = replace(with_headers(request, TRACE), method="GET")
    elsewhere = replace(request, target=request.target.replace("/commit", "/commits"))
    named = with_headers(elsewhere, ("X-Request-Id", "drs-conform-0001"))
    return [session.send(each) for each in (elsewhere, elsewhere, request, request, named)]


@scenario()
def refusals_on_one_connection(session: Session) -> Sequence[Exchange]:
    """Calls without a token and with a made-up one on two connections, on one, and with the caller's X-Request-Id."""
    request = session.commit(session.batches.unknown(), token=None)
    named = with_headers(request, ("X-Request-Id", "drs-conform-0000"))
    wrong = session.commit(session.batches.unknown(), token=MADE_UP)
    own = [session.send(request), session.send(wrong), *session.send_in_turn([request, wrong])]
    return [*own, session.send(named)]

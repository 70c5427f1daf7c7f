"""Scenarios of GATE: refusals by the gateway, and the ID that it gives to each call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session


ACCEPTS = ("application/json, text/html;q=0.1", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
"""Ways to accept JSON and pages: pages only if need be, and as browsers do."""


TRACE = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
"""The header of W3C Trace Context, which is the same for all calls of one trace."""


@scenario()
def refusals_that_accept_pages(session: Session) -> Sequence[Exchange]:
    """Calls without a token, with GET on another path and on this one, and another type, which accept pages as well."""
    read = replace(session.commit(session.batches.unknown()), method="GET")
    requests = (
        (session.commit(session.batches.unknown(), token=None), ACCEPTS[1]),
        (replace(read, target=read.target.replace("/commit", "/commits")), ACCEPTS[0]),
        (read, ACCEPTS[1]),
        (session.commit(session.batches.unknown(), media_type="text/plain"), ACCEPTS[0]),
    )
    exchanges = []
    for request, accept in requests:
        others = tuple(header for header in request.headers if header[0] != "Accept")
        exchanges.append(session.send(replace(request, headers=(*others, ("Accept", accept)))))
    return exchanges


@scenario()
def refusals_over_again(session: Session) -> Sequence[Exchange]:
    """GET on another path, and on that of an unknown batch, each twice in one trace, and with an ID of the caller."""
    request = session.commit(session.batches.unknown())
    request = replace(request, method="GET", headers=(*request.headers, TRACE))
    elsewhere = replace(request, target=request.target.replace("/commit", "/commits"))
    named = replace(elsewhere, headers=(*elsewhere.headers, ("X-Request-Id", "drs-conform-0001")))
    return [session.send(each) for each in (elsewhere, elsewhere, request, request, named)]


@scenario()
def refusals_on_one_connection(session: Session) -> Sequence[Exchange]:
    """Calls without a token: two on separate connections, two on one, and one with an X-Request-Id of the caller."""
    request = session.commit(session.batches.unknown(), token=None)
    named = replace(request, headers=(*request.headers, ("X-Request-Id", "drs-conform-0000")))
    own = [session.send(request), session.send(request), *session.send_in_turn([request, request])]
    return [*own, session.send(named)]

"""Scenarios of GATE: refusals by the gateway, and the ID that it gives to each call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session


PREFERS_JSON = ("Accept", "application/json, text/html;q=0.1")


@scenario()
def refusals_that_prefer_json(session: Session) -> Sequence[Exchange]:
    """Calls without a token, with another path, method and media type, which prefer JSON to a page."""
    usual = session.commit(session.batches.unknown())
    requests = (
        session.commit(session.batches.unknown(), token=None),
        replace(usual, target=usual.target.replace("/commit", "/commits")),
        replace(usual, method="PUT"),
        session.commit(session.batches.unknown(), media_type="text/plain"),
    )
    return [
        session.send(
            replace(request, headers=(*(kept for kept in request.headers if kept[0] != "Accept"), PREFERS_JSON))
        )
        for request in requests
    ]


@scenario()
def refusals_on_one_connection(session: Session) -> Sequence[Exchange]:
    """Calls without a token: two on separate connections, two on one, and one with an X-Request-Id of the caller."""
    request = session.commit(session.batches.unknown(), token=None)
    named = replace(request, headers=(*request.headers, ("X-Request-Id", "drs-conform-0000")))
    own = [session.send(request), session.send(request), *session.send_in_turn([request, request])]
    return [*own, session.send(named)]

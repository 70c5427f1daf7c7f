"""Functions and values that several scenarios share."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from conformance.exchange.exchange import Exchange, Header, Request
    from conformance.target.session import Session

__all__ = [
    "BROWSERS",
    "LANGUAGES",
    "MADE_UP",
    "TRACE",
    "in_each_language",
    "may_be_used_up",
    "then_committed",
    "tried",
    "with_headers",
]

LANGUAGES = (None, "en-us", "zh-cn")
"""The documented languages. None sends no X-Language."""
BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
"""The value of Accept that browsers send for a page."""
TRACE = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
"""The header of W3C Trace Context, which is the same for all calls of one trace."""
MADE_UP = "MII" + base64.b64encode(b"made up, and as long as a real one " * 8).decode()
"""A token that IAM never issued. Its tokens are signed messages in base64, which begin like this."""


def with_headers(request: Request, *headers: Header) -> Request:
    """Return a request with further headers, which replace those of the same name."""
    replaced = {name for name, _ in headers}
    kept = (header for header in request.headers if header[0] not in replaced)
    return replace(request, headers=(*kept, *headers))


def may_be_used_up(session: Session, exchange: Exchange) -> bool:
    """Return whether no further request may name the batch of a call that should have been refused.

    Where batches can be created, that is so if the call succeeded, which is proof enough. Elsewhere a commit costs
    money, so it is so unless the call was clearly rejected.
    """
    if session.batches.can_create_batches:
        return 200 <= exchange.status < 300
    return exchange.may_have_committed


def in_each_language(session: Session, state: BatchState) -> Sequence[Exchange]:
    """Commit one batch of this state in each language."""
    batch_id = session.batches.allocate(state)
    return [session.send(session.commit(batch_id, language=language)) for language in LANGUAGES]


def tried(session: Session, requests: Iterable[Request]) -> list[Exchange]:
    """Send requests that must be refused, up to the first that may have used up their batch."""
    exchanges = []
    for request in requests:
        exchanges.append(session.send(request))
        if may_be_used_up(session, exchanges[-1]):
            break
    return exchanges


def then_committed(session: Session, refused: Sequence[Exchange]) -> Sequence[Exchange]:
    """Commit the batch that refused calls have named, unless one of them may have used it up.

    The batch is marked as uncertain, since the answer is evidence about the refused calls and not about the commit.
    """
    if any(may_be_used_up(session, exchange) for exchange in refused):
        return refused
    return [*refused, session.send(session.commit(session.batches.reusable_ready()), batch=BatchState.UNCERTAIN)]

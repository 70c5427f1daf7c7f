"""Scenarios of MSG: answers of each kind, and what follows them on their connections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.exchange.exchange import Form
from conformance.requirements.scenario_registry import scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange
    from conformance.target.session import Session

LINGER = 0.25
"""Seconds for which a connection is observed after an answer, unless the server closes it, as it is asked to."""


@scenario(direct=True)
def answers_of_each_kind(session: Session) -> Sequence[Exchange]:
    """Calls for an unknown batch: as usual, in Chinese, without a token, with another type, path and method."""
    batch_id = session.batches.unknown()
    usual = session.commit(batch_id)
    requests = [
        usual,
        session.commit(batch_id, language="zh-cn"),
        session.commit(batch_id, token=None),
        session.commit(batch_id, media_type="text/plain"),
        replace(usual, target=f"{usual.target}/"),
        *(replace(usual, method=method) for method in ("HEAD", "OPTIONS")),
        replace(usual, method="HEAD", target=f"{usual.target}s"),
    ]
    closing = ("Connection", "close")
    return [
        session.send(replace(request, headers=(*request.headers, closing), form=Form(linger=LINGER)))
        for request in requests
    ]

"""Judging for the runs of a proof, most of whose exchanges are the same in each run: each is judged once."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from conformance.requirements import oracle_registry

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange
    from conformance.exchange.wire import Wire
    from conformance.requirements.oracle_registry import Judgement, OnVoid
    from conformance.spec.catalogue import Catalogue

__all__ = ["judge_once"]


def judge_once(exchange: Exchange, requirements: Catalogue, on_void: OnVoid) -> dict[str, Judgement]:
    """Return what `oracle_registry.judge` returns, which depends on the messages and the situation alone.

    The oracles must be the same in all runs of a process.

    Args:
        exchange: The exchange.
        requirements: All requirements.
        on_void: As of `oracle_registry.judge`.
    """
    # Equality ignores the octets of an answer, and its time, which no oracle of one answer looks at.
    judgements, void = _judged(replace(exchange, number=0, scenario=""), exchange.outcome.wire, requirements)
    return oracle_registry.judge(exchange, requirements, on_void) if void else dict(judgements)


@lru_cache(maxsize=4096)  # several times what a run sends
def _judged(exchange: Exchange, _wire: Wire, requirements: Catalogue) -> tuple[dict[str, Judgement], bool]:
    """Return the judgements on an exchange, and whether a requirement is void."""
    voids: dict[str, str] = {}
    return oracle_registry.judge(exchange, requirements, voids.__setitem__), bool(voids)

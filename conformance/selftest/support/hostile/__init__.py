"""Hostile targets: a run on each must end with a report and state in one line what was wrong."""

from conformance.selftest.support.hostile import connections, contents, costs, echoes, framing, lookalikes, refusals
from conformance.selftest.support.hostile.target import Hostile

__all__ = ["ECHOES", "TARGETS", "Hostile"]

ECHOES = frozenset(echoes.TARGETS)
"""Those that return the token."""

TARGETS = (
    *connections.TARGETS,
    *framing.TARGETS,
    *contents.TARGETS,
    *costs.TARGETS,
    *lookalikes.TARGETS,
    *refusals.TARGETS,
    *echoes.TARGETS,
)

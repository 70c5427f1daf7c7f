"""Targets that do a run no good; each run must survive them, and say in one sentence what was wrong."""

from conformance.selftest.support.hostile import connections, contents, echoes, framing, refusals
from conformance.selftest.support.hostile.target import Hostile

__all__ = ["TARGETS", "Hostile"]

TARGETS = (
    *connections.TARGETS,
    *framing.TARGETS,
    *contents.TARGETS,
    *refusals.TARGETS,
    *echoes.TARGETS,
)

"""Hostile targets: a run on each must end with a report and state in one line what was wrong."""

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

"""RES: the answer to a commit that was accepted."""

from conformance.requirements.commit import oracles, scenarios

__all__ = ["oracles", "scenarios"]

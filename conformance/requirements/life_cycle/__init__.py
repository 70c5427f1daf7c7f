"""LIFE: which batches are committed, and how calls change the state of a batch."""

from conformance.requirements.life_cycle import oracles, scenarios

__all__ = ["oracles", "scenarios"]

"""GATE: the refusals of the API gateway in front of the service."""

from conformance.requirements.gateway import oracles, scenarios

__all__ = ["oracles", "scenarios"]

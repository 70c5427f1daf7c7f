"""GATE: the refusals of the API gateway in front of the service."""

from conformance.requirements.gateway import oracles

__all__ = ["oracles"]

"""CLIENT: calls as other clients send them, which mean the same as the usual call."""

from conformance.requirements.clients import oracles, scenarios

__all__ = ["oracles", "scenarios"]

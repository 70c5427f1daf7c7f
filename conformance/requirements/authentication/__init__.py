"""AUTH: calls without a valid token, and for projects in which the token has no rights."""

from conformance.requirements.authentication import oracles, scenarios

__all__ = ["oracles", "scenarios"]

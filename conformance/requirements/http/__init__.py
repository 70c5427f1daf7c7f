"""HTTP: the protocol itself, and the robustness of the server."""

from conformance.requirements.http import oracles, scenarios

__all__ = ["oracles", "scenarios"]

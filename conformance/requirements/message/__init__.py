"""MSG: each answer as it came: its lines, headers, framing and trailers."""

from conformance.requirements.message import oracles, scenarios

__all__ = ["oracles", "scenarios"]

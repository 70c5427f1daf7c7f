"""REQ: the method, path, query, headers and body of a request."""

from conformance.requirements.request import oracles, scenarios

__all__ = ["oracles", "scenarios"]

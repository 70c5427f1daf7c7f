"""ERR: the 400 with which the service refuses a call."""

from conformance.requirements.service_errors import oracles, scenarios

__all__ = ["oracles", "scenarios"]

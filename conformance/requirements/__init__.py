"""The requirements by area: a catalogue, the oracles that judge by it, and the scenarios that exercise it.

Importing this package, or any module in it, registers all oracles and scenarios.
"""

from conformance.requirements import authentication, commit, gateway, http, life_cycle, request, service_errors
from conformance.requirements.scenario_registry import ORDER, REGISTERED, Scenario

__all__ = [
    "SCENARIOS",
    "authentication",
    "commit",
    "gateway",
    "http",
    "life_cycle",
    "request",
    "service_errors",
]

SCENARIOS: dict[str, Scenario] = {name: REGISTERED[name] for name in ORDER}
"""All scenarios by name, in the order in which they are sent."""

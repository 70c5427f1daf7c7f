"""The requirements by area: a catalogue, the oracles that judge by it, and the scenarios that exercise it.

Importing this package, or any module in it, registers all oracles and scenarios and checks what they name.
"""

from conformance.requirements import (
    authentication,
    clients,
    commit,
    gateway,
    http,
    life_cycle,
    message,
    request,
    service_errors,
)
from conformance.requirements.consistency import check
from conformance.requirements.oracle_registry import judged_scenarios
from conformance.requirements.scenario_registry import ORDER, REGISTERED, Scenario
from conformance.spec import catalogue

__all__ = [
    "SCENARIOS",
    "authentication",
    "clients",
    "commit",
    "gateway",
    "http",
    "life_cycle",
    "message",
    "request",
    "service_errors",
]

check(order=ORDER, registered=REGISTERED, judged=judged_scenarios(), requirements=catalogue.load())

SCENARIOS: dict[str, Scenario] = {name: REGISTERED[name] for name in ORDER}
"""All scenarios by name, in the order in which they are sent."""

"""The conditions under which a requirement is exercised, derived from the scenarios that exercise it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.requirements import SCENARIOS
from conformance.target.batches import OPTIONS

if TYPE_CHECKING:
    from conformance.requirements.scenario_registry import Scenario
    from conformance.spec.catalogue import Requirement

__all__ = ["PROFILES", "needs", "profiles"]

PROFILES = ("safe", "full")


def profiles(requirement: Requirement) -> tuple[str, ...]:
    """Return the profiles that exercise a requirement. Both send the phases of Schemathesis."""
    names = requirement.exercised_by
    return tuple(p for p in PROFILES if any(n not in SCENARIOS or p in SCENARIOS[n].profiles for n in names))


def needs(requirement: Requirement) -> str | None:
    """Return the option or kind of target without which a requirement cannot be exercised; None if it needs neither."""
    found = [_needs(SCENARIOS[name]) if name in SCENARIOS else None for name in requirement.exercised_by]
    return None if None in found else found[0]


def _needs(scenario: Scenario) -> str | None:
    if scenario.can_create_batches:
        return "a target that creates batches, as the mock does"
    if scenario.foreign_token:
        return "--foreign-token"
    if scenario.needs:
        return OPTIONS[scenario.needs[0]]
    return "--foreign-project-id" if scenario.foreign else None

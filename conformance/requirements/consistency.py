"""The check that scenarios, their order, oracles and requirements name nothing that does not exist."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from conformance.errors import CatalogueError, SuiteError
from conformance.requirements.scenario_registry import PHASES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.spec.catalogue import Requirement

__all__ = ["check"]


def check(
    *,
    order: Sequence[str],
    registered: Collection[str],
    judged: Mapping[str, Iterable[str]],
    requirements: Iterable[Requirement],
) -> None:
    """Check the names of scenarios wherever they stand.

    Args:
        order: The scenarios in the order in which they are sent.
        registered: The scenarios that a function is registered for.
        judged: The scenarios that each oracle of sequences judges, by requirement.
        requirements: The catalogue.

    Raises:
        CatalogueError: A requirement names a scenario that does not exist.
        SuiteError: A scenario is not in the order, or is in it twice; or the order or an oracle names one that does
            not exist.
    """
    _check_order(order, registered)
    for key, names in judged.items():
        for name in names:
            if name not in registered:
                raise SuiteError(f"the oracle of {key}: {name!r} is not a scenario")
    for requirement in requirements:
        for name in requirement.exercised_by:
            if name not in registered and name not in PHASES:
                raise CatalogueError(f"{requirement.id}: {name!r} in exercised_by is not a scenario or a phase")


def _check_order(order: Sequence[str], registered: Collection[str]) -> None:
    for name in registered:
        if name not in order:
            raise SuiteError(f"scenario {name!r} is registered, but is not in ORDER of scenario_registry.py; add it")
    for name, times in Counter(order).items():
        if name not in registered:
            raise SuiteError(f"scenario {name!r} is in ORDER of scenario_registry.py, but no function is registered")
        if times > 1:
            raise SuiteError(f"scenario {name!r} is in ORDER of scenario_registry.py {times} times; name it once")

"""The plan of a run, for a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.reports.console import output
from conformance.reports.rows import plural, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from conformance.exchange.exchange import Exchange

__all__ = ["PlannedScenario", "plan", "show"]


@dataclass
class PlannedScenario:
    """The requests that a scenario or phase would send.

    Attributes:
        name: Name of the scenario or phase.
        requests: Number of requests.
        committable: IDs of the batches in them that could be committed.
    """

    name: str
    requests: int = 0
    committable: set[str] = field(default_factory=set)


def plan(exchanges: Iterable[Exchange], committable: Collection[str]) -> list[PlannedScenario]:
    """Return the requests of each scenario or phase in a dry run; `committable` has the batches to commit."""
    planned: dict[str, PlannedScenario] = {}
    for exchange in exchanges:
        entry = planned.setdefault(exchange.scenario, PlannedScenario(exchange.scenario))
        entry.requests += 1
        if exchange.situation.batch_id in committable:
            entry.committable.add(exchange.situation.batch_id)
    return list(planned.values())


def show(target: str, planned: Sequence[PlannedScenario], sends: Mapping[str, str], *, most: int) -> None:
    """Print the requests of a run and the batches that they would commit.

    Args:
        target: Base URL.
        planned: The requests of each scenario or phase.
        sends: Description of what each scenario or phase sends.
        most: Number of batches that a target could commit if it accepted requests that it should reject.
    """
    console = output()
    console.print(f"A run would send to {printable(target)}:")
    for scenario in planned:
        number = len(scenario.committable)
        effect = f"names {plural(number, 'batch')} that can be committed" if number else "commits nothing"
        console.print(f"  {scenario.name:32} requests: {scenario.requests:4}   {effect}")
        console.print(f"    {sends.get(scenario.name, 'checks that the target answers and accepts the token')}")
    batches = len(set().union(*(scenario.committable for scenario in planned)))
    requests = plural(sum(scenario.requests for scenario in planned), "request")
    committed = (
        f"at most {plural(most, 'batch')} will be committed, and billed" if most else "no batch will be committed"
    )
    expected = f"a target that conforms commits {plural(batches, 'batch')}; " if most > batches else ""
    console.print(f"{requests}; {expected}{committed}")

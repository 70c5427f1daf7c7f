"""The plan of a run, for a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.exchange.classification import BatchState
from conformance.reports.console import output
from conformance.reports.rows import plural
from conformance.spec.characters import printable

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
        committable: IDs of the batches to commit that are named in them, and in no later scenario.
        foreign: IDs of the validated batches of another project in them, which a target that conforms does not commit.
    """

    name: str
    requests: int = 0
    committable: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)


def plan(exchanges: Iterable[Exchange], committable: Collection[str]) -> list[PlannedScenario]:
    """Return the requests of each scenario or phase in a dry run; `committable` has the batches to commit.

    A batch that several scenarios name is committed by the last of them, at the end of which it is sent as documented.
    """
    planned: dict[str, PlannedScenario] = {}
    last: dict[str, PlannedScenario] = {}
    for exchange in exchanges:
        entry = planned.setdefault(exchange.scenario, PlannedScenario(exchange.scenario))
        entry.requests += 1
        if exchange.situation.batch_id in committable:
            last[exchange.situation.batch_id] = entry
        elif exchange.situation.batch in (BatchState.READY, BatchState.FOREIGN):
            entry.foreign.add(exchange.situation.batch_id)
    for batch_id, entry in last.items():
        entry.committable.add(batch_id)
    return list(planned.values())


def show(target: str, planned: Sequence[PlannedScenario], sends: Mapping[str, str], *, most: int | None) -> None:
    """Print the requests of a run and the batches that they would commit.

    Args:
        target: Base URL.
        planned: The requests of each scenario or phase.
        sends: Description of what each scenario or phase sends.
        most: Number of batches that a target could commit if it accepted requests that it should reject; None if the
            run creates as many as it needs.
    """
    console = output()
    console.print(f"A run would send to {printable(target)}:")
    width = max((len(scenario.name) for scenario in planned), default=0)
    for scenario in planned:
        console.print(f"  {scenario.name:{width}}  requests: {scenario.requests:4}   {_effect(scenario)}")
        console.print(f"    {sends.get(scenario.name, 'checks that the target answers and accepts the token')}")
    batches = sum(len(scenario.committable) for scenario in planned)
    requests = plural(sum(scenario.requests for scenario in planned), "request")
    conforming = f"a target that conforms commits {plural(batches, 'batch')}"
    if most is None:
        console.print(f"{requests}; {conforming}; one that does not may commit more")
        return
    committed = (
        f"at most {plural(most, 'batch')} will be committed, and billed" if most else "no batch will be committed"
    )
    console.print(f"{requests}; {f'{conforming}; ' if most > batches else ''}{committed}")


def _effect(scenario: PlannedScenario) -> str:
    """Return what a target that conforms commits, in a phrase."""
    if scenario.committable:
        return f"commits {plural(len(scenario.committable), 'batch')}"
    if scenario.foreign:
        return f"commits nothing, but names {plural(len(scenario.foreign), 'batch')} of another project"
    return "commits nothing"

"""All that was found, and whether it amounts to a proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.proof import detection
from conformance.server.faults import FAULTS

if TYPE_CHECKING:
    from conformance.proof.detection import Trial
    from conformance.proof.determinism import Repetition
    from conformance.proof.false_positives import Visit
    from conformance.proof.mutation import Mutant

__all__ = ["SECTIONS", "Proof"]

SECTIONS = ("faults", "zoo", "mutation", "determinism")


@dataclass(frozen=True)
class Proof:
    """What the sections of a proof have found; one that was left out is empty.

    Attributes:
        trials: Runs on mocks with a fault.
        visits: Runs on conforming servers.
        mutants: Suites with a worthless oracle.
        repetition: The same run again and again.
        processes: How many processors were in use.
        minutes: Wall-clock time of each section.
    """

    trials: tuple[Trial, ...] = ()
    visits: tuple[Visit, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    repetition: Repetition | None = None
    processes: int = 1
    minutes: dict[str, float] = field(default_factory=dict)

    @property
    def objections(self) -> tuple[str, ...]:
        """Why it proves nothing, in phrases; empty if it does."""
        said = [f"fault {t.fault}, seed {t.seed}: {t.objection}" for t in self.trials if t.objection]
        if {t.fault for t in self.trials} == set(FAULTS):
            said += [f"requirement {key}: no fault breaks it" for key in detection.without_fault()]
        said += [f"server {v.resident}, seed {v.seed}: {v.objection}" for v in self.visits if v.objection]
        said += [
            f"suite with {m.mutation.oracle} {m.mutation.how}: nothing notices it"
            for m in self.mutants
            if m.noticed_by is None
        ]
        return (*said, *(self.repetition.objections if self.repetition else ()))

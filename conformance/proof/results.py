"""The results of all sections of the proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.mock.faults import FAULTS
from conformance.proof import detection

if TYPE_CHECKING:
    from conformance.proof.detection import FaultRun
    from conformance.proof.determinism import Repetition
    from conformance.proof.false_positives import ServerRun
    from conformance.proof.mutation import MutationResult

__all__ = ["SECTIONS", "Proof"]

SECTIONS = ("faults", "servers", "mutation", "determinism")


@dataclass(frozen=True)
class Proof:
    """The results of the sections; those of a section that was not run are empty.

    Attributes:
        fault_runs: Runs on faulty mocks.
        server_runs: Runs on conforming servers.
        mutations: Results of the mutations.
        repetition: Repeated runs with one seed.
        processes: Number of processors used.
        minutes: Wall-clock time of each section.
    """

    fault_runs: tuple[FaultRun, ...] = ()
    server_runs: tuple[ServerRun, ...] = ()
    mutations: tuple[MutationResult, ...] = ()
    repetition: Repetition | None = None
    processes: int = 1
    minutes: dict[str, float] = field(default_factory=dict)

    @property
    def objections(self) -> tuple[str, ...]:
        """The reasons why the suite is not proven, in phrases; empty if it is."""
        problems = [f"fault {r.fault}, seed {r.seed}: {r.objection}" for r in self.fault_runs if r.objection]
        if {run.fault for run in self.fault_runs} == set(FAULTS):
            problems += [f"requirement {key}: no fault breaks it" for key in detection.without_fault()]
        problems += [f"server {r.server}, seed {r.seed}: {r.objection}" for r in self.server_runs if r.objection]
        problems += [
            f"check of {m.mutation.oracle} {'disabled' if m.mutation.how == 'dropped' else 'inverted'}: not detected"
            for m in self.mutations
            if m.detected_by is None
        ]
        return (*problems, *(self.repetition.objections if self.repetition else ()))

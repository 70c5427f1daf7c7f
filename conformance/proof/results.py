"""The results of all runs of the proof, and what they prove."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.mock.faults import FAULTS
from conformance.proof import detection, mutation
from conformance.proof.conforming_servers import CONFORMING_SERVERS
from conformance.proof.detection import FaultRun
from conformance.proof.determinism import Repetition
from conformance.proof.false_positives import ServerRun
from conformance.proof.foreign import ForeignMutant
from conformance.proof.mutation import MutationResult
from conformance.proof.others import OtherServerRun

__all__ = ["Proof", "Result", "collected"]

Result = FaultRun | ServerRun | MutationResult | ForeignMutant | OtherServerRun | Repetition


@dataclass(frozen=True)
class Proof:
    """The results of the runs.

    Attributes:
        fault_runs: Runs on faulty mocks.
        named_runs: Runs on faulty mocks that create no batches, so that they are named as on a real account.
        server_runs: Runs on conforming servers.
        mutations: Results of the mutations.
        foreign: Runs on the mutants of a server of others.
        others: Runs on the broken servers of others that are noticed.
        repetition: Repeated runs with one seed.
        processes: Number of processes that made the runs.
        minutes: Wall-clock time.
    """

    fault_runs: tuple[FaultRun, ...] = ()
    named_runs: tuple[FaultRun, ...] = ()
    server_runs: tuple[ServerRun, ...] = ()
    mutations: tuple[MutationResult, ...] = ()
    foreign: tuple[ForeignMutant, ...] = ()
    others: tuple[OtherServerRun, ...] = ()
    repetition: Repetition | None = None
    processes: int = 1
    minutes: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether it has the results of all faults, servers, mutations and mutants, and of each other kind of runs."""
        return (
            {run.fault for run in self.fault_runs} == set(FAULTS)
            and {run.fault for run in self.named_runs} == set(FAULTS)
            and {run.server for run in self.server_runs} == set(CONFORMING_SERVERS)
            and {result.mutation for result in self.mutations} == set(mutation.all_mutations())
            and {run.total for run in self.foreign} == {len(self.foreign)}
            and self.others != ()
            and self.repetition is not None
        )

    @property
    def objections(self) -> tuple[str, ...]:
        """The reasons why the suite is not proven, in phrases; empty if it is."""
        problems = [f"fault {r.fault}, seed {r.seed}: {r.objection}" for r in self.fault_runs if r.objection]
        problems += [
            f"fault {run.fault}, batches named: {run.objection}"
            for run in self.named_runs
            if not run.noticed and run.fault not in detection.UNSEEN
        ]
        if {run.fault for run in self.fault_runs} == set(FAULTS):
            problems += [f"requirement {key}: no fault breaks it" for key in detection.without_fault()]
        problems += [f"server {r.server}, seed {r.seed}: {r.objection}" for r in self.server_runs if r.objection]
        problems += [
            f"check of {m.mutation.oracle} {'disabled' if m.mutation.how == 'dropped' else 'inverted'}: not detected"
            for m in self.mutations
            if m.detected_by is None
        ]
        problems += [f"mutant {run.id}: {run.objection}" for run in self.foreign if run.objection]
        return (*problems, *(self.repetition.objections if self.repetition else ()))


def collected(results: list[Result], *, processes: int, minutes: float) -> Proof:
    """Return the proof that consists of these results, in an order that does not depend on that of the runs."""
    faults, servers = list(FAULTS), list(CONFORMING_SERVERS)
    fault_runs = sorted((r for r in results if isinstance(r, FaultRun)), key=lambda r: (faults.index(r.fault), r.seed))
    repetitions = [result for result in results if isinstance(result, Repetition)]
    return Proof(
        fault_runs=tuple(run for run in fault_runs if not run.named),
        named_runs=tuple(run for run in fault_runs if run.named),
        server_runs=tuple(
            sorted((r for r in results if isinstance(r, ServerRun)), key=lambda r: (servers.index(r.server), r.seed))
        ),
        mutations=tuple(
            sorted(
                (r for r in results if isinstance(r, MutationResult)), key=lambda r: (r.mutation.oracle, r.mutation.how)
            )
        ),
        foreign=tuple(sorted((r for r in results if isinstance(r, ForeignMutant)), key=lambda r: r.id)),
        others=tuple(sorted((r for r in results if isinstance(r, OtherServerRun)), key=lambda r: r.server)),
        repetition=repetitions[0] if repetitions else None,
        processes=processes,
        minutes=minutes,
    )

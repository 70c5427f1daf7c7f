"""Faults: whether each is reported, under the requirements that it breaks and no others."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.proof.runs import Job, Run
from conformance.server.faults import FAULTS
from conformance.spec import catalogue
from conformance.spec.catalogue import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Detection", "Quality", "Trial", "jobs", "quality", "trials", "without_fault"]


@dataclass(frozen=True)
class Trial:
    """A run on a mock with one fault.

    Attributes:
        fault: The fault.
        seed: The seed.
        expected: The requirements that it breaks.
        run: What came of it.
    """

    fault: str
    seed: int
    expected: frozenset[str]
    run: Run

    @property
    def code(self) -> int:
        """The exit code that the run should have."""
        requirements = catalogue.load()
        return int(any(requirements[key].level is Level.MUST for key in self.expected))

    @property
    def detected(self) -> bool:
        """Whether the fault was noticed: one of the requirements that it breaks is reported."""
        return not self.run.trouble and self.run.code == self.code and bool(self.expected & self.run.reported)

    @property
    def exact(self) -> bool:
        """Whether just what it breaks is reported, each by one finding."""
        return self.detected and dict(self.run.findings) == dict.fromkeys(self.expected, 1)

    @property
    def missed(self) -> frozenset[str]:
        """The requirements that it breaks and that are not reported."""
        return self.expected - self.run.reported

    @property
    def misattributed(self) -> frozenset[str]:
        """The requirements that are reported and that it does not break."""
        return self.run.reported - self.expected

    @property
    def first(self) -> int | None:
        """The number of the request at which the first finding was seen."""
        return min(self.run.first.values(), default=None)

    @property
    def objection(self) -> str:
        """What is wrong with the trial, in a phrase; empty if nothing is."""
        if self.run.trouble:
            return f"the run is no evidence: {self.run.trouble}"
        if self.exact:
            return ""
        said = [f"not reported: {', '.join(sorted(self.missed))}"] if self.missed else []
        said += [f"wrongly reported: {', '.join(sorted(self.misattributed))}"] if self.misattributed else []
        if self.run.code != self.code:
            said.append(f"exit code {self.run.code} instead of {self.code}")
        return "; ".join(said) or "not one finding for each requirement"


@dataclass(frozen=True)
class Quality:
    """The quality of detection and of diagnosis.

    Attributes:
        trials: Runs on mocks with a fault.
        detected: Runs in which the fault was noticed.
        exact: Runs in which just the right requirements were reported.
        correct: Pairs of a fault and a requirement that are expected and reported.
        reported: Pairs that are reported.
        expected: Pairs that are expected.
    """

    trials: int
    detected: int
    exact: int
    correct: int
    reported: int
    expected: int

    @property
    def precision(self) -> float:
        """Of the pairs that are reported, the part that is expected."""
        return self.correct / self.reported if self.reported else 0.0

    @property
    def recall(self) -> float:
        """Of the pairs that are expected, the part that is reported."""
        return self.correct / self.expected if self.expected else 0.0


@dataclass(frozen=True)
class Detection:
    """When the first finding of a run is seen.

    Attributes:
        median: Request number, for half of the faults no later.
        ninetieth: Request number, for nine tenths of them no later.
        latest: Request number, for all of them no later.
        within_a_third: The part of them that is seen within the first third of the run's requests.
    """

    median: float
    ninetieth: int
    latest: int
    within_a_third: float

    @classmethod
    def of(cls, found: Sequence[Trial]) -> Detection | None:
        """Take the trials that found something; None if none did."""
        pairs = [(trial.first, trial.run.requests) for trial in found if trial.first is not None]
        if not pairs:
            return None
        firsts = sorted(first for first, _ in pairs)
        return cls(
            median=statistics.median(firsts),
            ninetieth=firsts[math.ceil(0.9 * len(firsts)) - 1],
            latest=firsts[-1],
            within_a_third=sum(first * 3 <= requests for first, requests in pairs) / len(pairs),
        )


def jobs(faults: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """Return the runs that try these faults."""
    return [Job(fault=name, seed=seed) for name in faults for seed in seeds]


def trials(planned: Sequence[Job], runs: Sequence[Run]) -> list[Trial]:
    """Put the runs beside what they should have found."""
    return [
        Trial(job.fault, job.seed, frozenset(FAULTS[job.fault].breaks), run)
        for job, run in zip(planned, runs, strict=True)
        if job.fault is not None
    ]


def quality(tried: Sequence[Trial]) -> Quality:
    """Count, over all pairs of a fault and a requirement."""
    return Quality(
        trials=len(tried),
        detected=sum(trial.detected for trial in tried),
        exact=sum(trial.exact for trial in tried),
        correct=sum(len(trial.expected & trial.run.reported) for trial in tried),
        reported=sum(len(trial.run.reported) for trial in tried),
        expected=sum(len(trial.expected) for trial in tried),
    )


def without_fault() -> list[str]:
    """Return the requirements that can be broken and that no fault breaks."""
    broken = {key for fault in FAULTS.values() for key in fault.breaks}
    breakable = [requirement.id for requirement in catalogue.load() if requirement.level is not Level.OBSERVE]
    return [key for key in breakable if key not in broken]

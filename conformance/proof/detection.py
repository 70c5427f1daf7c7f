"""Runs on faulty mocks: whether exactly the requirements that a fault breaks are reported."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mock.faults import FAULTS
from conformance.spec import catalogue
from conformance.spec.catalogue import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.proof.runs import SuiteRun

__all__ = ["FaultRun", "FirstFinding", "Quality", "quality", "without_fault"]


UNSEEN = frozenset(
    (
        "commit-failed-unicode-id",
        "commit-validating-odd-id",
        "job-id-ascii",
        "job-id-at-most-36",
        "job-msg-array-for-long-ids",
        "status-202-for-unicode-ids",
    )
)
"""Faults that show only on batches with IDs unlike any that the service issues, which a user cannot name."""


@dataclass(frozen=True)
class FaultRun:
    """A run on a mock with one fault.

    Attributes:
        fault: Name of the fault.
        seed: The seed.
        expected: The requirements that the fault breaks.
        run: Result of the run.
        named: Whether the batches were named, as on a real account, and not created.
    """

    fault: str
    seed: int
    expected: frozenset[str]
    run: SuiteRun
    named: bool = False

    @property
    def expected_code(self) -> int:
        """The exit code that the run should have."""
        requirements = catalogue.load()
        return int(any(requirements[key].level is Level.MUST for key in self.expected))

    @property
    def detected(self) -> bool:
        """Return whether at least one of the expected requirements is reported."""
        return self.noticed and self.run.code == self.expected_code

    @property
    def noticed(self) -> bool:
        """Return whether at least one of the expected requirements is reported, with any verdict."""
        return not self.run.trouble and bool(self.expected & self.run.reported)

    @property
    def exact(self) -> bool:
        """Return whether exactly the expected requirements are reported, with one finding each."""
        return self.detected and dict(self.run.findings) == dict.fromkeys(self.expected, 1)

    @property
    def missed(self) -> frozenset[str]:
        """The expected requirements that are not reported."""
        return self.expected - self.run.reported

    @property
    def misattributed(self) -> frozenset[str]:
        """The reported requirements that are not expected."""
        return self.run.reported - self.expected

    @property
    def first(self) -> int | None:
        """Number of the request that showed the first violation."""
        return min(self.run.first.values(), default=None)

    @property
    def objection(self) -> str:
        """The problem with this run, in a phrase; empty if there is none."""
        if self.run.trouble:
            return f"invalid run: {self.run.trouble}"
        if self.exact:
            return ""
        problems = [f"not reported: {', '.join(sorted(self.missed))}"] if self.missed else []
        problems += [f"wrongly reported: {', '.join(sorted(self.misattributed))}"] if self.misattributed else []
        if self.run.code != self.expected_code:
            problems.append(f"exit code {self.run.code} instead of {self.expected_code}")
        return "; ".join(problems) or "not exactly one finding per requirement"


@dataclass(frozen=True)
class Quality:
    """The quality of detection and diagnosis.

    Attributes:
        runs: Runs on faulty mocks.
        detected: Runs in which the fault was detected.
        exact: Runs in which exactly the expected requirements were reported.
        correct: Pairs of a fault and a requirement that are expected and reported.
        reported: Pairs that are reported.
        expected: Pairs that are expected.
    """

    runs: int
    detected: int
    exact: int
    correct: int
    reported: int
    expected: int

    @property
    def precision(self) -> float:
        """The share of reported pairs that are expected."""
        return self.correct / self.reported if self.reported else 0.0

    @property
    def recall(self) -> float:
        """The share of expected pairs that are reported."""
        return self.correct / self.expected if self.expected else 0.0


@dataclass(frozen=True)
class FirstFinding:
    """Statistics of the request that shows the first finding of a run.

    Attributes:
        median: Median of the request number.
        ninetieth: 90th percentile of the request number.
        latest: Maximum of the request number.
        within_a_third: Share of the runs in which it is within the first third of the requests.
    """

    median: float
    ninetieth: int
    latest: int
    within_a_third: float

    @classmethod
    def of(cls, runs: Sequence[FaultRun]) -> FirstFinding | None:
        """Return the statistics of the runs that have findings; None if none has."""
        pairs = [(run.first, run.run.requests) for run in runs if run.first is not None]
        if not pairs:
            return None
        firsts = sorted(first for first, _ in pairs)
        return cls(
            median=statistics.median(firsts),
            ninetieth=firsts[math.ceil(0.9 * len(firsts)) - 1],
            latest=firsts[-1],
            within_a_third=sum(first * 3 <= requests for first, requests in pairs) / len(pairs),
        )


def quality(runs: Sequence[FaultRun]) -> Quality:
    """Return the counts over all pairs of a fault and a requirement."""
    return Quality(
        runs=len(runs),
        detected=sum(run.detected for run in runs),
        exact=sum(run.exact for run in runs),
        correct=sum(len(run.expected & run.run.reported) for run in runs),
        reported=sum(len(run.run.reported) for run in runs),
        expected=sum(len(run.expected) for run in runs),
    )


def without_fault() -> list[str]:
    """Return the MUST and SHOULD requirements that no fault breaks."""
    broken = {key for fault in FAULTS.values() for key in fault.breaks}
    breakable = [requirement.id for requirement in catalogue.load() if requirement.level is not Level.OBSERVE]
    return [key for key in breakable if key not in broken]

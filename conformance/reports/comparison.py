"""The differences between two reports: what is worse, changed, gone, new or better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, REQUIREMENT_SEVERITY, UNJUDGED, RequirementVerdict, Verdict
from conformance.spec.catalogue import LEVELS

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["Change", "Comparison", "Difference", "compare", "observation"]

COUNT = re.compile(r" \([0-9]+ x\)")


class Change(StrEnum):
    """The kinds of difference, the worst first."""

    WORSE = "worse"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"
    BETTER = "better"


@dataclass(frozen=True)
class Difference:
    """A requirement on which two reports differ.

    Attributes:
        change: The kind of difference.
        old: The requirement in the earlier report; None if it is not there.
        new: The requirement in the later report; None if it is not there. At most one of the two is None.
    """

    change: Change
    old: RequirementReport | None
    new: RequirementReport | None

    @property
    def requirement(self) -> RequirementReport:
        """The requirement in the later report, or in the earlier one if the later does not name it."""
        found = self.new or self.old
        if found is None:
            raise ValueError("neither report names the requirement")
        return found


@dataclass(frozen=True)
class Comparison:
    """The differences between two reports on the same target.

    Attributes:
        old: The earlier report.
        new: The later report.
        differences: The requirements on which they differ, the worst first.
        verdict: The kind of difference between the verdicts on the runs; None if they are the same.
        circumstances: Parameters in which the runs differ, such as the version of the suite: name, before and after.
    """

    old: Report
    new: Report
    differences: tuple[Difference, ...]
    verdict: Change | None
    circumstances: tuple[tuple[str, str, str], ...]

    @property
    def worse(self) -> bool:
        """Return whether anything is worse."""
        return self.verdict is Change.WORSE or bool(self.having(Change.WORSE))

    def having(self, change: Change) -> tuple[Difference, ...]:
        """Return the differences of one kind."""
        return tuple(difference for difference in self.differences if difference.change is change)


def compare(old: Report, new: Report) -> Comparison:
    """Compare a report with an earlier one.

    A requirement is worse if it is violated and was not, or if a warning became a failure. It is also worse if it
    passed and was not checked this time, because the later run does not prove it. One that was violated and was not
    checked this time has changed, but is not better. An observation binds nobody, so it is not worse if it is missing.
    """
    before, after = ({item.id: item for item in report.requirements} for report in (old, new))
    same_suite = old.suite_version == new.suite_version
    differences = [
        Difference(change, before.get(key), after.get(key))
        for key in dict.fromkeys((*after, *before))
        if (change := _change(before.get(key), after.get(key), same_suite=same_suite)) is not None
    ]
    return Comparison(old, new, tuple(sorted(differences, key=_gravity)), _of_run(old, new), _circumstances(old, new))


def observation(requirement: RequirementReport) -> str:
    """Return what was observed where the documentation is silent, without the counts, which vary from run to run."""
    return COUNT.sub("", requirement.reason) if requirement.verdict is RequirementVerdict.PASS else ""


def _change(old: RequirementReport | None, new: RequirementReport | None, *, same_suite: bool) -> Change | None:
    if new is None:
        # The same suite still has the requirement, so the later run was not asked to check it.
        return Change.WORSE if same_suite and old is not None and _passed(old) else Change.GONE
    if old is None:
        return Change.WORSE if new.verdict in BROKEN else Change.NEW
    worse = _worsens(old, new)
    if worse or _worsens(new, old):
        judged = new.verdict not in UNJUDGED
        return Change.WORSE if worse else Change.BETTER if judged else Change.CHANGED
    return Change.CHANGED if _facts(old) != _facts(new) else None


def _worsens(old: RequirementReport, new: RequirementReport) -> bool:
    """Return whether the later verdict is a worse violation, or leaves a passed requirement unchecked."""
    if new.verdict in BROKEN:
        return REQUIREMENT_SEVERITY.index(new.verdict) < REQUIREMENT_SEVERITY.index(old.verdict)
    return new.verdict in UNJUDGED and _passed(old)


def _passed(requirement: RequirementReport) -> bool:
    return requirement.verdict is RequirementVerdict.PASS and requirement.level != LEVELS[-1]


def _facts(requirement: RequirementReport) -> tuple[object, ...]:
    violations = frozenset((finding.expected, finding.actual) for finding in requirement.findings)
    return requirement.verdict, requirement.level, observation(requirement), violations


def _gravity(difference: Difference) -> tuple[int, int, int]:
    verdict = difference.new.verdict if difference.new else RequirementVerdict.INCONCLUSIVE
    level = LEVELS.index(difference.requirement.level)
    return list(Change).index(difference.change), level, REQUIREMENT_SEVERITY.index(verdict)


def _of_run(old: Report, new: Report) -> Change | None:
    """Return how the verdicts on the runs differ; among those that are not `conforms`, none is better than another."""
    if old.verdict is new.verdict:
        return None
    if Verdict.CONFORMS in (old.verdict, new.verdict):
        return Change.WORSE if old.verdict is Verdict.CONFORMS else Change.BETTER
    return Change.CHANGED


def _circumstances(old: Report, new: Report) -> tuple[tuple[str, str, str], ...]:
    pairs = (
        ("target", old.target, new.target),
        ("profile", old.profile, new.profile),
        ("suite", old.suite_version, new.suite_version),
        ("specification", _specification(old), _specification(new)),
        ("seed", str(old.seed), str(new.seed)),
    )
    return tuple((name, before, after) for name, before, after in pairs if before != after)


def _specification(report: Report) -> str:
    return f"{report.spec_version} ({report.spec_sha256[:12]})"

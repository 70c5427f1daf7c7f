"""Two runs side by side: what became worse, better, other, new or gone from one to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from conformance.reports.model import LEVELS, RequirementVerdict, Verdict

if TYPE_CHECKING:
    from conformance.reports.model import Report, RequirementReport

__all__ = ["UNJUDGED", "Change", "Comparison", "Difference", "compare", "observation"]

BROKEN = (RequirementVerdict.WARN, RequirementVerdict.FAIL)
UNJUDGED = (RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE)
COUNT = re.compile(r" \([0-9]+ x\)")


class Change(str, Enum):
    """What a difference means, the worst first."""

    WORSE = "worse"
    CHANGED = "changed"
    GONE = "gone"
    NEW = "new"
    BETTER = "better"


@dataclass(frozen=True)
class Difference:
    """A requirement on which two reports differ.

    Attributes:
        change: What that means.
        old: What the earlier report says of it; None if nothing.
        new: What the later one says; None if nothing. One of the two is there.
    """

    change: Change
    old: RequirementReport | None
    new: RequirementReport | None

    @property
    def requirement(self) -> RequirementReport:
        """The requirement, as the later of the reports has it that name it."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a difference is between two reports, of which one at least names the requirement")
        return found


@dataclass(frozen=True)
class Comparison:
    """What sets a report apart from an earlier one on the same target.

    Attributes:
        old: The earlier report.
        new: The later one.
        differences: The requirements on which they differ, the worst first.
        verdict: What the verdict on the run became; None if it is the same.
        circumstances: What the runs themselves differ in, such as the version of the suite: name, before and after.
    """

    old: Report
    new: Report
    differences: tuple[Difference, ...]
    verdict: Change | None
    circumstances: tuple[tuple[str, str, str], ...]

    @property
    def worse(self) -> bool:
        """Whether anything became worse."""
        return self.verdict is Change.WORSE or bool(self.having(Change.WORSE))

    def having(self, change: Change) -> tuple[Difference, ...]:
        """Return the differences of one kind."""
        return tuple(difference for difference in self.differences if difference.change is change)


def compare(old: Report, new: Report) -> Comparison:
    """Compare a report with an earlier one.

    A requirement is worse if it was met and is not any more, or is now seen broken and was not, or broken more gravely.
    One that was met and was not judged this time is worse as well: nobody vouches for it any more. One that was broken
    and was not judged this time is no better for that: it has changed. What is only observed binds nobody, so nothing
    is lost when it is not seen.
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
    """Return what was seen where the documentation is silent, but not how often, which says nothing on the target."""
    return COUNT.sub("", requirement.reason) if requirement.verdict is RequirementVerdict.PASS else ""


def _change(old: RequirementReport | None, new: RequirementReport | None, *, same_suite: bool) -> Change | None:
    if new is None:
        # The suite did not drop it: the later run was not asked for what the earlier one vouched for.
        return Change.WORSE if same_suite and old is not None and _vouched(old) else Change.GONE
    if old is None:
        return Change.WORSE if new.verdict in BROKEN else Change.NEW
    worse = _worsens(old, new)
    if worse or _worsens(new, old):
        judged = new.verdict not in UNJUDGED
        return Change.WORSE if worse else Change.BETTER if judged else Change.CHANGED
    return Change.CHANGED if _facts(old) != _facts(new) else None


def _worsens(old: RequirementReport, new: RequirementReport) -> bool:
    """Tell whether what is met becomes unjudged or broken, what is unjudged broken, or a warning a failure."""
    if new.verdict in BROKEN:
        return old.verdict not in BROKEN or BROKEN.index(old.verdict) < BROKEN.index(new.verdict)
    return new.verdict in UNJUDGED and _vouched(old)


def _vouched(requirement: RequirementReport) -> bool:
    return requirement.verdict is RequirementVerdict.PASS and requirement.level != LEVELS[-1]


def _facts(requirement: RequirementReport) -> tuple[object, ...]:
    breaches = frozenset((finding.expected, finding.actual) for finding in requirement.findings)
    return requirement.verdict, requirement.level, observation(requirement), breaches


def _gravity(difference: Difference) -> tuple[int, int, int]:
    verdict = difference.new.verdict if difference.new else RequirementVerdict.INCONCLUSIVE
    breach = -BROKEN.index(verdict) if verdict in BROKEN else 1
    return list(Change).index(difference.change), LEVELS.index(difference.requirement.level), breach


def _of_run(old: Report, new: Report) -> Change | None:
    """Only a run that conforms vouches for a target; among the others, none is better than another."""
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

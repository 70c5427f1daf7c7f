"""The comparison of two reports, as plain text for a terminal and as Markdown for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange.verdicts import UNJUDGED
from conformance.reports.comparison import Change, observation
from conformance.reports.markdown import line, table
from conformance.reports.rows import plural
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.reports.comparison import Comparison, Difference
    from conformance.reports.model import Report, RequirementReport

__all__ = ["headline", "markdown", "text"]

ABSENT = "not in the report"
SEPARATE = 3
"""Maximum of requirements, unchecked for one reason, that are listed separately. More are listed as a group."""
EXPLAINED = {
    "target": "the targets differ",
    "profile": "another profile checks other requirements",
    "suite": "another version of the suite may have new requirements, or lack some",
    "specification": "the specifications differ",
    "seed": "another seed generates other requests",
}
"""The effect of each parameter of a run on its result."""


def headline(comparison: Comparison) -> str:
    """Return a phrase that says whether anything is worse."""
    counts = {change: len(comparison.having(change)) for change in Change}
    worse = counts.pop(Change.WORSE)
    parts = [plural(worse, "requirement")] if worse else []
    parts += ["the verdict"] if comparison.verdict is Change.WORSE else []
    if parts:
        return f"worse: {' and '.join(parts)}"
    others = [f"{number} {change.value}" for change, number in counts.items() if number]
    others += ["verdict changed"] if comparison.verdict else []
    return f"nothing is worse: {', '.join(others)}" if others else "no difference"


def text(comparison: Comparison) -> str:
    """Return the comparison as printable text."""
    lines = [
        headline(comparison),
        f"  before  {_outcome(comparison.old)}",
        f"  after   {_outcome(comparison.new)}",
        *(f"  {sentence}" for sentence in _circumstances(comparison)),
    ]
    for change in Change:
        differences = comparison.having(change)
        lines += ["", change.value] if differences else []
        for group in _groups(differences):
            lines += _together(group) if len(group) > SEPARATE else [text for item in group for text in _lines(item)]
    return "\n".join(map(printable, lines)) + "\n"


def _groups(differences: Iterable[Difference]) -> Iterable[list[Difference]]:
    """Group the requirements that were not checked for one reason; every other difference is a group of its own."""
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for item in differences:
        key: tuple[str, ...] = (item.requirement.id,)
        if item.new is not None and item.new.verdict in UNJUDGED:
            key = (*_verdicts(item), item.new.reason)
        groups.setdefault(key, []).append(item)
    return groups.values()


def _together(group: Sequence[Difference]) -> list[str]:
    before, after = _verdicts(group[0])
    reason = group[0].new.reason if group[0].new else ""
    ids = ", ".join(item.requirement.id for item in group)
    return [f"  {len(group)} requirements: {before} -> {after}", f"    {'reason':9} {reason}", f"    {'IDs':9} {ids}"]


def _lines(difference: Difference) -> list[str]:
    requirement = difference.requirement
    before, after = _verdicts(difference)
    title = f"  {requirement.id} {requirement.level} {requirement.title}: {before} -> {after}"
    return [title, *(f"    {name:9} {what}" for name, what in _details(difference))]


def markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown."""
    runs = [("before", comparison.old), ("after", comparison.new)]
    head = ("run", "verdict", "reason", "target", "profile", "suite", "started")
    rows = [(name, r.verdict.value, r.reason, r.target, r.profile, r.suite_version, r.started) for name, r in runs]
    lines = [f"## DRS conformance: {line(headline(comparison))}", "", *table(head, rows)]
    for sentence in _circumstances(comparison):
        lines += ["", f"{line(sentence)}."]
    for change in Change:
        differences = comparison.having(change)
        if differences:
            lines += ["", f"### {change.value.capitalize()}", ""]
            lines += table(("requirement", "level", "title", "before", "after", "details"), map(_row, differences))
    return "\n".join(lines) + "\n"


def _row(difference: Difference) -> tuple[str, ...]:
    requirement = difference.requirement
    details = "; ".join(f"{name}: {what}" for name, what in _details(difference))
    return (requirement.id, requirement.level, requirement.title, *_verdicts(difference), details)


def _outcome(report: Report) -> str:
    return f"{report.verdict.value}: {report.reason} ({report.started}, profile {report.profile})"


def _circumstances(comparison: Comparison) -> list[str]:
    return [f"{name} {before} -> {after}: {EXPLAINED[name]}" for name, before, after in comparison.circumstances]


def _verdicts(difference: Difference) -> tuple[str, str]:
    old, new = difference.old, difference.new
    return old.verdict.value if old else ABSENT, new.verdict.value if new else ABSENT


def _details(difference: Difference) -> Iterator[tuple[str, str]]:
    """Yield each further fact of a difference, with a label."""
    old, new = difference.old, difference.new
    if old and new and old.level != new.level:
        yield "level", f"{old.level} -> {new.level}"
    for what in _seen(old) if old else ():
        yield "before", what
    for finding in new.findings if new else ():
        yield "expected", finding.expected
    for what in _seen(new) if new else ():
        yield "now", what
    if new and new.reason and not observation(new):
        yield "reason", new.reason


def _seen(requirement: RequirementReport) -> list[str]:
    """Return what the target did: each violation, or the observation."""
    observed = observation(requirement)
    return [finding.actual for finding in requirement.findings] or ([observed] if observed else [])

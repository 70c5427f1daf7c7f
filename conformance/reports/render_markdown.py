"""summary.md: the verdict and the findings, for a pull request or a job summary."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, REQUIREMENT_SEVERITY, RequirementVerdict
from conformance.reports.markdown import code, fenced, line, link, table
from conformance.reports.rows import plural
from conformance.reports.text import finding
from conformance.spec.catalogue import LEVELS
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.model import Report, RequirementReport

__all__ = ["LONGEST", "render"]

LONGEST = 60_000
"""Maximum of characters. GitHub accepts 65,536 in a comment, and 1 MiB in a job summary."""
LONGEST_REST = 15_000
"""Maximum of characters for everything after the findings."""
LONGEST_TEXT = 1000
"""Maximum of characters of one text; the other files have all of it."""


def render(report: Report) -> str:
    """Return the report as Markdown, truncated to the length of a comment."""
    head = "\n".join(_head(report))
    rest = _fitting([*_unjudged(report), *_observed(report), *_deviations(report)], LONGEST_REST, "line")
    broken = report.having(*BROKEN)
    room = LONGEST - len(head) - sum(map(len, rest)) - len(rest)
    findings = _fitting([_details(requirement) for requirement in broken], room, "finding")
    return "\n".join([head, *findings, *(["", *rest] if rest else [])]) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"## DRS conformance: {report.verdict.value}"
    yield f"\n{_short(report.reason)}\n"
    run = (
        f"profile {report.profile}, {plural(report.requests, 'request')} in {report.seconds:.1f} s, "
        f"specification {report.spec_version}, suite {report.suite_version}, seed {report.seed}"
    )
    yield f"Target {code(report.target[:LONGEST_TEXT])}, {_short(run)}.\n"
    yield from table(
        ("verdict", *LEVELS),
        [
            (verdict.value, *(str(sum(r.level == level for r in report.having(verdict))) for level in LEVELS))
            for verdict in REQUIREMENT_SEVERITY
        ],
    )


def _details(requirement: RequirementReport) -> str:
    """Return a finding as a <details> block that no text in it can close."""
    title = escape(printable(f"{requirement.verdict.value}: {requirement.id} {requirement.level} {requirement.title}"))
    paragraphs = [
        f"\n<details><summary>{title}</summary>",
        *([_short(requirement.reason)] if requirement.reason else []),
        f"{link(requirement.source, requirement.url)}, openapi.yaml:{requirement.spec.line}",
        fenced(finding(requirement)),
        "</details>",
    ]
    return "\n\n".join(paragraphs)


def _unjudged(report: Report) -> Iterator[str]:
    """Yield a line for each reason why requirements were not checked."""
    for (verdict, reason), requirements in report.unjudged().items():
        yield f"- {verdict.value}, {_short(reason)}: {', '.join(requirement.id for requirement in requirements)}"


def _observed(report: Report) -> Iterator[str]:
    for requirement in report.having(RequirementVerdict.PASS):
        if requirement.reason:
            yield f"- observed, {requirement.id} {_short(requirement.title)}: {_short(requirement.reason)}"


def _deviations(report: Report) -> Iterator[str]:
    for requirement_id, state in report.deviations:
        yield f"- known deviation, {requirement_id}: {_short(state)}"


def _short(text: str) -> str:
    return line(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}...")


def _fitting(blocks: Sequence[str], room: int, noun: str) -> list[str]:
    """Return the first blocks, as many as fit, and a sentence on the others."""
    kept: list[str] = []
    for block in blocks:
        left = plural(len(blocks) - len(kept), f"more {noun}")
        sentence = f"\n{left} in report.html and conformance.json.\n"
        room -= len(block) + 1
        if room <= len(sentence):
            return [*kept, sentence]
        kept.append(block)
    return kept

"""summary.md: the verdict and the findings, for a pull request or the summary of a job."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from conformance.reports.markdown import code, fenced, line, link, table
from conformance.reports.model import RequirementVerdict
from conformance.reports.rows import printable
from conformance.reports.text import finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.model import Report, RequirementReport

__all__ = ["LONGEST", "render"]

LONGEST = 60_000
"""Characters of a summary; GitHub takes 65,536 as a comment, and 1 MiB as the summary of a job."""
LONGEST_REST = 15_000
"""Characters of it for what is no finding."""
LONGEST_TEXT = 1000
"""Characters of a text that the report gives in full elsewhere."""


def render(report: Report) -> str:
    """Return the report as Markdown; what is too much for a comment is left to the other files."""
    head = "\n".join(_head(report))
    rest = _fitting([*_unjudged(report), *_observed(report), *_deviations(report)], LONGEST_REST, "line")
    broken = report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN)
    room = LONGEST - len(head) - sum(map(len, rest)) - len(rest)
    findings = _fitting([_details(requirement) for requirement in broken], room, "finding")
    return "\n".join([head, *findings, *(["", *rest] if rest else [])]) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield f"## DRS conformance: {report.verdict.value}"
    yield f"\n{_short(report.reason)}\n"
    run = (
        f"profile {report.profile}, {report.requests} requests in {report.seconds:.1f} s, "
        f"specification {report.spec_version}, suite {report.suite_version}, seed {report.seed}"
    )
    yield f"Target {code(report.target[:LONGEST_TEXT])}, {_short(run)}.\n"
    levels = ("MUST", "SHOULD", "OBSERVE")
    yield from table(
        ("verdict", *levels),
        [
            (verdict.value, *(str(sum(r.level == level for r in report.having(verdict))) for level in levels))
            for verdict in RequirementVerdict
        ],
    )


def _details(requirement: RequirementReport) -> str:
    """Return a finding as a block to unfold, which nothing in its text can close."""
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
    """Say what was not judged, in one line for each reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for requirement in report.having(RequirementVerdict.INCONCLUSIVE, RequirementVerdict.SKIPPED):
        groups.setdefault((requirement.verdict.value, requirement.reason), []).append(requirement.id)
    for (verdict, reason), ids in groups.items():
        yield f"- {verdict}, {_short(reason)}: {', '.join(ids)}"


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
    """Return as many blocks as fit, from the first, and a sentence on the others."""
    kept: list[str] = []
    for block in blocks:
        left = len(blocks) - len(kept)
        sentence = f"\n{left} more {noun}{'' if left == 1 else 's'} in report.html and conformance.json.\n"
        room -= len(block) + 1
        if room <= len(sentence):
            return [*kept, sentence]
        kept.append(block)
    return kept

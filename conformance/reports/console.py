"""The report for a terminal: the verdict first, then each finding on one screen."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from conformance.reports import render_finding
from conformance.reports.model import RequirementVerdict, Verdict
from conformance.reports.rows import joined, words
from conformance.reports.text import SCREEN, WIDEST, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.reports.model import Report

__all__ = ["PlainConsole", "output", "show", "write"]

STYLES = {Verdict.CONFORMS: "bold green", Verdict.VIOLATES: "bold red"}
LEVELS = {RequirementVerdict.FAIL: "bold red", RequirementVerdict.WARN: "bold yellow"}
IDS_SHOWN = 20
"""Requirements that are named, if they go without a judgement for one reason; the report has them all."""
OBSERVATIONS_SHOWN = 5
"""More than that are no news at a glance; the report has them all."""
DEVIATES = "deviates"
INDENT = 2


class PlainConsole(Console):
    """A console that leaves it to its user what a closed output means; rich would end the process with 1, a verdict."""

    def on_broken_pipe(self) -> None:
        """Raise the error that brought us here."""
        raise BrokenPipeError


def write(text: str) -> None:
    """Print a text, whose lines are printable, on standard output; whoever stops reading it changes no verdict."""
    with suppress(OSError):
        output().print(text, end="")
        sys.stdout.flush()


def output() -> Console:
    """Return a console on standard output that leaves text as it is."""
    # An answer in Chinese must not end the run where the output has an encoding without it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return PlainConsole(highlight=False, soft_wrap=True, markup=False, emoji=False)


def show(report: Report, directory: Path, deviations: str) -> None:
    """Print the report on standard output; `deviations` are the entries to paste for what is broken."""
    console = output()
    # Where there is no terminal, whoever searches the text finds each statement on one line.
    margin = console.width if console.is_terminal else None
    verdict, *others = _statement(f"{report.verdict.value}: {report.reason}", margin)
    verdict.stylize(STYLES.get(report.verdict, "bold yellow"), 0, len(report.verdict.value))
    summary = f"{report.requests} requests in {report.seconds:.1f} s, profile {report.profile}, seed {report.seed}"
    for row in (verdict, *others, *_statement(f"{report.target}, {summary}", margin)):
        console.print(row)
    accepted = {key for key, state in report.deviations if state == DEVIATES}
    for requirement in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        if requirement.id not in accepted:
            numbers = range(len(requirement.findings))
            heading, *facts = rows(
                requirement,
                min(margin or WIDEST, WIDEST),
                pointers=console.color_system is None,
                screen=SCREEN,
                replays=[render_finding.command(report, requirement, number, directory) for number in numbers],
            )
            heading.stylize(LEVELS[requirement.verdict], 0, len(requirement.id))
            console.print()
            for row in (heading, *facts):
                console.print(row)
    notes = [row for note in _notes(report) for row in _statement(note, margin)]
    for row in [Text(), *notes] if notes else []:
        console.print(row)
    if deviations:
        console.print("\nTo accept this for a time, put into a file for --known-deviations:")
        console.print(deviations.rstrip())
    console.print(f"\n{report.verdict.value}, exit code {report.exit_code}; report: {directory / 'report.html'}")


def _notes(report: Report) -> Iterator[str]:
    """Give a line for each reason why something was not judged, or not told in full."""
    groups: dict[str, list[str]] = {}
    affected = {key for requirement in report.requirements for key in requirement.also_affected}
    for requirement in report.having(RequirementVerdict.INCONCLUSIVE, RequirementVerdict.SKIPPED):
        if requirement.id not in affected:
            reason = "" if requirement.reason == report.reason else f" ({requirement.reason})"
            groups.setdefault(reason, []).append(requirement.id)
    for reason, ids in groups.items():
        names = ", ".join(ids) if len(ids) <= IDS_SHOWN else f"{len(ids)} requirements, {ids[0]} to {ids[-1]}"
        yield f"not judged: {names}{reason}"
    observed = [requirement for requirement in report.having(RequirementVerdict.PASS) if requirement.reason]
    if len(observed) <= OBSERVATIONS_SHOWN:
        yield from (f"observed: {item.id} {item.title}: {item.reason}" for item in observed)
    reasons = {requirement.id: requirement.reason for requirement in report.requirements}
    for key, state in report.deviations:
        accepted = reasons.get(key) if state == DEVIATES else None
        yield f"{key}: {accepted or f'known deviation, {state}'}"


def _statement(text: str, margin: int | None) -> list[Text]:
    row = joined([(text, False)])
    if margin is None:
        return [row]
    first, *others = words(row, max(INDENT, margin - INDENT), max(1, row.cell_len) * margin)
    return [first, *(Text.assemble(" " * INDENT, other) for other in others)]

"""The report on a terminal: the verdict, then each finding on one screen."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from conformance.exchange.verdicts import BROKEN, UNJUDGED, RequirementVerdict, Verdict
from conformance.reports import render_finding
from conformance.reports.rows import joined, plural, words
from conformance.reports.text import SCREEN, WIDEST, rows
from conformance.spec.characters import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.reports.model import Report

__all__ = ["PlainConsole", "output", "show", "write"]

RUN_STYLES = {Verdict.CONFORMS: "bold green", Verdict.VIOLATES: "bold red"}
STYLES = {RequirementVerdict.FAIL: "bold red", RequirementVerdict.WARN: "bold yellow"}
IDS_SHOWN = 20
"""Maximum of requirements listed by ID that were not checked for one reason. More are shown as a range."""
ANSWER_SHOWN = 200
"""Maximum of characters of the content of the answer that ended a run."""
OBSERVATIONS_SHOWN = 5
"""Maximum of observations shown. If there are more, none is; the report has all of them."""
DEVIATES = "deviates"
INDENT = 2


class PlainConsole(Console):
    """A console that shows hidden characters of strings as code points.

    It raises `BrokenPipeError` if its output is closed; rich would exit with 1, which is a verdict.
    """

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - as rich declares it
        """Print strings, and texts, which must be printable."""
        super().print(*(printable(item, kept="\n") if isinstance(item, str) else item for item in objects), **options)

    def on_broken_pipe(self) -> None:
        """Raise `BrokenPipeError`."""
        raise BrokenPipeError(errno.EPIPE, "the output is closed")


def write(text: str) -> None:
    """Print a text on standard output; ignore a closed output."""
    with suppress(OSError):
        output().print(text, end="")
        sys.stdout.flush()


def output() -> Console:
    """Return a console on standard output that does not interpret text."""
    # The encoding of the output may lack characters of an answer, such as Chinese ones.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return PlainConsole(highlight=False, soft_wrap=True, markup=False, emoji=False)


def show(report: Report, directory: Path, deviations: str) -> None:
    """Print the report on standard output; `deviations` are the entries to paste to accept the violations."""
    console = output()
    # In a file or a pipe each statement is one line, so that it can be found by grep.
    margin = console.width if console.is_terminal else None
    verdict, *others = _statement(f"{report.verdict.value}: {report.reason}", margin)
    verdict.stylize(RUN_STYLES.get(report.verdict, "bold yellow"), 0, len(report.verdict.value))
    requests = plural(report.requests, "request")
    summary = f"{requests} in {report.seconds:.1f} s, profile {report.profile}, seed {report.seed}"
    for row in (verdict, *others, *_statement(f"{report.target}, {summary}", margin)):
        console.print(row)
    accepted = {key for key, state in report.deviations if state == DEVIATES}
    for requirement in report.having(*BROKEN):
        if requirement.id not in accepted:
            numbers = range(len(requirement.findings))
            heading, *facts = rows(
                requirement,
                min(margin or WIDEST, WIDEST),
                pointers=console.color_system is None,
                screen=SCREEN,
                replays=[render_finding.command(report, requirement, number, directory) for number in numbers],
            )
            heading.stylize(STYLES[requirement.verdict], 0, len(requirement.id))
            console.print()
            for row in (heading, *facts):
                console.print(row)
    notes = [row for note in _notes(report) for row in _statement(note, margin)]
    for row in [Text(), *notes] if notes else []:
        console.print(row)
    if deviations:
        console.print("\nTo accept this until a date, add this entry to your known-deviations file:")
        console.print(deviations.rstrip())
    console.print(f"\n{report.verdict.value}, exit code {report.exit_code}; report: {directory / 'report.html'}")


def _notes(report: Report) -> Iterator[str]:
    """Yield the notes, and a line for each reason for unchecked requirements, each observation and known deviation."""
    yield from report.notes
    answer = report.ended_by.response if report.ended_by else None
    if answer is not None:
        yield f"the run was ended by the answer {answer.start}: {' '.join(answer.body.split())[:ANSWER_SHOWN]}"
    groups: dict[str, list[str]] = {}
    affected = {key for requirement in report.requirements for key in requirement.also_affected}
    for requirement in report.having(*UNJUDGED):
        if requirement.id not in affected:
            reason = "" if requirement.reason == report.reason else f" ({requirement.reason})"
            groups.setdefault(reason, []).append(requirement.id)
    for reason, ids in groups.items():
        names = ", ".join(ids) if len(ids) <= IDS_SHOWN else f"{len(ids)} requirements, {ids[0]} to {ids[-1]}"
        yield f"not checked: {names}{reason}"
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

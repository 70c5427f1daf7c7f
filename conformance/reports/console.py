"""The report for a terminal: the verdict first, then each finding on one screen."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from conformance.reports.model import RequirementVerdict, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from conformance.plan import PlannedStimulus
    from conformance.reports.model import Message, Report, RequirementReport

__all__ = ["PlainConsole", "finding", "printable", "show", "show_plan", "write"]

STYLES = {Verdict.CONFORMS: "bold green", Verdict.VIOLATES: "bold red"}
IDS_SHOWN = 20
"""Requirements that are named, if they go without a judgement for one reason; the report has them all."""
HEADERS_SHOWN = ("allow", "content-type", "x-auth-token", "x-language")
BODY_LINES = 12


class PlainConsole(Console):
    """A console that leaves it to its user what a closed output means; rich would end the process with 1, a verdict."""

    def on_broken_pipe(self) -> None:
        """Raise the error that brought us here."""
        raise BrokenPipeError


def show(report: Report, directory: Path, deviations: str) -> None:
    """Print the report on standard output; `deviations` are the entries to paste for what is broken."""
    console = _console()
    verdict = Text(report.verdict.value, style=STYLES.get(report.verdict, "bold yellow"))
    console.print(Text.assemble(verdict, f": {printable(report.reason)}"))
    summary = f"{report.requests} requests in {report.seconds:.1f} s, profile {report.profile}, seed {report.seed}"
    console.print(f"{printable(report.target)}, {summary}")
    for requirement in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        console.print()
        console.print(finding(requirement))
    _rest(console, report)
    if deviations:
        console.print("\nTo accept what is broken for a time, put this into a file for --known-deviations:")
        console.print(deviations.rstrip())
    console.print(f"\nreport: {directory / 'report.html'}")


def show_plan(target: str, planned: Sequence[PlannedStimulus], sends: Mapping[str, str], *, most: int) -> None:
    """Print what would be sent, how often and with which effect.

    Args:
        target: Base URL.
        planned: What each stimulus would send.
        sends: What that is, in a phrase.
        most: The batches that a target which accepts what it should refuse could commit.
    """
    console = _console()
    console.print(f"To {printable(target)} would be sent:")
    for stimulus in planned:
        number = len(stimulus.committable)
        effect = (
            f"names {number} batch{'es' if number > 1 else ''} that can be committed" if number else "creates nothing"
        )
        console.print(f"  {stimulus.name:32} requests: {stimulus.requests:4}   {effect}")
        console.print(f"    {sends.get(stimulus.name, 'is the target there, and does it take the token?')}")
    batches = set().union(*(stimulus.committable for stimulus in planned))
    requests = sum(stimulus.requests for stimulus in planned)
    used = f"{len(batches)} batches are used if the target conforms; " if most > len(batches) else ""
    console.print(f"{requests} requests; {used}at most {most} batches are committed, and as many billed")


def finding(requirement: RequirementReport) -> str:
    """Return a broken requirement as text: what, expected and got, where it is written, and how to see it again."""
    lines = [f"{requirement.id} {requirement.level} {requirement.title}"]
    for item in requirement.findings:
        place = f"openapi.yaml:{item.spec.line}"
        lines += [
            f"  expected  {item.expected}",
            f"  got       {item.actual}",
            f"  written   {requirement.clause}",
            f"            {requirement.source}: {requirement.url}",
            f"            {place}, {item.spec.pointer}",
            f"  seen      {item.seen(requirement.exercised)}; the request is of {item.stimulus}",
            *_message("request", item.request),
            *(_message("response", item.response) if item.response else ["  response  none"]),
            *(f"  {'again' if number == 0 else '':9} {line}" for number, line in enumerate(item.curl.splitlines())),
        ]
    if requirement.also_affected:
        lines.append(f"  affects   {', '.join(requirement.also_affected)}")
    return "\n".join(printable(line) for line in lines)


def write(text: str) -> None:
    """Print a text, whose lines are printable, on standard output; whoever stops reading it changes no verdict."""
    with suppress(OSError):
        _console().print(text, end="")
        sys.stdout.flush()


def _rest(console: Console, report: Report) -> None:
    """Say what was not vouched for, and what was seen where the documentation is silent."""
    groups: dict[str, list[str]] = {}
    for requirement in report.having(RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        same = requirement.reason == report.reason
        reason = "not judged" if same else f"{requirement.verdict.value}, {requirement.reason}"
        groups.setdefault(reason, []).append(requirement.id)
    observed = [r for r in report.having(RequirementVerdict.PASS) if r.reason]
    if groups or observed:
        console.print()
    for reason, ids in groups.items():
        names = ", ".join(ids) if len(ids) <= IDS_SHOWN else f"{len(ids)} requirements, {ids[0]} to {ids[-1]}"
        console.print(f"{printable(reason)}: {names}")
    for requirement in observed:
        console.print(f"observed, {requirement.id} {printable(requirement.title)}: {printable(requirement.reason)}")
    for requirement_id, state in report.deviations:
        console.print(f"known deviation, {requirement_id}: {printable(state)}")


def _console() -> Console:
    # An answer in Chinese must not end the run where the output has an encoding without it.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return PlainConsole(highlight=False, soft_wrap=True, markup=False, emoji=False)


def _message(name: str, message: Message) -> list[str]:
    lines = [message.start]
    lines += [f"{key}: {value}" for key, value in message.headers if key.lower() in HEADERS_SHOWN]
    body = message.body.splitlines()
    lines += body[:BODY_LINES]
    if len(body) > BODY_LINES:
        lines.append(f"... ({len(body) - BODY_LINES} more lines)")
    return [f"  {name if number == 0 else '':9} {line}" for number, line in enumerate(lines)]


def printable(text: str) -> str:
    """Return the text on one line, with escapes for what a hostile server could steer a terminal or a reader with."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

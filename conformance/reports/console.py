"""The report for a terminal: the verdict first, then each finding on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from conformance.reports.model import RequirementVerdict, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.reports.model import Message, Report, RequirementReport

__all__ = ["finding", "show"]

STYLES = {Verdict.CONFORMS: "bold green", Verdict.VIOLATES: "bold red"}
BODY_LINES = 12


def show(report: Report, directory: Path, deviations: str) -> None:
    """Print the report on standard output; `deviations` are the entries to paste for what is broken."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    verdict = Text(report.verdict.value, style=STYLES.get(report.verdict, "bold yellow"))
    console.print(Text.assemble(verdict, f": {_printable(report.reason)}"))
    summary = f"{report.requests} requests in {report.seconds:.1f} s, profile {report.profile}, seed {report.seed}"
    console.print(f"{_printable(report.target)}, {summary}")
    for requirement in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        console.print()
        console.print(finding(requirement))
    _rest(console, report)
    if deviations:
        console.print("\nTo accept what is broken for a time, put this into a file for --known-deviations:")
        console.print(deviations.rstrip())
    console.print(f"\nreport: {directory / 'report.html'}")


def finding(requirement: RequirementReport) -> str:
    """Return a broken requirement as text: what, expected and got, where it is written, and how to see it again."""
    lines = [f"{requirement.id} {requirement.level} {requirement.title}"]
    for item in requirement.findings:
        place = f"openapi.yaml:{item.spec.line}"
        lines += [
            f"  expected  {_printable(item.expected)}",
            f"  got       {_printable(item.actual)}",
            f"  written   {requirement.clause}",
            f"            {requirement.source}: {requirement.url}",
            f"            {place}, {item.spec.pointer}",
            f"  seen      {item.occurrences} of {requirement.exercised} times, first sent by {item.stimulus}",
            *_message("request", item.request),
            *(_message("response", item.response) if item.response else ["  response  none"]),
            *(f"  {'again' if number == 0 else '     '}     {_printable(line)}" for number, line in _numbered(item.curl)),
        ]
    if requirement.also_affected:
        lines.append(f"  affects   {', '.join(requirement.also_affected)}")
    return "\n".join(lines)


def _rest(console: Console, report: Report) -> None:
    """Say what was not vouched for, and what was seen where the documentation is silent."""
    groups: dict[str, list[str]] = {}
    for requirement in report.having(RequirementVerdict.SKIPPED, RequirementVerdict.INCONCLUSIVE):
        groups.setdefault(f"{requirement.verdict.value}, {requirement.reason}", []).append(requirement.id)
    observed = [r for r in report.having(RequirementVerdict.PASS) if r.reason]
    if groups or observed:
        console.print()
    for reason, ids in groups.items():
        console.print(f"{_printable(reason)}: {', '.join(ids)}")
    for requirement in observed:
        console.print(f"observed, {requirement.id} {requirement.title}: {_printable(requirement.reason)}")
    for requirement_id, state in report.deviations:
        console.print(f"known deviation, {requirement_id}: {state}")


def _message(name: str, message: Message) -> list[str]:
    shown = [("content-type",), ("x-language",), ("x-auth-token",), ("allow",)]
    lines = [message.start]
    lines += [f"{key}: {value}" for key, value in message.headers if (key.lower(),) in shown]
    body = message.body.splitlines()[:BODY_LINES] if message.body else []
    lines += body
    return [f"  {name if number == 0 else '':9} {_printable(line)}" for number, line in enumerate(lines)]


def _numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines()))


def _printable(text: str) -> str:
    """Escape what a hostile server could steer a terminal with."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

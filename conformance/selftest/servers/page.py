"""The results of the servers and the proxies, and their page conformance/docs/servers.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, Verdict
from conformance.proof.markdown import table
from conformance.selftest.servers.table import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reports.model import Report

__all__ = ["PAGE", "Result", "render"]

PAGE = ROOT / "conformance" / "docs" / "servers.md"

_INTRODUCTION = """\
# Servers and proxies of others

`make servers ARGS=--write` writes this page. It judges conforming servers on the frameworks of others, and reverse
proxies of others in front of the mock and of a server, each with its shortest sensible configuration
([programs and configurations](../selftest/servers)). The options of a run name everything that the account has:
40 ready batches, four in each other state and of another project, and an expired token. What is missing on a machine
is not run.
The suite accuses none of them, and warns of nothing that is not listed below the table. A proxy before nothing, which
answers each call with 502 or 503, is `unreachable`.
"""
_EXPECTED = """\
## Warnings

Each of these is a rule of HTTP or of the API that the software breaks as it is usually run."""


@dataclass(frozen=True)
class Result:
    """What the suite says of a server, or of one behind a proxy.

    Attributes:
        name: The name of the server, or of the proxy and of the server behind it.
        versions: The software with its versions.
        verdict: The verdict.
        reason: Its reason.
        requests: The number of requests.
        violated: The violated requirements, with what is actual.
        expected: Why the table says that they are violated, by ID.
        unavailable: Why it was not run; empty if it was.
        wanted: The verdict that is right.
    """

    name: str
    versions: str
    verdict: Verdict = Verdict.ERROR
    reason: str = ""
    requests: int = 0
    violated: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, str] = field(default_factory=dict)
    unavailable: str = ""
    wanted: Verdict = Verdict.CONFORMS

    @classmethod
    def of(cls, name: str, versions: str, expected: Mapping[str, str], report: Report, wanted: Verdict) -> Result:
        """Return what a report says."""
        broken = [requirement for requirement in report.requirements if requirement.verdict in BROKEN]
        violated = {item.id: item.findings[0].actual if item.findings else item.reason for item in broken}
        return cls(name, versions, report.verdict, report.reason, report.requests, violated, expected, wanted=wanted)

    @property
    def right(self) -> bool:
        """Whether the verdict is right, and nothing is violated but what the table names.

        What a proxy does may depend on the server behind it.
        """
        return self.verdict is self.wanted and self.violated.keys() <= self.expected.keys()

    def line(self) -> str:
        """Return the result in a line, and another one for each violated requirement."""
        if self.unavailable:
            return f"{self.name}: not run, {self.unavailable}"
        first = f"{self.name} ({self.versions}): {self.verdict.value}, {self.requests} requests; {self.reason}"
        return "\n  ".join([first, *(f"{key}: {actual}" for key, actual in self.violated.items())])


def render(results: Sequence[Result]) -> str:
    """Return the page."""
    rows = [
        (item.name, item.versions, str(item.requests), item.verdict.value, ", ".join(item.violated) or "-")
        for item in results
    ]
    heads = ("Server", "Software", "Requests", "Verdict", "Warnings")
    reasons = [f"- `{item.name}`, {key}: {item.expected.get(key, '?')}" for item in results for key in item.violated]
    return "\n".join([_INTRODUCTION, *table(heads, rows), "", _EXPECTED, "", *reasons, ""])

"""The results of the servers and the proxies, and their page conformance/docs/servers.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.exchange.verdicts import BROKEN, Verdict
from conformance.selftest.servers.table import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.reports.model import Report

__all__ = ["PAGE", "Result", "render"]

PAGE = ROOT / "conformance" / "docs" / "servers.md"


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
        inconclusive: The requirements that could not be judged, with the reason.
        unavailable: Why it was not run; empty if it was.
    """

    name: str
    versions: str
    verdict: Verdict = Verdict.ERROR
    reason: str = ""
    requests: int = 0
    violated: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, str] = field(default_factory=dict)
    unavailable: str = ""

    @classmethod
    def of(cls, name: str, versions: str, expected: Mapping[str, str], report: Report) -> Result:
        """Return what a report says."""
        broken = [requirement for requirement in report.requirements if requirement.verdict in BROKEN]
        violated = {item.id: item.findings[0].actual if item.findings else item.reason for item in broken}
        return cls(name, versions, report.verdict, report.reason, report.requests, violated, expected)

    @property
    def right(self) -> bool:
        """Whether the server conforms, apart from what the table names."""
        if self.expected:
            return self.violated.keys() == self.expected.keys()
        return self.verdict is Verdict.CONFORMS and not self.violated

    def line(self) -> str:
        """Return the result in a line, and another one for each violated requirement."""
        if self.unavailable:
            return f"{self.name}: not run, {self.unavailable}"
        first = f"{self.name} ({self.versions}): {self.verdict.value}, {self.requests} requests; {self.reason}"
        return "\n  ".join([first, *(f"{key}: {actual}" for key, actual in self.violated.items())])


def render(results: Sequence[Result]) -> str:
    """Return the page."""
    return "\n".join(result.line() for result in results)

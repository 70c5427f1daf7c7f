"""The report: plain facts, redacted, from which every format is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.exchange.verdicts import UNJUDGED, RequirementVerdict, Verdict
from conformance.reports.finding import Finding, Mark, Message, Repeats, SpecPlace, Step
from conformance.spec.catalogue import LEVELS

__all__ = [
    "BUILT_IN",
    "Ending",
    "Finding",
    "Latency",
    "Mark",
    "Message",
    "Repeats",
    "Report",
    "RequirementReport",
    "SpecPlace",
    "Step",
    "Traffic",
]

FORMAT = 1
"""Version of the model, raised when a field is removed or changes its meaning."""

BUILT_IN = "the built-in mock"
"""Name of the target of a run without --target."""


@dataclass(frozen=True)
class RequirementReport:
    """The result for one requirement.

    Attributes:
        id: ID of the requirement.
        area: Area of the requirement.
        level: MUST, SHOULD or OBSERVE.
        title: The requirement in one sentence.
        clause: What the documentation says.
        source: Page and section of the documentation.
        url: Address of the page.
        spec: The place in openapi.yaml that says so.
        verdict: The verdict.
        reason: The reason for the verdict, or the observation; empty if there is nothing to add.
        exercised: Number of answers that were checked.
        findings: The violations.
        also_affected: Requirements whose violation has the same cause.
    """

    id: str
    area: str
    level: str
    title: str
    clause: str
    source: str
    url: str
    spec: SpecPlace
    verdict: RequirementVerdict
    reason: str
    exercised: int
    findings: tuple[Finding, ...] = ()
    also_affected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Latency:
    """Response times in milliseconds, from the request to the last octet of the answer.

    Attributes:
        median: Median.
        p95: 95th percentile.
        longest: Maximum.
        bins: Upper limit of each bin, each twice the one before, and the number of answers in the bin.
    """

    median: float
    p95: float
    longest: float
    bins: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Ending:
    """The exchange that ended a run early.

    Attributes:
        request: The request, redacted.
        response: The answer, redacted; None if no complete one was received.
    """

    request: Message
    response: Message | None


@dataclass(frozen=True)
class Traffic:
    """The numbers of requests and answers.

    Attributes:
        statuses: Number of answers for each status; status 0 stands for no answer.
        stimuli: Number of requests for each scenario or phase, in the order in which they ran.
    """

    statuses: tuple[tuple[int, int], ...] = ()
    stimuli: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Report:
    """The result of a run.

    Attributes:
        verdict: The verdict.
        reason: The reason for the verdict, in one sentence.
        profile: The profile.
        target: Base URL.
        seed: The seed.
        spec_version: `info.version` of openapi.yaml.
        spec_sha256: SHA-256 of openapi.yaml.
        suite_version: Version of this suite.
        started: Start of the run in UTC, in the format of RFC 3339.
        requests: Number of requests sent.
        requests_sha256: SHA-256 of the requests without their secrets, equal for two runs that sent the same.
        seconds: Wall-clock time.
        command: Command that repeats the run.
        requirements: The result for each requirement, in the order of the catalogue.
        deviations: ID and state of each known deviation.
        traffic: The numbers of requests and answers.
        latency: Response times; None if there was no answer.
        notes: What else decided the requests of the run besides the seed, in one sentence each.
        ended_by: The exchange that ended the run early; None if none did.
    """

    verdict: Verdict
    reason: str
    profile: str
    target: str
    seed: int
    spec_version: str
    spec_sha256: str
    suite_version: str
    started: str
    requests: int
    requests_sha256: str
    seconds: float
    command: str
    requirements: tuple[RequirementReport, ...]
    deviations: tuple[tuple[str, str], ...] = field(default=())
    traffic: Traffic = field(default=Traffic())
    latency: Latency | None = None
    notes: tuple[str, ...] = ()
    ended_by: Ending | None = None

    @property
    def exit_code(self) -> int:
        """Exit code of the process."""
        return self.verdict.exit_code

    @property
    def built_in(self) -> bool:
        """Return whether the target is the built-in mock."""
        return self.target.endswith((BUILT_IN, f"({BUILT_IN})"))

    def having(self, *verdicts: RequirementVerdict) -> tuple[RequirementReport, ...]:
        """Return the requirements with one of these verdicts, the most binding first."""
        chosen = [requirement for requirement in self.requirements if requirement.verdict in verdicts]
        return tuple(sorted(chosen, key=lambda requirement: LEVELS.index(requirement.level)))

    def unjudged(self) -> dict[tuple[RequirementVerdict, str], list[RequirementReport]]:
        """Return the requirements that were not checked, by verdict and reason."""
        groups: dict[tuple[RequirementVerdict, str], list[RequirementReport]] = {}
        for requirement in self.having(*UNJUDGED):
            groups.setdefault((requirement.verdict, requirement.reason), []).append(requirement)
        return groups

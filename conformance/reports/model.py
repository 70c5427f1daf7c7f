"""The report: plain facts, redacted, from which every format is rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

__all__ = [
    "BUILT_IN",
    "EXIT_CODES",
    "LEVELS",
    "Finding",
    "Latency",
    "Mark",
    "Message",
    "Repeats",
    "Report",
    "RequirementReport",
    "RequirementVerdict",
    "SpecPlace",
    "Step",
    "Traffic",
    "Verdict",
]

FORMAT = 1
"""Version of the model: raised when a field changes its meaning or goes."""

BUILT_IN = "the built-in mock"
"""What is said of a target that nobody named."""


LEVELS = ("MUST", "SHOULD", "OBSERVE")
"""What a requirement may be, the most binding first."""


class Verdict(str, Enum):
    """The verdict on a run."""

    CONFORMS = "conforms"
    VIOLATES = "violates"
    INCONCLUSIVE = "inconclusive"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    ERROR = "error"
    INTERRUPTED = "interrupted"


EXIT_CODES = {
    Verdict.CONFORMS: 0,
    Verdict.VIOLATES: 1,
    Verdict.INCONCLUSIVE: 3,
    Verdict.UNREACHABLE: 4,
    Verdict.STOPPED: 5,
    Verdict.ERROR: 70,
    Verdict.INTERRUPTED: 130,
}


class RequirementVerdict(str, Enum):
    """The verdict on one requirement."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    WARN = "warn"
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class SpecPlace:
    """A place in openapi.yaml.

    Attributes:
        pointer: JSON pointer.
        line: Line, from 1.
    """

    pointer: str
    line: int


@dataclass(frozen=True)
class Mark:
    """The part of a message that shows the breach.

    Attributes:
        part: Where it is: the start line, the value of a field line, or the body.
        index: Which field line, from 0; 0 elsewhere.
        begin: Its first character there.
        end: The one after its last.
    """

    part: Literal["start", "header", "body"]
    index: int
    begin: int
    end: int


@dataclass(frozen=True)
class Message:
    """A request or a response, redacted.

    Attributes:
        start: Request line or status line.
        headers: Field lines.
        body: Content as text, undecodable octets replaced, cut to a bearable length.
        mark: The part of it that shows the breach; None if it is not in one place, or is missing.
    """

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str
    mark: Mark | None = None


@dataclass(frozen=True)
class Repeats:
    """How often a breach was sent again after it was found, and what came of that.

    Attributes:
        sent: How often it was sent again; 0 if it was not.
        broken: How often it broke the requirement then.
        reason: Why it was not sent again, if that is known.
        sequence: Whether what was sent before it was sent again as well.
    """

    sent: int = 0
    broken: int = 0
    reason: str = ""
    sequence: bool = False

    @property
    def known(self) -> bool:
        """Whether it was sent again, or there is a reason why not."""
        return bool(self.sent or self.reason)

    @property
    def steady(self) -> bool:
        """Whether it broke whenever it was sent again."""
        return 0 < self.sent == self.broken

    @property
    def intermittent(self) -> bool:
        """Whether it did not."""
        return self.broken < self.sent


@dataclass(frozen=True)
class Step:
    """A request, to be sent again to whatever target, by whatever account.

    In its target and in the values of its headers, a name in braces stands for what is the account's own, and a brace
    that is doubled for a brace; conformance/placeholders.py says which names there are.

    Attributes:
        method: HTTP method.
        target: Path and query below the base URL.
        headers: Field lines in order.
        body: Content.
        batch: What was known of the batch that it names; empty if it names none.
        segment: The ID as it stood in the path, if it was no ordinary one; a random beginning is left out.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    batch: str
    segment: str | None = None


@dataclass(frozen=True)
class Finding:
    """One way in which a requirement is broken.

    Attributes:
        expected: What should have come.
        actual: What came.
        clause: What the documentation says.
        spec: Where openapi.yaml says it.
        stimulus: What sent the request.
        occurrences: How many answers showed it.
        request: The smallest request that shows it.
        response: The answer to it; None if none came.
        curl: Commands that show it, runnable as they are with $DRS_TARGET and $DRS_TOKEN set; a comment says if a
            batch has to be put in the place of one that is used up.
        repeats: What came of sending it again.
        steps: The requests that show it, to be sent again elsewhere; none if they hold a secret where none is expected.
        alone: Whether the last of them shows it by itself; else the stimulus does, as a whole.
    """

    expected: str
    actual: str
    clause: str
    spec: SpecPlace
    stimulus: str
    occurrences: int
    request: Message
    response: Message | None
    curl: str
    repeats: Repeats = field(default=Repeats())
    steps: tuple[Step, ...] = ()
    alone: bool = True

    def seen(self, exercised: int) -> str:
        """Say how often it was seen, out of how often it was looked for, and whether it was seen again."""
        repeats, times = self.repeats, f"{self.occurrences} of {exercised} times"
        again = "sent again with what was sent before" if repeats.sequence else "sent again"
        if repeats.intermittent:
            return f"intermittent: {times}, and {repeats.broken} of {repeats.sent} times when {again}"
        if repeats.sent:
            return f"{times}; {again}: broken {repeats.broken} of {repeats.sent}"
        return f"{times}; not sent again" + (f": {repeats.reason}" if repeats.reason else "")


@dataclass(frozen=True)
class RequirementReport:
    """What is said on one requirement.

    Attributes:
        id: Its id.
        area: Its area.
        level: MUST, SHOULD or OBSERVE.
        title: It, in one sentence.
        clause: What the documentation says.
        source: Where: page and section.
        url: Address of the page.
        spec: Where openapi.yaml says it.
        verdict: The verdict on it.
        reason: Why, where the verdict alone does not tell.
        exercised: How many answers were judged.
        findings: The breaches.
        also_affected: Requirements whose breach has the same cause.
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
    """How long the answers took, in milliseconds from the request to the last octet.

    Attributes:
        median: Half of them took no longer.
        p95: Nineteen of twenty took no longer.
        longest: The longest.
        bins: Upper limit of each bin, on a scale that doubles, and how many answers fell into it.
    """

    median: float
    p95: float
    longest: float
    bins: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Traffic:
    """What went over the wire, in numbers.

    Attributes:
        statuses: Each status that was seen, and how often; 0 stands for no answer.
        stimuli: Each stimulus that sent something, in order, and how many requests.
    """

    statuses: tuple[tuple[int, int], ...] = ()
    stimuli: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Report:
    """What is said on a run.

    Attributes:
        verdict: The verdict.
        reason: One sentence on it.
        profile: The profile.
        target: Base URL.
        seed: The seed.
        spec_version: `info.version` of openapi.yaml.
        spec_sha256: Hash of openapi.yaml.
        suite_version: Version of this suite.
        started: When, in UTC, as RFC 3339 has it.
        requests: Requests sent.
        requests_sha256: Hash of the requests that the stimuli sent, secrets left out; the same if they were the same.
        seconds: Wall-clock time.
        command: What repeats the run.
        requirements: All requirements, in the order of the catalogue.
        deviations: What became of each known deviation: id and state.
        traffic: What the stimuli sent and got, in numbers.
        latency: How long the answers took; None if there was none.
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

    @property
    def exit_code(self) -> int:
        """Exit code of the process."""
        return EXIT_CODES[self.verdict]

    @property
    def built_in(self) -> bool:
        """Whether nobody named a target."""
        return self.target.endswith((BUILT_IN, f"({BUILT_IN})"))

    def having(self, *verdicts: RequirementVerdict) -> tuple[RequirementReport, ...]:
        """Return the requirements with one of these verdicts, the worst level first."""
        chosen = [requirement for requirement in self.requirements if requirement.verdict in verdicts]
        return tuple(sorted(chosen, key=lambda requirement: LEVELS.index(requirement.level)))

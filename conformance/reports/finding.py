"""A finding: one way in which a target violates a requirement, redacted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Finding", "Mark", "Message", "Repeats", "SpecPlace", "Step"]


@dataclass(frozen=True)
class SpecPlace:
    """A place in openapi.yaml.

    Attributes:
        pointer: JSON pointer.
        line: Line number, from 1.
    """

    pointer: str
    line: int


@dataclass(frozen=True)
class Mark:
    """The part of a message that shows the violation.

    Attributes:
        part: The part of the message: the start line, the value of a field line, or the body.
        index: Index of the field line, from 0; 0 for the other parts.
        begin: Index of the first marked character in that part.
        end: Index after the last marked character.
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
        body: Content as text, truncated, with undecodable octets replaced.
        mark: The part that shows the violation; None if it is missing or not in one place.
    """

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str
    mark: Mark | None = None


@dataclass(frozen=True)
class Repeats:
    """The attempts to reproduce a violation after it was found.

    Attributes:
        sent: Number of attempts; 0 if there was none.
        broken: Number of attempts that violated the requirement.
        reason: Reason why there was no attempt, if known.
        sequence: Whether the preceding requests were sent again as well.
    """

    sent: int = 0
    broken: int = 0
    reason: str = ""
    sequence: bool = False

    @property
    def known(self) -> bool:
        """Return whether there was an attempt, or there is a reason why not."""
        return bool(self.sent or self.reason)

    @property
    def steady(self) -> bool:
        """Return whether every attempt reproduced the violation."""
        return 0 < self.sent == self.broken

    @property
    def intermittent(self) -> bool:
        """Return whether an attempt did not reproduce the violation."""
        return self.broken < self.sent


@dataclass(frozen=True)
class Step:
    """A request that can be sent again, to any target and by any account.

    In the target and in the header values, a name in braces is a placeholder for a value of the account, and a doubled
    brace is a literal one. conformance/findings/placeholders.py has the names.

    Attributes:
        method: HTTP method.
        target: Path and query below the base URL.
        headers: Field lines in order.
        body: Content.
        batch: State of the batch that the request names; empty if it names none.
        segment: The ID in the path without its random prefix; None if the ID is an ordinary one.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    batch: str
    segment: str | None = None


@dataclass(frozen=True)
class Finding:
    """One way in which a requirement is violated.

    Attributes:
        expected: What the requirement expects.
        actual: What the target did.
        clause: What the documentation says.
        spec: The place in openapi.yaml that says so.
        stimulus: Name of the scenario, or of the phase of Schemathesis, that sent the request.
        occurrences: Number of answers that showed the violation.
        request: The smallest request that shows it.
        response: The answer to that request; None if there was none.
        curl: Commands that reproduce it, runnable with $DRS_TARGET and $DRS_TOKEN set. A comment names a batch that is
            used up and has to be replaced.
        repeats: The attempts to reproduce it.
        steps: The requests to send again elsewhere; none if they hold a secret in an unexpected place.
        alone: Whether the last step reproduces it; otherwise the whole scenario is needed.
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
        """Return how many of the answers showed the violation, and how often it was reproduced."""
        repeats, seen = self.repeats, f"in {self.occurrences} of {exercised} answers"
        if not repeats.sent:
            return f"{seen}; not repeated" + (f": {repeats.reason}" if repeats.reason else "")
        reproduced = f"reproduced {repeats.broken} of {repeats.sent} times"
        reproduced += " with the preceding requests" if repeats.sequence else ""
        return f"{seen}; {'intermittent: ' if repeats.intermittent else ''}{reproduced}"

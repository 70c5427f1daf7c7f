"""One change of the API and its severity."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["DocumentChange", "Severity"]


class Severity(IntEnum):
    """The severity of a change; the numbers are oasdiff's three levels."""

    COMPATIBLE = 1
    DOUBTFUL = 2
    BREAKING = 3


@dataclass(frozen=True)
class DocumentChange:
    """One change.

    Attributes:
        severity: Its severity.
        place: File and line, such as `openapi.yaml:465`; in the base if it was removed: `v1.0.0:openapi.yaml:222`.
        text: Description of the change, on one line.
        rule: The id of oasdiff's check that found it, or the name of our rule.
    """

    severity: Severity
    place: str
    text: str
    rule: str

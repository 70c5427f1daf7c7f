"""One change of the API, and how bad it is for those who use it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Change", "Severity"]


class Severity(IntEnum):
    """How bad a change is, by oasdiff's three levels, whose numbers these are."""

    COMPATIBLE = 1
    DOUBTFUL = 2
    BREAKING = 3


@dataclass(frozen=True)
class Change:
    """One change, in words.

    Attributes:
        severity: How bad it is.
        place: Where it is, as `openapi.yaml:465`; what is gone has its place in the base, `v1.0.0:openapi.yaml:222`.
        text: What changed, on one line.
        rule: Who says so: the id of oasdiff's check, or the name of our rule.
    """

    severity: Severity
    place: str
    text: str
    rule: str

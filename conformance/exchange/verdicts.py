"""Verdicts and exit codes: the one place that lists and ranks them."""

from __future__ import annotations

from enum import IntEnum, StrEnum

__all__ = ["BROKEN", "REQUIREMENT_SEVERITY", "SEVERITY", "UNJUDGED", "ExitCode", "RequirementVerdict", "Verdict"]


class ExitCode(IntEnum):
    """Exit codes of a run; 1 means a violated MUST or a known deviation that is out of date, and nothing else."""

    CONFORMS = 0
    VIOLATES = 1
    USAGE = 2
    INCONCLUSIVE = 3
    UNREACHABLE = 4
    STOPPED = 5
    ERROR = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """The meaning of the code after a run, in a few words."""
        return {
            ExitCode.CONFORMS: "conforms",
            ExitCode.VIOLATES: "violates a MUST",
            ExitCode.USAGE: "wrong usage",
            ExitCode.INCONCLUSIVE: "inconclusive",
            ExitCode.UNREACHABLE: "target unreachable",
            ExitCode.STOPPED: "stopped for safety",
            ExitCode.ERROR: "the suite itself failed",
            ExitCode.INTERRUPTED: "interrupted",
        }[self]


class Verdict(StrEnum):
    """The verdict on a run."""

    CONFORMS = "conforms"
    VIOLATES = "violates"
    INCONCLUSIVE = "inconclusive"
    UNREACHABLE = "unreachable"
    STOPPED = "stopped"
    ERROR = "error"
    INTERRUPTED = "interrupted"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a run with this verdict."""
        return ExitCode[self.name]


SEVERITY = (
    Verdict.INTERRUPTED,
    Verdict.ERROR,
    Verdict.STOPPED,
    Verdict.VIOLATES,
    Verdict.UNREACHABLE,
    Verdict.INCONCLUSIVE,
    Verdict.CONFORMS,
)
"""The verdicts on a run, the worst first.

The first three make everything else doubtful: the user aborted the run, the suite failed, or it stopped for safety.
A violation is a fact even if other requirements were not checked, so it comes before the verdicts on missing evidence.
"""


class RequirementVerdict(StrEnum):
    """The verdict on one requirement."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    WARN = "warn"
    SKIPPED = "skipped"
    INCONCLUSIVE = "inconclusive"


REQUIREMENT_SEVERITY = (
    RequirementVerdict.FAIL,
    RequirementVerdict.WARN,
    RequirementVerdict.INCONCLUSIVE,
    RequirementVerdict.SKIPPED,
    RequirementVerdict.PASS,
)
"""The verdicts on a requirement, the worst first."""

BROKEN = REQUIREMENT_SEVERITY[:2]
"""The verdicts on a violated requirement."""
UNJUDGED = REQUIREMENT_SEVERITY[2:4]
"""The verdicts on a requirement that was not checked."""

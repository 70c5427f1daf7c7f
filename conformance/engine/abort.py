"""Why a run ends before its end, told by what was raised."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.errors import (
    CredentialsRefusedError,
    IamRefusedError,
    IamUnavailableError,
    LedgerError,
    LimitError,
    SafetyError,
    TargetLostError,
    ThrottledError,
)
from conformance.exchange.verdicts import Verdict

__all__ = ["ABORTING", "Abort", "abort"]


@dataclass(frozen=True)
class Abort:
    """Why a run ended before its end.

    Attributes:
        verdict: The verdict that this makes of it.
        reason: One sentence that says what to do.
    """

    verdict: Verdict
    reason: str


TABLE: dict[type[Exception], tuple[Verdict, str]] = {
    LimitError: (Verdict.INCONCLUSIVE, "{}"),
    ThrottledError: (Verdict.INCONCLUSIVE, "{}; lower --rate"),
    CredentialsRefusedError: (Verdict.INCONCLUSIVE, "{}; see whether they have expired, and give new ones"),
    LedgerError: (Verdict.INCONCLUSIVE, "{}"),
    IamRefusedError: (Verdict.INCONCLUSIVE, "{}"),
    IamUnavailableError: (Verdict.UNREACHABLE, "{}"),
    TargetLostError: (Verdict.UNREACHABLE, "{}; start it again, or see what made it stop"),
    ConnectionError: (Verdict.UNREACHABLE, "{}; start it again, or see what made it stop"),
    SafetyError: (Verdict.STOPPED, "stopped for safety: {}; please report this"),
}

ABORTING = tuple(TABLE)
"""What may be raised while requests are sent that is the target's doing, or the user's, and not the suite's fault."""


def abort(error: Exception) -> Abort:
    """Return what one of `ENDINGS` makes of the run."""
    verdict, sentence = next(ending for kind, ending in TABLE.items() if isinstance(error, kind))
    return Abort(verdict, sentence.format(error))

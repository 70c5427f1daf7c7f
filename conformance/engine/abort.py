"""The errors that abort a run, and the verdict and reason that each gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import (
    CredentialsRefusedError,
    IamRefusedError,
    IamUnavailableError,
    LedgerError,
    LimitError,
    MockRefusedError,
    SafetyError,
    TargetLostError,
    ThrottledError,
)
from conformance.exchange.verdicts import Verdict

if TYPE_CHECKING:
    from conformance.exchange.exchange import Exchange

__all__ = ["ABORTING_ERRORS", "Abort", "abort_for"]


@dataclass(frozen=True)
class Abort:
    """The reason why a run ended early.

    Attributes:
        verdict: The verdict on the run.
        reason: The cause and the remedy, in one sentence.
        exchange: The exchange that shows the cause, if there is one.
    """

    verdict: Verdict
    reason: str
    exchange: Exchange | None = None


_ABORTS: dict[type[Exception], tuple[Verdict, str]] = {
    LimitError: (Verdict.INCONCLUSIVE, "{}"),
    ThrottledError: (Verdict.INCONCLUSIVE, "{}; lower --rate"),
    CredentialsRefusedError: (Verdict.INCONCLUSIVE, "{}; check whether they have expired, and supply new ones"),
    LedgerError: (Verdict.INCONCLUSIVE, "{}"),
    MockRefusedError: (Verdict.INCONCLUSIVE, "{}"),
    IamRefusedError: (Verdict.INCONCLUSIVE, "{}"),
    IamUnavailableError: (Verdict.UNREACHABLE, "{}"),
    TargetLostError: (Verdict.UNREACHABLE, "{}; restart it, or find out why it stopped"),
    ConnectionError: (Verdict.UNREACHABLE, "{}; restart it, or find out why it stopped"),
    SafetyError: (Verdict.STOPPED, "stopped for safety: {}; please report this"),
}
"""The verdict and the reason for each error; the message of the error replaces the braces."""

ABORTING_ERRORS = tuple(_ABORTS)
"""Errors while sending that the target or the user causes. Any other error is a fault of the suite."""


def abort_for(error: Exception) -> Abort:
    """Return the abort that one of `ABORTING_ERRORS` causes."""
    verdict, reason = next(entry for kind, entry in _ABORTS.items() if isinstance(error, kind))
    return Abort(verdict, reason.format(error), getattr(error, "exchange", None))

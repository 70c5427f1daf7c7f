"""Confirmation and minimisation: violations are sent again, then reduced to the smallest requests."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from conformance.engine.minimise import Minimisation
from conformance.engine.resend import RESEND_ERRORS, Confirmation, Resender
from conformance.exchange.exchange import TransportFailure
from conformance.reports.model import Repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.engine.log import RunLog
    from conformance.requirements.violations import Violation
    from conformance.spec.catalogue import Catalogue
    from conformance.target.session import Session

__all__ = ["Confirmation", "confirm"]

REQUESTS_PER_VIOLATION = 25
"""Maximum number of requests to minimise one violation."""
REQUESTS_PER_RUN = 120
"""Maximum number of requests to minimise all violations of a run."""


def confirm(
    violations: Mapping[str, Violation], log: RunLog, session: Session, catalogue: Catalogue
) -> dict[str, Confirmation]:
    """Send violations again in order, and minimise those that are reproduced at the first attempt.

    All are sent again before the first is minimised. The answers do not change any verdict: only the scenarios and
    phases decide whether a requirement is violated.

    Args:
        violations: The violation of each requirement, by its ID.
        log: The log of the run, which is only read.
        session: Sends the requests.
        catalogue: All requirements.

    Raises:
        SafetyError: A request names a batch that must not be named.
    """
    confirmations = {key: Confirmation(violation, Repeats()) for key, violation in violations.items()}
    resender = Resender(session, log, catalogue)
    try:
        for key, violation in violations.items():
            confirmations[key] = resender.confirm(key, violation)
    except RESEND_ERRORS as error:
        ended = Repeats(reason=str(error))
        return {
            key: known if known.repeats.known else replace(known, repeats=ended) for key, known in confirmations.items()
        }
    left = REQUESTS_PER_RUN
    for key, known in confirmations.items():
        if left and known.repeats.steady and not known.repeats.sequence and not _timed_out(known.smallest):
            minimisation = Minimisation(resender, key, known.smallest, min(left, REQUESTS_PER_VIOLATION))
            try:
                minimisation.run(Random(f"shrinking of {key} {session.seed}"))  # noqa: S311 - reproducible, not secret
            except RESEND_ERRORS:
                break
            finally:
                confirmations[key] = replace(known, smallest=minimisation.smallest)
            left -= minimisation.sent
    return confirmations


def _timed_out(violation: Violation) -> bool:
    return isinstance(violation.exchange.outcome, TransportFailure) and violation.exchange.outcome.kind == "timeout"

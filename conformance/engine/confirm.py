"""Findings that can be seen again: what broke a requirement is sent once more, and then made as small as it gets."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from conformance.engine.minimise import Minimisation
from conformance.engine.resend import CANNOT_SEND, Confirmation, Resender
from conformance.exchange.exchange import TransportFailure
from conformance.reports.model import Repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.engine.log import RunLog
    from conformance.requirements.violations import Violation
    from conformance.spec.catalogue import Catalogue
    from conformance.target.session import Session

__all__ = ["Confirmation", "confirm"]

SENDS_EACH = 25
SENDS_IN_ALL = 120
"""Requests by which one breach, and all of a run, are made small."""


def confirm(
    violations: Mapping[str, Violation], log: RunLog, session: Session, catalogue: Catalogue
) -> dict[str, Confirmation]:
    """Send breaches again, the first one first, and make those small that break again at once.

    All are sent again before the first is made small. Nothing of this is evidence: a requirement is broken, or not,
    by what the stimuli have seen.

    Args:
        violations: The violation of each requirement, by its ID.
        log: The log of the run; it does not change.
        session: Sends the requests.
        catalogue: All requirements.

    Raises:
        SafetyError: A request names a batch that none may name.
        SuiteError: An oracle failed.
    """
    confirmations = {key: Confirmation(violation, Repeats()) for key, violation in violations.items()}
    repeater = Resender(session, log, catalogue)
    try:
        for key, violation in violations.items():
            confirmations[key] = repeater.repeat(key, violation)
    except CANNOT_SEND as error:
        ended = Repeats(reason=str(error))
        return {
            key: known if known.repeats.known else replace(known, repeats=ended) for key, known in confirmations.items()
        }
    left = SENDS_IN_ALL
    for key, known in confirmations.items():
        if left and known.repeats.steady and not known.repeats.sequence and not _timed_out(known.smallest):
            shrinking = Minimisation(repeater, key, known.smallest, min(left, SENDS_EACH))
            try:
                shrinking.run(Random(f"shrinking of {key} {session.seed}"))  # noqa: S311 - reproducible, not secret
            except CANNOT_SEND:
                break
            finally:
                confirmations[key] = replace(known, smallest=shrinking.smallest)
            left -= shrinking.sent
    return confirmations


def _timed_out(violation: Violation) -> bool:
    return isinstance(violation.exchange.outcome, TransportFailure) and violation.exchange.outcome.kind == "timeout"

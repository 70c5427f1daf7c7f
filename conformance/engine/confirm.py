"""Findings that can be seen again: what broke a requirement is sent once more, and then made as small as it gets."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from conformance.engine.minimise import Shrinking
from conformance.engine.resend import ENDS, Confirmation, Repeater
from conformance.exchange.exchange import TransportFailure
from conformance.reports.model import Repeats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.engine.log import Journal
    from conformance.requirements.violations import Breach
    from conformance.spec.catalogue import Catalogue
    from conformance.target.session import Api

__all__ = ["Confirmation", "confirm"]

SENDS_EACH = 25
SENDS_IN_ALL = 120
"""Requests by which one breach, and all of a run, are made small."""


def confirm(
    breaches: Mapping[str, Breach], journal: Journal, api: Api, catalogue: Catalogue
) -> dict[str, Confirmation]:
    """Send breaches again, the first one first, and make those small that break again at once.

    All are sent again before the first is made small. Nothing of this is evidence: a requirement is broken, or not,
    by what the stimuli have seen.

    Args:
        breaches: The breach of each requirement, by its id.
        journal: The evidence; it is left alone.
        api: What sends.
        catalogue: All requirements.

    Raises:
        SafetyError: A request names a batch that none may name.
        SuiteError: An oracle failed.
    """
    confirmations = {key: Confirmation(breach, Repeats()) for key, breach in breaches.items()}
    repeater = Repeater(api, journal, catalogue)
    try:
        for key, breach in breaches.items():
            confirmations[key] = repeater.repeat(key, breach)
    except ENDS as error:
        ended = Repeats(reason=str(error))
        return {
            key: known if known.repeats.known else replace(known, repeats=ended) for key, known in confirmations.items()
        }
    left = SENDS_IN_ALL
    for key, known in confirmations.items():
        if left and known.repeats.steady and not known.repeats.sequence and not _timed_out(known.smallest):
            shrinking = Shrinking(repeater, key, known.smallest, min(left, SENDS_EACH))
            try:
                shrinking.run(Random(f"shrinking of {key} {api.seed}"))  # noqa: S311 - reproducible, not secret
            except ENDS:
                break
            finally:
                confirmations[key] = replace(known, smallest=shrinking.smallest)
            left -= shrinking.sent
    return confirmations


def _timed_out(breach: Breach) -> bool:
    return isinstance(breach.exchange.outcome, TransportFailure) and breach.exchange.outcome.kind == "timeout"

"""Minimisation: drop every part of a request that is not needed to reproduce a violation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from conformance.engine.resend import RequestVariant

if TYPE_CHECKING:
    from random import Random

    from conformance.engine.resend import Resender
    from conformance.exchange.exchange import Header
    from conformance.requirements.violations import Violation

__all__ = ["Minimisation"]

SEARCH = settings(
    max_examples=20_000,
    phases=(Phase.generate, Phase.shrink),
    database=None,
    deadline=None,
    derandomize=False,
    print_blob=False,
)


class Minimisation:
    """The search for the smallest request that violates a requirement. Hypothesis draws variants to send.

    Attributes:
        smallest: The smallest violation so far.
        sent: Number of requests sent.
    """

    def __init__(self, resender: Resender, key: str, violation: Violation, max_requests: int) -> None:
        """Start from a violation; send at most `max_requests` requests."""
        self._resender = resender
        self._key = key
        self._start = violation
        self._max_requests = max_requests
        self._error: BaseException | None = None
        self._full = resender.full_variant(violation.exchange)
        self._answers: dict[RequestVariant, Violation | None] = {self._full: violation}
        self.smallest = violation
        self.sent = 0

    def run(self, random: Random) -> None:
        """Drop the parts that are not needed, then shorten the others; raises one of `RESEND_ERRORS`."""
        full = self._full
        self._resender.begin(f"shrinking of {self._key}")
        parts = st.builds(
            RequestVariant,
            characters=_either(None, full.characters),
            headers=st.tuples(*(_either(None, header) for header in full.headers)).map(_given),
            query=_either(first=False, second=full.query),
            octets=_either(0, full.octets),
        )
        kept = self._find(parts, RequestVariant(None, (), query=False, octets=0), full, random)
        if kept.characters is not None:
            shortest = min(self._resender.shortest_id(self._start.exchange.situation), kept.characters)
            lengths = st.integers(shortest, kept.characters).map(lambda number: replace(kept, characters=number))
            kept = self._find(lengths, replace(kept, characters=shortest), kept, random)
        if kept.octets:
            whole_body = kept
            bodies = st.integers(1, kept.octets).map(lambda number: replace(whole_body, octets=number))
            self._find(bodies, replace(kept, octets=1), kept, random)

    def _find(
        self,
        variants: st.SearchStrategy[RequestVariant],
        simplest: RequestVariant,
        start: RequestVariant,
        random: Random,
    ) -> RequestVariant:
        """Return the simplest variant that violates the requirement, as `start` does."""
        if simplest == start or self._violates(simplest):
            self.smallest = self._answers[simplest] or self._start
            return simplest
        started = False

        def condition(drawn: tuple[RequestVariant, int]) -> bool:
            # Send nothing before `start` is drawn: it is known to violate, so no request is spent on searching for it.
            nonlocal started
            started = started or drawn[0] == start
            return started and self._violates(drawn[0])

        try:
            # Hypothesis tries no value twice. The number lets it draw a variant again that it drew before `start`.
            found, _ = find(st.tuples(variants, st.integers(0, 1 << 16)), condition, settings=SEARCH, random=random)
        except HypothesisException:
            found = start
        self.smallest = self._answers[found] or self._start
        if self._error is not None:
            raise self._error
        return found

    def _violates(self, variant: RequestVariant) -> bool:
        """Send a variant once; an error is kept for later, since Hypothesis would take it for a failing example."""
        if variant not in self._answers:
            if self._error is not None or self.sent >= self._max_requests:
                return False
            self.sent += 1
            try:
                violation = self._resender.send_variant(self._key, self._start.exchange, variant)
            except BaseException as error:
                self._error = error
                if isinstance(error, Exception):
                    return False
                raise
            # A documented request is a better example than a smaller one that is not documented.
            worse = violation is not None and violation.rank[0] > self._start.rank[0]
            self._answers[variant] = None if worse else violation
        return self._answers[variant] is not None


def _either(first: object, second: object) -> st.SearchStrategy[object]:
    return st.just(first) if first == second else st.sampled_from([first, second])


def _given(headers: tuple[Header | None, ...]) -> tuple[Header, ...]:
    return tuple(header for header in headers if header is not None)

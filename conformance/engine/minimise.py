"""Breaches are made small: what a request breaks a requirement without is left out of it."""

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
    """The search for the smallest request that breaks a requirement: Hypothesis proposes, and the target answers.

    Attributes:
        smallest: The smallest breach so far.
        sent: Requests that this took.
    """

    def __init__(self, repeater: Resender, key: str, violation: Violation, most: int) -> None:
        """Start from a breach, with a number of requests that it may take."""
        self._repeater = repeater
        self._key = key
        self._start = violation
        self._most = most
        self._error: BaseException | None = None
        self._whole = repeater.whole(violation.exchange)
        self._answers: dict[RequestVariant, Violation | None] = {self._whole: violation}
        self.smallest = violation
        self.sent = 0

    def run(self, random: Random) -> None:
        """Leave out what is not needed, and then shorten what is; raises one of `ENDS`."""
        whole = self._whole
        self._repeater.begin(f"shrinking of {self._key}")
        parts = st.builds(
            RequestVariant,
            characters=_either(None, whole.characters),
            headers=st.tuples(*(_either(None, header) for header in whole.headers)).map(_given),
            query=_either(first=False, second=whole.query),
            octets=_either(0, whole.octets),
        )
        kept = self._find(parts, RequestVariant(None, (), query=False, octets=0), whole, random)
        if kept.characters is not None:
            least = min(self._repeater.least(self._start.exchange.situation), kept.characters)
            lengths = st.integers(least, kept.characters).map(lambda number: replace(kept, characters=number))
            kept = self._find(lengths, replace(kept, characters=least), kept, random)
        if kept.octets:
            shorter = kept
            bodies = st.integers(1, kept.octets).map(lambda number: replace(shorter, octets=number))
            self._find(bodies, replace(kept, octets=1), kept, random)

    def _find(
        self,
        variants: st.SearchStrategy[RequestVariant],
        simplest: RequestVariant,
        start: RequestVariant,
        random: Random,
    ) -> RequestVariant:
        """Return the simplest variant that breaks the requirement, as `start` does."""
        if simplest == start or self._breaks(simplest):
            self.smallest = self._answers[simplest] or self._start
            return simplest
        begun = False

        def condition(drawn: tuple[RequestVariant, int]) -> bool:
            # What is known to break has to come first; nothing is sent to find it by chance.
            nonlocal begun
            begun = begun or drawn[0] == start
            return begun and self._breaks(drawn[0])

        try:
            # Hypothesis asks nothing twice; by the number, what was drawn too early can be asked once more.
            found, _ = find(st.tuples(variants, st.integers(0, 1 << 16)), condition, settings=SEARCH, random=random)
        except HypothesisException:
            found = start
        self.smallest = self._answers[found] or self._start
        if self._error is not None:
            raise self._error
        return found

    def _breaks(self, variant: RequestVariant) -> bool:
        """Ask the target, once; an error is kept, since Hypothesis would take it for what it looks for."""
        if variant not in self._answers:
            if self._error is not None or self.sent >= self._most:
                return False
            self.sent += 1
            try:
                violation = self._repeater.send(self._key, self._start.exchange, variant)
            except BaseException as error:
                self._error = error
                if isinstance(error, Exception):
                    return False
                raise
            # A documented request says more than a smaller one that is not.
            worse = violation is not None and violation.rank[0] > self._start.rank[0]
            self._answers[variant] = None if worse else violation
        return self._answers[variant] is not None


def _either(first: object, second: object) -> st.SearchStrategy[object]:
    return st.just(first) if first == second else st.sampled_from([first, second])


def _given(headers: tuple[Header | None, ...]) -> tuple[Header, ...]:
    return tuple(header for header in headers if header is not None)

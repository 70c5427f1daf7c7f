"""Resend: send a request or a scenario again, unchanged or with parts of the request left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.engine.log import RunLog, is_shortened
from conformance.errors import (
    CredentialsRefusedError,
    IamError,
    LedgerError,
    LimitError,
    NoBatchError,
    TargetLostError,
    ThrottledError,
)
from conformance.exchange.classification import BatchState, Project
from conformance.exchange.identifiers import UUID, UUID_LENGTH
from conformance.exchange.paths import with_batch_id
from conformance.reports.model import Repeats
from conformance.requirements import SCENARIOS
from conformance.requirements.oracle_registry import exchange_oracles, judge
from conformance.requirements.violations import Violation
from conformance.target.batches import UNIQUE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.classification import Situation
    from conformance.exchange.exchange import Exchange, Header, Request
    from conformance.spec.catalogue import Catalogue
    from conformance.target.session import Session

__all__ = ["RESEND_ERRORS", "USES_UP_A_BATCH", "Confirmation", "RequestVariant", "Resender"]

RESENDS_AT_MOST = 10
"""Maximum number of times that a violation is sent again."""
SCENARIO_REPLAYS = 2
"""Times that the whole scenario is played again if the request alone does not reproduce the violation."""
REPLAYED_REQUESTS_AT_MOST = 12
"""A scenario with more requests than this is not played again."""

RESEND_ERRORS = (
    LimitError,
    TargetLostError,
    ThrottledError,
    CredentialsRefusedError,
    IamError,
    LedgerError,
    ConnectionError,
    NoBatchError,
)
"""Errors after which nothing more is sent again. What was found before them is reported."""

USES_UP_A_BATCH = "it would use up a batch"
"""The reason why a violation is not sent again."""


@dataclass(frozen=True)
class Confirmation:
    """The result of sending a violation again.

    Attributes:
        smallest: The smallest violation that was seen.
        repeats: How often it was sent again and reproduced.
    """

    smallest: Violation
    repeats: Repeats


@dataclass(frozen=True)
class RequestVariant:
    """The parts of a request that are kept.

    Attributes:
        characters: Number of leading characters of an odd ID; None to use a canonical ID instead.
        headers: Header lines that a canonical commit does not have.
        query: Whether the query is kept.
        octets: Number of leading octets of the body.
    """

    characters: int | None
    headers: tuple[Header, ...]
    query: bool
    octets: int


class Resender:
    """Sends violations again, with another batch if the first one may be in another state now."""

    def __init__(self, session: Session, log: RunLog, catalogue: Catalogue) -> None:
        self._session = session
        self._log = log
        self._batches = session.batches
        self._catalogue = catalogue
        self._canonical_headers = session.commit("").headers

    def begin(self, purpose: str) -> None:
        """Make the next batches depend on this purpose and the seed alone."""
        self._batches.begin(purpose)

    def confirm(self, key: str, violation: Violation) -> Confirmation:
        """Send a violation again, several times if it is not reproduced at once; raises one of `RESEND_ERRORS`."""
        sequence, exchange = key not in exchange_oracles(self._catalogue), violation.exchange
        if self._replay_uses_up_batch(exchange.scenario) if sequence else self._uses_up_batch(exchange):
            return Confirmation(violation, Repeats(reason=USES_UP_A_BATCH))

        def violates() -> bool:
            if sequence:
                return self.play(exchange.scenario).records[key].smallest is not None
            return self.send_variant(key, exchange, self.full_variant(exchange)) is not None

        self.begin(f"confirmation of {key}")
        violated = [violates()]
        if not violated[0] and not sequence:
            last = self._replay_scenario(key, exchange.scenario)
            if last is not None:
                return Confirmation(last, Repeats(SCENARIO_REPLAYS, SCENARIO_REPLAYS, sequence=True))
        while not violated[0] and len(violated) < RESENDS_AT_MOST:
            violated.append(violates())
        return Confirmation(violation, Repeats(len(violated), sum(violated), sequence=sequence))

    def full_variant(self, exchange: Exchange) -> RequestVariant:
        """Return the variant that keeps every part of a request."""
        situation, request = exchange.situation, exchange.request
        replaceable = situation.batch is BatchState.UNKNOWN or self._batches.can_create_batches
        odd = replaceable and situation.batch_id and not UUID.fullmatch(situation.batch_id)
        return RequestVariant(
            characters=len(situation.batch_id) if odd else None,
            headers=tuple(header for header in request.headers if header not in self._canonical_headers),
            query="?" in request.target,
            octets=len(request.body),
        )

    def shortest_id(self, situation: Situation) -> int:
        """Return how many characters an odd ID needs so that it cannot be the ID of another batch."""
        if not self._batches.can_create_batches:
            return UUID_LENGTH if UUID.match(situation.batch_id) else len(situation.batch_id)
        return 1 if situation.batch is BatchState.UNKNOWN else UNIQUE

    def send_variant(self, key: str, exchange: Exchange, variant: RequestVariant) -> Violation | None:
        """Send a variant of a request and return the violation, if any; raises one of `RESEND_ERRORS`."""
        request = self._request(exchange, variant)
        # That an earlier call may have changed the state of the batch cannot be read from the request.
        override = BatchState.UNCERTAIN if exchange.situation.batch is BatchState.UNCERTAIN else None
        return self.send_request(request, exchange.scenario, batch=override).records[key].smallest

    def send_request(self, request: Request, scenario: str, *, batch: BatchState | None = None) -> RunLog:
        """Send a request unchanged and return a log of that alone; raises one of `RESEND_ERRORS`."""
        return self._with_own_log(scenario, lambda session, _: session.send(request, batch=batch))

    def play(self, name: str) -> RunLog:
        """Play a scenario again and return a log of that alone; raises one of `RESEND_ERRORS`."""
        play = SCENARIOS[name].run
        return self._with_own_log(name, lambda session, log: log.add_sequence(name, play(session)))

    def _replay_scenario(self, key: str, scenario: str) -> Violation | None:
        """Play a short scenario again; return its first violation if it violates at the same places each time."""
        played = [exchange for exchange in self._log.exchanges if exchange.scenario == scenario]
        if scenario not in SCENARIOS or len(played) > REPLAYED_REQUESTS_AT_MOST or self._replay_uses_up_batch(scenario):
            return None
        if any(map(is_shortened, played)):
            return None
        violations: list[Violation] = []
        for _ in range(SCENARIO_REPLAYS):
            again = self.play(scenario).exchanges
            if any(map(is_shortened, again)):
                return None
            violations = self._violations(key, again)
            places = [len(violation.before) for violation in violations]
            if places != [len(violation.before) for violation in self._violations(key, played)]:
                return None
        return violations[0]

    def _violations(self, key: str, exchanges: Sequence[Exchange]) -> list[Violation]:
        """Return each exchange that violates the requirement, with those before it."""
        judged = [judge(exchange, self._catalogue, _ignore).get(key) for exchange in exchanges]
        return [
            Violation(judgement, exchanges[place], tuple(exchanges[:place]))
            for place, judgement in enumerate(judged)
            if judgement is not None and not judgement.passed
        ]

    def _with_own_log(self, scenario: str, send: Callable[[Session, RunLog], object]) -> RunLog:
        """Call `send` and return a log of what it sent; raises one of `RESEND_ERRORS`."""
        log = RunLog(self._catalogue)
        session = self._session.with_log(log)
        session.scenario = scenario
        send(session, log)
        if log.throttled:
            raise ThrottledError("the target asks to retry later")
        return log

    def _replay_uses_up_batch(self, name: str) -> bool:
        """Return whether playing a scenario again may use up a batch that the user has named."""
        if self._batches.can_create_batches:
            return False
        played = [exchange for exchange in self._log.exchanges if exchange.scenario == name]
        return BatchState.READY in SCENARIOS[name].needs or any(map(self._uses_up_batch, played))

    def _uses_up_batch(self, exchange: Exchange) -> bool:
        """Return whether sending a request again may use up a batch that the user has named."""
        if self._batches.can_create_batches:
            return False
        # A target may take any ID in a scenario with a validated batch for the ID of that batch.
        beside_ready = exchange.scenario in SCENARIOS and BatchState.READY in SCENARIOS[exchange.scenario].needs
        if beside_ready or exchange.situation.batch_id in self._batches.committable:
            return True
        return exchange.situation.batch is not BatchState.UNKNOWN and exchange.may_have_committed

    def _request(self, exchange: Exchange, variant: RequestVariant) -> Request:
        """Build the variant of a request; a dropped header is replaced by the canonical one of the same name."""
        request, situation = exchange.request, exchange.situation
        path, _, query = request.target.partition("?")
        new = self._id(situation, variant.characters)
        if new != situation.batch_id:
            path = with_batch_id(path, situation.batch_id, new)
        headers: list[Header] = []
        for header in request.headers:
            if header in self._canonical_headers or header in variant.headers:
                headers.append(header)
            else:
                sent = {*request.headers, *headers}
                headers += [
                    usual for usual in self._canonical_headers if _same_name(usual, header) and usual not in sent
                ]
        return replace(
            request,
            target=f"{path}?{query}" if variant.query else path,
            headers=tuple(headers),
            body=request.body[: variant.octets],
        )

    def _id(self, situation: Situation, characters: int | None) -> str:
        """Return the ID of a batch in the same state as the original batch had when the request was sent."""
        old, batches = situation.batch_id, self._batches
        if not old:
            return ""
        if situation.batch is BatchState.UNKNOWN:
            return batches.unknown() if characters is None else old[:characters]
        if not batches.can_create_batches:
            return old
        known = batches.states.get(old)
        elsewhere = situation.project is Project.FOREIGN and situation.batch is BatchState.READY and known is None
        if elsewhere or BatchState.FOREIGN in (situation.batch, known):
            return batches.foreign()
        state = BatchState.READY if situation.batch is BatchState.UNCERTAIN else situation.batch
        if characters is None:
            return batches.allocate(state)
        return batches.allocate(state, lambda uuid: f"{uuid[:UNIQUE]}{old[UNIQUE:]}"[:characters])


def _ignore(_requirement_id: str, _reason: str) -> None:
    """Ignore a requirement that is void for an answer, which is not a violation."""


def _same_name(one: Header, other: Header) -> bool:
    return one[0].lower() == other[0].lower()

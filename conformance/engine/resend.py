"""What was sent once is sent again: as it was, or with parts of it left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.engine.log import RunLog
from conformance.errors import (
    CredentialsRefusedError,
    IamError,
    LedgerError,
    LimitError,
    NoBatchError,
    TargetLostError,
    ThrottledError,
)
from conformance.exchange.classification import BatchState, Project, with_batch_id
from conformance.exchange.identifiers import UUID, UUID_LENGTH
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

__all__ = ["CANNOT_SEND", "COSTS", "Confirmation", "RequestVariant", "Resender"]

RESENDS = 10
"""Times that a breach is sent again which does not show at once."""
REPLAYS = 2
"""Times that what was sent before is sent as well, if a breach does not show without it."""
REPLAYED = 12
"""Requests of a scenario above which that is not done."""


CANNOT_SEND = (
    LimitError,
    TargetLostError,
    ThrottledError,
    CredentialsRefusedError,
    IamError,
    LedgerError,
    ConnectionError,
    NoBatchError,
)
"""What keeps more from being sent; what has been found until then stands."""

COSTS = "it would use up a batch"


@dataclass(frozen=True)
class Confirmation:
    """What became of a breach that was sent again.

    Attributes:
        smallest: The smallest breach that was seen.
        repeats: How often it was sent again, and broke.
    """

    smallest: Violation
    repeats: Repeats


@dataclass(frozen=True)
class RequestVariant:
    """What is kept of a request.

    Attributes:
        characters: Of an odd ID, from its beginning; None for a plain one in its place.
        headers: Header lines that a plain commit does not have.
        query: Whether the query is.
        octets: Of the body, from its beginning.
    """

    characters: int | None
    headers: tuple[Header, ...]
    query: bool
    octets: int


class Resender:
    """Sends a breach again, with another batch where the first one is no longer what it was."""

    def __init__(self, session: Session, log: RunLog, catalogue: Catalogue) -> None:
        self._session = session
        self._log = log
        self._batches = session.batches
        self._catalogue = catalogue
        self._plain = session.commit("").headers

    def begin(self, what: str) -> None:
        """Make the batches that follow depend on this and the seed alone."""
        self._batches.begin(what)

    def repeat(self, key: str, violation: Violation) -> Confirmation:
        """Send a breach again, and over again if it does not show; raises one of `ENDS`."""
        sequence, exchange = key not in exchange_oracles(self._catalogue), violation.exchange
        if self._replay_costs(exchange.scenario) if sequence else self._costs(exchange):
            return Confirmation(violation, Repeats(reason=COSTS))

        def breaks() -> bool:
            if sequence:
                return self.played(exchange.scenario).records[key].smallest is not None
            return self.send(key, exchange, self.whole(exchange)) is not None

        self.begin(f"confirmation of {key}")
        broken = [breaks()]
        if not broken[0] and not sequence:
            last = self._with_what_was_before(key, exchange.scenario)
            if last is not None:
                return Confirmation(last, Repeats(REPLAYS, REPLAYS, sequence=True))
        while not broken[0] and len(broken) < RESENDS:
            broken.append(breaks())
        return Confirmation(violation, Repeats(len(broken), sum(broken), sequence=sequence))

    def whole(self, exchange: Exchange) -> RequestVariant:
        """Say what there is in a request that a plain one does not have."""
        situation, request = exchange.situation, exchange.request
        ours = situation.batch is BatchState.UNKNOWN or self._batches.can_create_batches
        odd = ours and situation.batch_id and not UUID.fullmatch(situation.batch_id)
        return RequestVariant(
            characters=len(situation.batch_id) if odd else None,
            headers=tuple(header for header in request.headers if header not in self._plain),
            query="?" in request.target,
            octets=len(request.body),
        )

    def least(self, situation: Situation) -> int:
        """Return the least characters of an odd ID that name no batch but the one they are to name."""
        if not self._batches.can_create_batches:
            return UUID_LENGTH if UUID.match(situation.batch_id) else len(situation.batch_id)
        return 1 if situation.batch is BatchState.UNKNOWN else UNIQUE

    def send(self, key: str, exchange: Exchange, variant: RequestVariant) -> Violation | None:
        """Send a variant of a request; returns the breach of this requirement, if it is one; raises one of `ENDS`."""
        request = self._request(exchange, variant)
        # What an earlier call may have left of a batch is no matter of the request.
        override = BatchState.UNCERTAIN if exchange.situation.batch is BatchState.UNCERTAIN else None
        return self.sent(request, exchange.scenario, batch=override).records[key].smallest

    def sent(self, request: Request, scenario: str, *, batch: BatchState | None = None) -> RunLog:
        """Send a request as it is; returns a journal of that alone; raises one of `ENDS`."""
        return self._with_own_log(scenario, lambda session, _: session.send(request, batch=batch))

    def played(self, name: str) -> RunLog:
        """Play a scenario again; returns a journal of that alone; raises one of `ENDS`."""
        play = SCENARIOS[name].run
        return self._with_own_log(name, lambda session, log: log.add_sequence(name, play(session)))

    def _with_what_was_before(self, key: str, scenario: str) -> Violation | None:
        """Play a short scenario again; returns its first breach if it breaks again at the same places each time."""
        played = [exchange for exchange in self._log.exchanges if exchange.scenario == scenario]
        if scenario not in SCENARIOS or len(played) > REPLAYED or self._replay_costs(scenario):
            return None
        violations: list[Violation] = []
        for _ in range(REPLAYS):
            again = self.played(scenario).exchanges
            violations = self._breaches(key, again)
            places = [len(violation.before) for violation in violations]
            if places != [len(violation.before) for violation in self._breaches(key, played)]:
                return None
        return violations[0]

    def _breaches(self, key: str, exchanges: Sequence[Exchange]) -> list[Violation]:
        judged = [judge(exchange, self._catalogue).get(key) for exchange in exchanges]
        return [
            Violation(judgement, exchanges[place], tuple(exchanges[:place]))
            for place, judgement in enumerate(judged)
            if judgement is not None and not judgement.passed
        ]

    def _with_own_log(self, scenario: str, send: Callable[[Session, RunLog], object]) -> RunLog:
        """Send something, and return a journal of that alone; raises one of `ENDS`."""
        log = RunLog(self._catalogue)
        session = self._session.with_log(log)
        session.scenario = scenario
        send(session, log)
        if log.throttled:
            raise ThrottledError("the target asks to come again later")
        return log

    def _replay_costs(self, name: str) -> bool:
        """Tell whether playing a scenario again may use up a batch that the user has named."""
        if self._batches.can_create_batches:
            return False
        played = [exchange for exchange in self._log.exchanges if exchange.scenario == name]
        return BatchState.READY in SCENARIOS[name].needs or any(map(self._costs, played))

    def _costs(self, exchange: Exchange) -> bool:
        """Tell whether sending this again may do so."""
        if self._batches.can_create_batches:
            return False
        # What is sent beside a validated batch may name it in the end, or be taken for it.
        beside = exchange.scenario in SCENARIOS and BatchState.READY in SCENARIOS[exchange.scenario].needs
        if beside or exchange.situation.batch_id in self._batches.committable:
            return True
        return exchange.situation.batch is not BatchState.UNKNOWN and 200 <= exchange.status < 300

    def _request(self, exchange: Exchange, variant: RequestVariant) -> Request:
        request, situation = exchange.request, exchange.situation
        path, _, query = request.target.partition("?")
        new = self._id(situation, variant.characters)
        if new != situation.batch_id:
            path = with_batch_id(path, situation.batch_id, new)
        headers: list[Header] = []
        for header in request.headers:
            if header in self._plain or header in variant.headers:
                headers.append(header)
            else:
                sent = {*request.headers, *headers}
                headers += [plain for plain in self._plain if _same_name(plain, header) and plain not in sent]
        return replace(
            request,
            target=f"{path}?{query}" if variant.query else path,
            headers=tuple(headers),
            body=request.body[: variant.octets],
        )

    def _id(self, situation: Situation, characters: int | None) -> str:
        """Return the ID to name: of a batch in the state in which the first one was when it was named."""
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


def _same_name(one: Header, other: Header) -> bool:
    return one[0].lower() == other[0].lower()

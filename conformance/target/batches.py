"""The batches that requests may name: which there are, in which state, and which have been used."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from conformance.errors import NoBatchError
from conformance.exchange.classification import BatchState, Project
from conformance.exchange.exchange import TransportFailure
from conformance.exchange.identifiers import random_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.exchange.exchange import Exchange, Request
    from conformance.target.ledger import Ledger

__all__ = ["OPTIONS", "Batches", "Provider", "Shape"]


Shape = Callable[[str], str]


class Provider(Protocol):
    """Creates batches in a given state, as the mock's control interface can."""

    def begin(self, scenario: str) -> None:
        """Make the IDs of the next batches depend on the stimulus and the seed alone."""

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Create a batch, in the account's project or in the foreign one, and return its ID.

        The shape makes the ID out of a fresh UUID.
        """


UNIQUE = 8
"""Characters at the beginning of an ID that distinguish it from all others."""

SLASH = re.compile(r"[/\\]|%(?:25)*(?:2f|5c)", re.IGNORECASE)
"""What some server takes for a slash, sooner or later."""

UNDELIVERED = ("not-sent", "unsendable", "unreachable")

OPTIONS = {
    BatchState.READY: "--ready-job",
    BatchState.VALIDATING: "--validating-job",
    BatchState.FAILED: "--failed-job",
    BatchState.COMMITTED: "--committed-job",
}
"""The option that names batches in each state."""


class Batches:
    """A supply of batches: those that the user named, or as many as wanted where the target can create them.

    A validated batch is handed out once by `take`: once in this run, and once in all runs where there is a ledger.
    `bait` hands out the same one again as long as it has not been committed: it is what refusals are tried on, since a
    refusal proves little on a batch that nobody could commit.

    Attributes:
        states: What is known of each batch; a batch that is not listed is unknown to the target.
        committable: The batches that could be committed when they were named or created.
    """

    def __init__(
        self,
        named: Mapping[BatchState, Sequence[str]],
        *,
        seed: int,
        provider: Provider | None,
        ledger: Ledger | None = None,
    ) -> None:
        """Take the batches that the user named, what can create more of them, and what remembers those used before."""
        self._named = {state: list(dict.fromkeys(ids)) for state, ids in named.items()}
        self._ledger = ledger
        self._lost: list[str] = []
        self._provider = provider
        self._seed = seed
        self._reusable_ready: str | None = None
        self.begin("")
        self.states = {batch_id: state for state, ids in self._named.items() for batch_id in ids}
        self.committable = set(self._named.get(BatchState.READY, ()))

    def begin(self, scenario: str) -> None:
        """Make all that follows depend on the stimulus and the seed, and on nothing that was sent before."""
        self._random = random.Random(f"unknown {self._seed} {scenario}")  # noqa: S311 - reproducible, not secret
        if self._provider is not None:
            self._provider.begin(scenario)
            self._reusable_ready = None

    @property
    def can_create_batches(self) -> bool:
        """Whether more batches can be created at will."""
        return self._provider is not None

    def has(self, state: BatchState) -> bool:
        """Say whether a batch in this state can be had."""
        if state is BatchState.UNKNOWN or self.can_create_batches:
            return True
        ids = self._named.get(state, [])
        if state is BatchState.READY and self._ledger is not None:
            return len(self._ledger.used(ids)) < len(ids)
        return bool(ids)

    def unknown(self) -> str:
        """Return an ID that no batch has: a random UUID, as the service issues them."""
        return random_uuid(self._random)

    def invented(self, text: str) -> str:
        """Return an ID made of this text that no batch has.

        Where batches are not ours to create, one may be called anything; a random beginning keeps clear of it. So does
        one after each slash, since a server that decodes a path before it splits it may climb up from there.
        """
        if self.can_create_batches:
            return text
        clear = f"{self.unknown()}-"
        return clear + SLASH.sub(lambda slash: slash[0] + clear, text)

    def allocate(self, state: BatchState, shape: Shape = str) -> str:
        """Return a batch in this state; raises `NoBatchError`.

        An ID of another shape than the UUID's can be had only where batches are created at will.
        Validated batches are handed out once; in the other states, whose commits are to be refused, they serve again.
        Raises `LedgerError` if it cannot be put down that a validated batch has been handed out.
        """
        if state is BatchState.UNKNOWN:
            return self.unknown()
        if self._provider is not None:
            batch_id = self._provider.create(state, shape=shape)
            self.states[batch_id] = state
            if state is BatchState.READY:
                self.committable.add(batch_id)
            return batch_id
        ids = self._named.get(state, [])
        if state is BatchState.READY:
            return self._claim(ids)
        if not ids:
            raise NoBatchError(f"no batch in state {state.value!r} is left; name one with {OPTIONS[state]}")
        return self._random.choice(ids)

    def _claim(self, ids: list[str]) -> str:
        """Hand out the first of these batches that has never been handed out."""
        while ids:
            batch_id = ids.pop(0)
            if self._ledger is None or self._ledger.claim(batch_id):
                return batch_id
            self._lost.append(batch_id)
        raise NoBatchError(f"no validated batch is left{self._used_before()}; name one with --ready-job")

    def _used_before(self) -> str:
        """Return what there is to say of the validated batches that others have used."""
        used = self._ledger.used(self._lost) if self._ledger is not None else {}
        if not used:
            return ""
        batch_id, use = next(iter(used.items()))
        return f", since {len(used)} have been used before, such as {batch_id} ({use})"

    def foreign(self) -> str:
        """Return a validated batch of the foreign project, where one can be created; else an ID that no batch has."""
        if self._provider is None:
            return self.unknown()
        batch_id = self._provider.create(BatchState.READY, foreign=True)
        self.states[batch_id] = BatchState.FOREIGN
        return batch_id

    def reusable_ready(self) -> str:
        """Return a validated batch that refusals are tried on; raises `NoBatchError`."""
        if self._reusable_ready is None or self.states[self._reusable_ready] is not BatchState.READY:
            self._reusable_ready = self.allocate(BatchState.READY)
        return self._reusable_ready

    def forget_reusable_ready(self) -> None:
        """Make `bait` take another batch the next time."""
        self._reusable_ready = None

    def may_be_committed_by(self, request: Request) -> bool:
        """Return whether a request may commit a batch: one that the user named, or that was created, occurs in it.

        The beginning of its ID suffices, anywhere: a careless server may take what resembles the ID for the batch.
        """
        headers = (text for header in request.headers for text in header)
        text = "\n".join((unquote(request.target), *headers, request.body.decode(errors="replace"))).casefold()
        return any(batch_id[:UNIQUE].casefold() in text for batch_id in self.states)

    def another(self, batch_id: str) -> str | None:
        """Return a new batch in the state that a batch is known to be in, with an ID of the same shape.

        None if there cannot be one, since batches are not created at will or the state of this one is uncertain.
        """
        state = self.states.get(batch_id)
        if self._provider is None or state in (None, BatchState.UNCERTAIN):
            return None
        if state is BatchState.FOREIGN:
            return self.foreign()
        return self.allocate(state, lambda uuid: f"{uuid[:UNIQUE]}{batch_id[UNIQUE:]}")

    def learn(self, exchange: Exchange) -> None:
        """Update what is known of the batch that an exchange named."""
        batch_id = exchange.situation.batch_id
        if self.states.get(batch_id) is not BatchState.READY:
            return
        outcome = exchange.outcome
        if isinstance(outcome, TransportFailure):
            if outcome.kind not in UNDELIVERED:
                self.states[batch_id] = BatchState.UNCERTAIN
            elif outcome.kind == "not-sent" and exchange.situation.documented:
                self.states[batch_id] = BatchState.COMMITTED  # a rehearsal goes by what is likely
        elif exchange.status < 300:
            documented = exchange.situation.operation is not None and exchange.situation.project is Project.OWN
            self.states[batch_id] = BatchState.COMMITTED if documented else BatchState.UNCERTAIN
        elif exchange.status >= 500 or exchange.situation.documented:
            # It should have been committed; whatever kept it from that, it is no bait any more.
            self.states[batch_id] = BatchState.UNCERTAIN

"""The batches that requests may name, their states, and which of them have been used."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

from conformance.errors import NoBatchError
from conformance.exchange.classification import BatchState, Project
from conformance.exchange.exchange import UNDELIVERED, TransportFailure
from conformance.exchange.identifiers import random_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.exchange.exchange import Exchange, Request
    from conformance.target.ledger import Ledger

__all__ = ["OPTIONS", "Batches", "Provider", "Shape"]


Shape = Callable[[str], str]
"""Makes a batch ID of a fresh UUID."""


class Provider(Protocol):
    """Creates batches in a given state, as the mock's control interface does."""

    def begin(self, scenario: str) -> None:
        """Make the IDs of the next batches depend only on the scenario and the seed."""

    def create(self, state: BatchState, *, foreign: bool = False, shape: Shape = str) -> str:
        """Create a batch in the account's project, or in the foreign one, and return its ID."""


UNIQUE = 8
"""Characters at the beginning of a UUID that make it unlikely to be that of another batch."""

SLASH = re.compile(r"[/\\]|%(?:25)*(?:2f|5c)", re.IGNORECASE)
"""Spellings of a slash: plain, a backslash, or percent-encoded any number of times."""

OPTIONS = {
    BatchState.READY: "--ready-job",
    BatchState.VALIDATING: "--validating-job",
    BatchState.FAILED: "--failed-job",
    BatchState.COMMITTED: "--committed-job",
    BatchState.FOREIGN: "--foreign-job",
}
"""The option that names batches in each state."""

REFUSED_STATES = (BatchState.VALIDATING, BatchState.FAILED, BatchState.FOREIGN)
"""States in which a target refuses to commit a batch; it may commit one by mistake, or since its state has changed."""


class Batches:
    """The batches of a run: those that the user named, or any number if the target can create them.

    `allocate` returns each validated batch once: once in this run, and with a ledger once in all runs.
    `reusable_ready` returns the same validated batch until it is committed. It is for requests that the target should
    reject: a rejection proves little unless the batch could have been committed.

    Attributes:
        states: The known state of each batch; a batch that is not listed is unknown to the target.
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
        """Start with the batches that the user named.

        Args:
            named: The IDs of the named batches in each state.
            seed: The seed of the run.
            provider: Creates more batches; None if the target cannot.
            ledger: Records the use of validated batches; None to keep no record.
        """
        self._named = {state: list(dict.fromkeys(ids)) for state, ids in named.items()}
        self._given = {batch_id: state for state, ids in self._named.items() for batch_id in ids}
        if ledger is not None:
            for state in REFUSED_STATES:
                # One that an earlier run may have committed is in another state now.
                used = ledger.used(self._named.get(state, ()))
                self._named[state] = [batch_id for batch_id in self._named.get(state, ()) if batch_id not in used]
        self._ledger = ledger
        self._announced: Counter[str] = Counter()  # answers that are awaited
        self._used_before: list[str] = []
        self._provider = provider
        self._seed = seed
        self._reusable_ready: str | None = None
        self.begin("")
        self.states = {batch_id: state for state, ids in self._named.items() for batch_id in ids}
        self._starts: dict[str, str] = {}  # the start of each ID, as it is looked for in each request
        self.committable = set(self._named.get(BatchState.READY, ()))

    def begin(self, scenario: str) -> None:
        """Make the next batches depend only on the scenario and the seed, not on earlier requests."""
        self._random = random.Random(f"unknown {self._seed} {scenario}")  # noqa: S311 - reproducible, not secret
        if self._provider is not None:
            self._provider.begin(scenario)
            self._reusable_ready = None

    @property
    def can_create_batches(self) -> bool:
        """Return whether any number of batches can be created."""
        return self._provider is not None

    @property
    def at_stake(self) -> int | None:
        """Number of named batches that a target could commit; None if batches can be created."""
        others = (*self._named.get(BatchState.VALIDATING, ()), *self._named.get(BatchState.FOREIGN, ()))
        return None if self.can_create_batches else len({*self.committable, *others})

    def has(self, state: BatchState) -> bool:
        """Return whether a batch in this state is available."""
        if state is BatchState.UNKNOWN or self.can_create_batches:
            return True
        ids = self._named.get(state, [])
        if state is BatchState.READY and self._ledger is not None:
            return len(self._ledger.used(ids)) < len(ids)
        return bool(ids)

    def describe_missing(self, state: BatchState) -> str:
        """Return why no batch in a state is available, and the option that names one."""
        given = sum(known is state for known in self._given.values())
        if not given:
            return f"needs {OPTIONS[state]}"
        used = "the one that was given is" if given == 1 else f"all {given} that were given are"
        return f"needs another {OPTIONS[state]}, since {used} used up"

    def unknown(self) -> str:
        """Return an ID that no batch has: a random UUID, in the format of the service."""
        return random_uuid(self._random)

    def invented(self, text: str) -> str:
        """Return an ID that contains this text and that no batch has.

        Unless the run creates the batches itself, an existing batch may have any ID. A random prefix makes the ID
        differ from all of them. The prefix is repeated after each slash, since a server that decodes a path before it
        splits it may use the part after the slash as an ID.
        """
        if self.can_create_batches:
            return text
        prefix = f"{self.unknown()}-"
        return prefix + SLASH.sub(lambda slash: slash[0] + prefix, text)

    def allocate(self, state: BatchState, shape: Shape = str) -> str:
        """Return a batch in this state.

        Each validated batch is returned once. A batch in another state, whose commit the target should reject, may be
        returned again. The shape has no effect on batches that the user named.

        Raises:
            NoBatchError: No batch in this state is left.
            LedgerError: The use of a validated batch cannot be recorded.
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
        """Return the first of these batches that has never been used, and record its use."""
        while ids:
            batch_id = ids.pop(0)
            if self._ledger is None or self._ledger.claim(batch_id):
                return batch_id
            self._used_before.append(batch_id)
        raise NoBatchError(f"no validated batch is left{self._describe_used()}; name one with --ready-job")

    def give_back(self, exchange: Exchange) -> None:
        """Make the validated batch of a call that was rejected before the run began available to the run."""
        batch_id = exchange.situation.batch_id
        if self._provider is None and not exchange.may_have_committed:
            self._named[BatchState.READY].insert(0, batch_id)
            self.states[batch_id] = BatchState.READY
            if self._ledger is not None:
                self._ledger.release(batch_id)

    def _describe_used(self) -> str:
        """Return a clause on the validated batches that other runs have used; empty if there are none."""
        used = self._ledger.used(self._used_before) if self._ledger is not None else {}
        if not used:
            return ""
        batch_id, use = next(iter(used.items()))
        return f", since {len(used)} have been used before, such as {batch_id} ({use})"

    def foreign(self) -> str:
        """Return a validated batch of the foreign project, created or named; else an ID that no batch has."""
        if self._provider is None:
            named = self._named.get(BatchState.FOREIGN)
            return self._random.choice(named) if named else self.unknown()
        batch_id = self._provider.create(BatchState.READY, foreign=True)
        self.states[batch_id] = BatchState.FOREIGN
        return batch_id

    def reusable_ready(self) -> str:
        """Return the validated batch for requests that the target should reject; raises `NoBatchError`."""
        if self._reusable_ready is None or self.states[self._reusable_ready] is not BatchState.READY:
            self._reusable_ready = self.allocate(BatchState.READY)
        return self._reusable_ready

    def forget_reusable_ready(self) -> None:
        """Make `reusable_ready` allocate another batch the next time."""
        self._reusable_ready = None

    def may_be_committed_by(self, request: Request) -> bool:
        """Return whether the request contains the ID of a named or created batch, or the start of one.

        Such a request may commit the batch, since a careless server may accept a similar ID.
        """
        return bool(self._mentioned(request))

    def names_foreign(self, request: Request) -> bool:
        """Return whether the request contains the ID of a batch of the foreign project, or the start of one."""
        return any(self.states[batch_id] is BatchState.FOREIGN for batch_id in self._mentioned(request))

    def _mentioned(self, request: Request) -> list[str]:
        """Return the known batches that a request may name: those whose ID it contains, or the start of their ID.

        Where it contains a whole ID, other batches with the same start are not meant.
        """
        headers = (text for header in request.headers for text in header)
        text = "\n".join((unquote(request.target), *headers, request.body.decode(errors="replace"))).casefold()
        if len(self._starts) < len(self.states):  # none is ever removed
            self._starts = {batch_id: batch_id[:UNIQUE].casefold() for batch_id in self.states}
        similar = {batch_id: start for batch_id, start in self._starts.items() if start in text}
        named = [batch_id for batch_id in similar if batch_id.casefold() in text]
        starts = {similar[batch_id] for batch_id in named}
        return named + [batch_id for batch_id, start in similar.items() if start not in starts]

    def announce(self, requests: Iterable[Request]) -> None:
        """Record in the ledger, until `update` gets all answers, each batch that should not be committed but might be.

        One that is said to be committed already stays recorded, after any answer.

        Raises:
            NoBatchError: Another run has used one of the others.
            LedgerError: That cannot be recorded.
        """
        if self._ledger is None:
            return
        for batch_id, number in Counter(name for request in requests for name in self._mentioned(request)).items():
            if batch_id in self._named.get(BatchState.COMMITTED, ()):
                self._ledger.claim(batch_id)
            elif self.states[batch_id] in REFUSED_STATES:
                if not self._announced[batch_id] and not self._ledger.claim(batch_id):
                    raise NoBatchError(f"batch {batch_id} has been used by another run")
                self._announced[batch_id] += number

    def replacement_for(self, batch_id: str) -> str | None:
        """Return a new batch in the same state as a batch, with an ID of the same shape.

        Return None if batches cannot be created, or if the state of the batch is uncertain.
        """
        state = self.states.get(batch_id)
        if self._provider is None or state in (None, BatchState.UNCERTAIN):
            return None
        if state is BatchState.FOREIGN:
            return self.foreign()
        return self.allocate(state, lambda uuid: f"{uuid[:UNIQUE]}{batch_id[UNIQUE:]}")

    def update(self, exchange: Exchange) -> None:
        """Update the state of the batch that an exchange named."""
        batch_id = exchange.situation.batch_id
        if self._provider is not None and exchange.throttled:
            return  # another batch takes its place, which must be in the same state
        if self._provider is None:
            self._settle(exchange)
        if self.states.get(batch_id) is not BatchState.READY:
            return
        outcome = exchange.outcome
        if isinstance(outcome, TransportFailure):
            if outcome.kind not in UNDELIVERED:
                self.states[batch_id] = BatchState.UNCERTAIN
            elif outcome.kind == "not-sent" and exchange.situation.documented:
                self.states[batch_id] = BatchState.COMMITTED  # what a dry run assumes
        elif exchange.status < 300:
            documented = exchange.situation.operation is not None and exchange.situation.project is Project.OWN
            self.states[batch_id] = BatchState.COMMITTED if documented else BatchState.UNCERTAIN
        elif exchange.may_have_committed or exchange.situation.documented:
            # The batch should have been committed, and may have been in spite of this answer.
            self.states[batch_id] = BatchState.UNCERTAIN

    def _settle(self, exchange: Exchange) -> None:
        """Withdraw the named batches that may have been committed, and what was recorded of the others."""
        for mentioned in self._mentioned(exchange.request):
            if exchange.may_have_committed:
                self._withdraw(mentioned)
            elif self._announced[mentioned] and self._ledger is not None:
                self._announced[mentioned] -= 1
                if not self._announced[mentioned]:
                    self._ledger.release(mentioned)

    def _withdraw(self, batch_id: str) -> None:
        """Use a batch that may have been committed no more, in this run or, as the ledger has it, in a later one."""
        state = self.states[batch_id]
        del self._announced[batch_id]  # it stays recorded, with any other answers
        if state in REFUSED_STATES:
            self._named[state].remove(batch_id)
        if state in (BatchState.READY, *REFUSED_STATES):
            self.states[batch_id] = BatchState.UNCERTAIN

"""The evidence that one process of several gathered, handed to the one that judges."""

from __future__ import annotations

import functools
import hashlib
import json
import pickle
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.journal import Journal
from conformance.reports.model import BUILT_IN, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.connection import Connection
    from conformance.exchange import Exchange
    from conformance.settings import Settings
    from conformance.spec.catalogue import Catalogue
    from conformance.stops import Stop

__all__ = ["PREFLIGHT", "Evidence", "digest", "gravest", "merge"]

PREFLIGHT = "preflight"
"""The stimulus that each process sends first, and that counts once."""

GRAVITY = (
    Verdict.INTERRUPTED,
    Verdict.ERROR,
    Verdict.STOPPED,
    Verdict.UNREACHABLE,
    Verdict.INCONCLUSIVE,
)
"""Ends of a run, the one first that overrides the others; what goes wrong after an interrupt comes of it."""


@dataclass(frozen=True)
class Evidence:
    """What one process has to say since it was asked last.

    Attributes:
        process: Name of the process.
        target: What it judges.
        secrets: What must not be written: the tokens that stand in its exchanges, and others.
        sent: Requests that it has sent in all.
        exchanges: What it has exchanged since.
        sequences: The exchanges of each scenario that is to be judged as a whole.
        lacking: What each scenario needed that it could not have.
        stop: Why it has ended, if it has.
    """

    process: str
    target: str
    secrets: tuple[str, ...] = field(repr=False)
    sent: int
    exchanges: tuple[Exchange, ...]
    sequences: Mapping[str, tuple[Exchange, ...]]
    lacking: Mapping[str, str]
    stop: Stop | None

    def packed(self) -> bytes:
        """Return it as octets, for a process that this one trusts."""
        return pickle.dumps(self)

    @staticmethod
    def unpacked(octets: bytes) -> Evidence:
        """Return what another process has packed."""
        evidence = pickle.loads(octets)  # noqa: S301 - from a process that this one has started
        if not isinstance(evidence, Evidence):
            raise TypeError(f"no evidence: {type(evidence).__name__}")
        return evidence


class Shares:
    """What has been handed over, and what has come in.

    Attributes:
        parts: The evidence of other processes.
        target: What they judge.
        secrets: What they have told that must not be written.
    """

    def __init__(self, settings: Settings) -> None:
        """Start empty."""
        self.parts: list[Evidence] = []
        self.target = settings.target or BUILT_IN
        self.secrets: tuple[str, ...] = ()
        self._handed = 0

    @property
    def sent(self) -> int:
        """Requests that other processes have sent in all."""
        return sum({part.process: part.sent for part in self.parts}.values())

    def next(
        self,
        process: str,
        journal: Journal,
        lacking: Mapping[str, str],
        stop: Stop | None,
        connection: Connection | None,
    ) -> Evidence:
        """Return what is new in this process."""
        exchanges = tuple(journal.exchanges[self._handed :])
        self._handed += len(exchanges)
        stimuli = {exchange.stimulus for exchange in exchanges}
        return Evidence(
            process=process,
            target=connection.target if connection else self.target,
            secrets=connection.account.authentication.secrets if connection else (),
            sent=connection.transport.sent if connection else 0,
            exchanges=exchanges,
            sequences={name: sequence for name, sequence in journal.sequences.items() if name in stimuli},
            lacking=dict(lacking),
            stop=stop,
        )

    def add(self, evidence: Evidence, journal: Journal) -> None:
        """Take what another process has handed over, and judge it in that journal."""
        if not any(part.exchanges for part in self.parts):
            self.target = evidence.target
            _add(journal, evidence, PREFLIGHT)
        for stimulus in dict.fromkeys(exchange.stimulus for exchange in evidence.exchanges):
            if stimulus != PREFLIGHT:
                _add(journal, evidence, stimulus)
        self.secrets = tuple(dict.fromkeys((*self.secrets, *evidence.secrets)))
        self.parts.append(evidence)


def merge(parts: Iterable[Evidence], catalogue: Catalogue, order: Sequence[str]) -> Journal:
    """Return the journal that one process would have had which had played the stimuli in this order."""
    journal = Journal(catalogue)
    parts = sorted(parts, key=lambda part: part.process)
    for stimulus in (PREFLIGHT, *order):
        sharing = [part for part in parts if any(exchange.stimulus == stimulus for exchange in part.exchanges)]
        for part in sharing[:1] if stimulus == PREFLIGHT else sharing:
            _add(journal, part, stimulus)
    return journal


def _add(journal: Journal, part: Evidence, stimulus: str) -> None:
    """Judge anew what a stimulus has exchanged, under numbers that are the journal's own."""
    renumbered: dict[int, Exchange] = {}
    for exchange in part.exchanges:
        if exchange.stimulus == stimulus:
            renumbered[exchange.number] = replace(exchange, number=len(journal.exchanges) + 1)
            journal.add(renumbered[exchange.number])
    if stimulus in part.sequences:
        journal.add_sequence(stimulus, [renumbered[exchange.number] for exchange in part.sequences[stimulus]])


def gravest(stops: Iterable[Stop | None]) -> Stop | None:
    """Return the stop that overrides the others; of two alike, the first."""
    return min((stop for stop in stops if stop is not None), key=lambda stop: GRAVITY.index(stop.verdict), default=None)


def digest(exchanges: Iterable[Exchange], redact: Callable[[str], str]) -> str:
    """Return the SHA-256, in hexadecimal, of all requests, by which two runs can be seen to have sent the same.

    Each is a line of JSON: method, target, header fields and body (octets as ISO 8859-1), the secrets replaced.
    """
    hashed = hashlib.sha256()
    redact = functools.cache(redact)  # most values are those of other requests, and it takes its time
    for request in (exchange.request for exchange in exchanges):
        headers = [[name, redact(value)] for name, value in request.headers]
        line = [request.method, redact(request.target), headers, redact(request.body.decode("latin-1"))]
        hashed.update(json.dumps(line).encode() + b"\n")
    return hashed.hexdigest()

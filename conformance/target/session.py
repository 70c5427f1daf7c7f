"""The hands of the stimuli: they build requests, send them, and put down what came of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from conformance.errors import CredentialsRefusedError, SafetyError, TargetLostError, ThrottledError
from conformance.exchange.classification import BatchState, path, renamed
from conformance.exchange.exchange import Exchange, Header, Request, TransportFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.auth.authentication import Authentication
    from conformance.exchange.classification import Classifier, Situation
    from conformance.exchange.transport import Outcome, Transport
    from conformance.spec.openapi import Operation
    from conformance.target.batches import Batches

__all__ = [
    "COMMON_HEADERS",
    "OWN",
    "Account",
    "Session",
]

COMMON_HEADERS: tuple[Header, ...] = (("User-Agent", "drs-conform"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
"""Headers that every request has, whatever it tries."""

THROTTLED_AT_MOST = 3
"""Calls that may be told to come again later, to the last, before the run is given up."""

DEFERRALS_AT_MOST = 3
"""Requests in a row that the target may ask to send later before that counts as such."""

LOST = ("unreachable", "insecure")

OWN = "\0own"
"""Stands for the account's own token or project where `None` means to send none."""


@dataclass(frozen=True)
class Account:
    """The project, and what requests are authenticated with.

    Attributes:
        project_id: The project that the credentials are for.
        authentication: What authenticates requests.
        foreign_project_id: A project in which they grant nothing, if one is known.
        expired_token: A token that was valid once, if one is known.
    """

    project_id: str
    authentication: Authentication
    foreign_project_id: str | None = None
    expired_token: str | None = field(default=None, repr=False)

    @property
    def token(self) -> str:
        """The right token, for the time being."""
        return self.authentication.token


class Log(Protocol):
    """Records exchanges, and judges them as they come in."""

    exchanges: list[Exchange]
    """All exchanges, in order."""
    throttled: int
    """Number of calls that the target kept asking to retry later."""

    def add(self, exchange: Exchange) -> None:
        """Record an exchange; raises `SuiteError`."""


class Session:
    """Sends the requests of one stimulus after another to one target."""

    def __init__(
        self,
        *,
        operation: Operation,
        account: Account,
        transport: Transport,
        reader: Classifier,
        batches: Batches,
        log: Log,
        untouchable: frozenset[str] = frozenset(),
        cautious: bool = False,
        seed: int = 1,
    ) -> None:
        """Take everything that a request passes through on its way, and what none may do.

        Args:
            operation: The operation that is judged.
            account: Whose requests they are.
            transport: What sends them.
            reader: What says what they amount to.
            batches: The batches that they may name.
            log: Records the exchanges.
            untouchable: Batches that none may name.
            cautious: Whether none may do anything but read, or try the operation on a batch that does not exist.
            seed: The seed of the run; stimuli that draw what they send draw it from that.
        """
        self.seed = seed
        self.operation = operation
        self.account = account
        self.batches = batches
        self.scenario = ""
        self._transport = transport
        self._reader = reader
        self._log = log
        self._untouchable = untouchable
        self._cautious = cautious
        self._deferrals = 0

    def with_log(self, log: Log) -> Session:
        """Return hands that do the same with the same batches, and put it down in another journal."""
        open_session = copy.copy(self)
        open_session._log = log  # noqa: SLF001 - of the same class
        return open_session

    def commit(
        self,
        batch_id: str,
        *,
        token: str | None = OWN,
        language: str | None = None,
        media_type: str | None = "application/json",
        project_id: str = OWN,
        body: bytes = b"",
        accept_encoding: str = "identity",
    ) -> Request:
        """Build a commit; each argument left alone gives what the documentation asks for."""
        headers = [(name, accept_encoding if name == "Accept-Encoding" else value) for name, value in COMMON_HEADERS]
        if media_type is not None:
            headers.append(("Content-Type", media_type))
        if token is not None:
            headers.append(("X-Auth-Token", self.account.token if token == OWN else token))
        if language is not None:
            headers.append(("X-Language", language))
        project = self.account.project_id if project_id == OWN else project_id
        target = path(self.operation, project_id=project, async_job_id=batch_id)
        return Request(self.operation.method, target, tuple(headers), body)

    def send(self, request: Request, *, batch: BatchState | None = None) -> Exchange:
        """Send a request and judge the answer; `batch` overrides what is known of the batch it names.

        If the target asks to send it later, a request that may commit a batch is not sent again. One that names another
        batch in the same state is sent instead, where batches can be created.
        """
        [exchange] = self.send_together([request], batch=batch)
        while exchange.deferred and batch is None:
            old = exchange.situation.batch_id
            new = self.batches.another(old)
            if new is None:
                break
            request = replace(request, target=renamed(request.target, old, new))
            [exchange] = self.send_together([request])
        return exchange

    def send_together(self, requests: Sequence[Request], *, batch: BatchState | None = None) -> list[Exchange]:
        """Send requests at the same time and judge the answers, in the order of the requests.

        Raises:
            IamError: The token has expired, and IAM issues no other.
            CredentialsRefusedError: The credentials are not accepted any more.
            SafetyError: A request names a batch that none may name; nothing was sent.
            SpentError: The run has used up its means.
            TargetLostError: Nobody listens at the target any more.
            ThrottledError: The target keeps asking to come again later.
        """
        return self._sent(requests, self._transport.send, batch)

    def send_in_turn(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests one after another on one connection, and judge the answers; raises like `send_together`."""
        return self._sent(requests, self._transport.send_in_turn, None, reused=True)

    def _sent(
        self,
        requests: Sequence[Request],
        send: Callable[..., list[Outcome]],
        batch: BatchState | None,
        *,
        reused: bool = False,
    ) -> list[Exchange]:
        self.account.authentication.refresh()
        self._reader.set_token(self.account.token)
        requests = [self.account.authentication.current(request) for request in requests]
        situations = [self._situation(request) for request in requests]
        if batch is not None:
            situations = [replace(situation, batch=batch) for situation in situations]
        exchanges: list[Exchange] = []
        repeatable = not any(map(self.batches.may_be_committed_by, requests))
        outcomes = send(requests, repeatable=repeatable)
        for request, situation, outcome in zip(requests, situations, outcomes, strict=True):
            number = len(self._log.exchanges) + 1
            exchange = Exchange(number, self.scenario, request, situation, outcome, reused=reused and bool(exchanges))
            exchange = self._deferred(exchange, repeatable=repeatable)
            if _refused(exchange) and self._refuses_all():
                raise CredentialsRefusedError(f"the credentials are refused since request {number}, of {self.scenario}")
            self.record(exchange)
            exchanges.append(exchange)
            if isinstance(outcome, TransportFailure) and outcome.kind in LOST:
                raise TargetLostError(f"the target is gone since request {exchange.number}, of {self.scenario}")
        if self._log.throttled >= THROTTLED_AT_MOST:
            raise ThrottledError(f"the target asked {self._log.throttled} times in vain to come again later")
        return exchanges

    def _deferred(self, exchange: Exchange, *, repeatable: bool) -> Exchange:
        """Mark an exchange whose batch is to be replaced by another, unless the target keeps asking to retry."""
        if not exchange.throttled:
            self._deferrals = 0
        elif not repeatable and self.batches.can_create_batches and self._deferrals < DEFERRALS_AT_MOST:
            self._deferrals += 1
            return replace(exchange, deferred=True)
        return exchange

    def ask(self, request: Request) -> Exchange:
        """Send a request whose answer is not judged, unless it is passed to `record`."""
        situation = self._situation(request)
        repeatable = not self.batches.may_be_committed_by(request)
        [outcome] = self._transport.send([request], repeatable=repeatable)
        return Exchange(1, self.scenario, request, situation, outcome)

    def _refuses_all(self) -> bool:
        """Tell whether the simplest call, made twice, is refused as well, whatever it was that one was refused for."""
        probe = self.commit(self.batches.unknown())
        return all(_refused(self.ask(probe)) for _ in range(2))

    def read(self, request: Request) -> Situation:
        """Say what a request would amount to."""
        return self._reader.read(request, self.batches.states)

    def permits(self, request: Request) -> bool:
        """Tell whether a request may be sent at all, for stimuli that draw their requests."""
        return not self._objection(request, self.read(request))

    def _situation(self, request: Request) -> Situation:
        """Read the request, as the last look before it is sent."""
        situation = self.read(request)
        objection = self._objection(request, situation)
        if objection:
            raise SafetyError(f"{self.scenario} was about to {objection}")
        return situation

    def _objection(self, request: Request, situation: Situation) -> str:
        if situation.batch_id in self._untouchable:
            return f"name the batch {situation.batch_id}"
        undeclared = [operation.id for operation in situation.reaches if operation.effect is None]
        if undeclared:
            return f"call {undeclared[0]}, whose effect openapi.yaml does not declare"
        if self._cautious and not situation.harmless:
            return f"send {request.method} to {request.target}"
        return ""

    def record(self, exchange: Exchange) -> None:
        """Put an exchange down as evidence."""
        self.batches.learn(exchange)
        self._log.add(exchange)


def _refused(exchange: Exchange) -> bool:
    """Tell whether somebody with the right credentials was told that they are not."""
    return exchange.situation.authorised and exchange.status in (401, 403)

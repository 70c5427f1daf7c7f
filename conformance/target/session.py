"""Sessions: they build and send the requests of scenarios, and record the exchanges."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from conformance.errors import SafetyError, TargetLostError, ThrottledError
from conformance.exchange.classification import Credentials
from conformance.exchange.exchange import THROTTLED, Exchange, Header, Request, Response, TransportFailure
from conformance.exchange.identifiers import batch_key
from conformance.exchange.paths import path, with_batch_id
from conformance.spec.openapi import Effect
from conformance.target.availability import Availability

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.exchange.classification import BatchState, Classifier, Situation
    from conformance.exchange.transport import Outcome, Transport
    from conformance.spec.openapi import Operation
    from conformance.target.account import Account
    from conformance.target.batches import Batches

__all__ = ["COMMON_HEADERS", "OWN", "Session"]

COMMON_HEADERS: tuple[Header, ...] = (("User-Agent", "drs-conform"), ("Accept", "*/*"), ("Accept-Encoding", "identity"))
"""Headers of every request that a session builds."""

MAX_THROTTLED = 3
"""Throttled calls in a row, after all retries, at which the run is aborted."""

MAX_DEFERRALS = 3
"""Throttled requests in a row that are sent with another batch; the next one counts as throttled."""

LOST_KINDS = ("unreachable", "insecure")

OWN = "\0own"
"""Placeholder for the account's own token or project, as None means to send none."""


class Log(Protocol):
    """Records exchanges, and checks each of them when it is recorded."""

    exchanges: list[Exchange]
    """All exchanges, in order."""

    def add(self, exchange: Exchange) -> None:
        """Record an exchange."""


class Session:
    """Builds and sends the requests of scenarios to one target, and records the exchanges.

    Every request passes `unsafe_reason` before it is sent, which holds the rule of what may be sent in each profile.

    Attributes:
        scenario: Name of the current scenario.
        seed: The seed of the run, from which scenarios draw their requests.
        operation: The operation under test.
        account: The account that requests are sent with.
        batches: The batches that requests may name.
        cookies: The cookies that the target has set in answers to the account, by name. They are sent where a scenario
            says so alone.
        probe: Builds a call that the target answered as documented when the run began.
    """

    def __init__(
        self,
        *,
        operation: Operation,
        account: Account,
        transport: Transport,
        classifier: Classifier,
        batches: Batches,
        log: Log,
        pause: Callable[[float], None],
        protected_batches: frozenset[str] = frozenset(),
        safe_profile: bool = False,
        seed: int = 1,
    ) -> None:
        """Start without a scenario.

        Args:
            operation: The operation under test.
            account: The account that requests are sent with.
            transport: Sends the requests.
            classifier: Classifies the requests.
            batches: The batches that requests may name.
            log: Records the exchanges.
            pause: Waits for a number of seconds.
            protected_batches: Batches that no request may name.
            safe_profile: Whether to send only requests that are allowed in the profile safe.
            seed: The seed of the run.
        """
        self.seed = seed
        self.operation = operation
        self.account = account
        self.batches = batches
        self.scenario = ""
        self.cookies: dict[str, str] = {}
        self._transport = transport
        self._classifier = classifier
        self._log = log
        self._protected_batches = frozenset(map(batch_key, protected_batches))
        self._safe_profile = safe_profile
        self._deferrals = 0
        self._throttled = 0
        self._availability = Availability(lambda: self.send_unrecorded(self.probe()), pause)
        self.probe: Callable[[], Request] = lambda: self.commit(self.batches.unknown())

    def with_log(self, log: Log) -> Session:
        """Return a session with the same batches that records its exchanges in another log."""
        session = copy.copy(self)
        session._log = log  # noqa: SLF001 - of the same class
        session._availability = copy.copy(self._availability)  # noqa: SLF001 - likewise
        return session

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
        """Build the request to commit a batch; the defaults give a request as documented."""
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
        """Send a request and record the exchange; `batch` overrides the known state of the batch that it names.

        A throttled request that may commit a batch is not sent again. If batches can be created, a request that names
        another batch in the same state is sent instead.
        """
        [exchange] = self.send_together([request], batch=batch)
        while exchange.deferred and batch is None:
            old = exchange.situation.batch_id
            new = self.batches.replacement_for(old)
            if new is None:
                break
            request = replace(request, target=with_batch_id(request.target, old, new))
            [exchange] = self.send_together([request])
        return exchange

    def send_together(self, requests: Sequence[Request], *, batch: BatchState | None = None) -> list[Exchange]:
        """Send requests at the same time and record the exchanges, in the order of the requests.

        Raises:
            CredentialsRefusedError: The credentials are not accepted any more.
            IamError: The token has expired, and IAM does not issue another one.
            LimitError: The run has used up its requests or its time.
            SafetyError: A request is unsafe, see `unsafe_reason`; none was sent.
            TargetLostError: Nothing listens at the target any more, or each call is answered with a server error.
            ThrottledError: The target keeps asking to retry later.
        """
        return self._send(requests, self._transport.send, batch)

    def send_in_turn(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send requests one after another on one connection, and record the exchanges; raises like `send_together`."""
        return self._send(requests, self._transport.send_in_turn, None, reused=True)

    def _send(
        self,
        requests: Sequence[Request],
        send: Callable[..., list[Outcome]],
        batch: BatchState | None,
        *,
        reused: bool = False,
    ) -> list[Exchange]:
        self.account.authentication.refresh()
        self._classifier.set_token(self.account.token)
        requests = [self.account.authentication.current(request) for request in requests]
        situations = [self._checked(request) for request in requests]
        if batch is not None:
            situations = [replace(situation, batch=batch) for situation in situations]
        exchanges: list[Exchange] = []
        repeatable = not any(map(self.batches.may_be_committed_by, requests))
        self.batches.announce(requests)
        outcomes = send(requests, repeatable=repeatable)
        for request, situation, outcome in zip(requests, situations, outcomes, strict=True):
            self._record_put_off(request, situation, outcome)
            number = len(self._log.exchanges) + 1
            exchange = Exchange(number, self.scenario, request, situation, outcome, reused=reused and bool(exchanges))
            exchange = self._mark_deferred(exchange, repeatable=repeatable)
            self._availability.check_serving(exchange)
            locked_out = self._availability.check_credentials(exchange)
            self.record(exchange)
            exchanges.append(exchange)
            if locked_out is not None:
                self.record(replace(locked_out, number=number + 1))
            if isinstance(outcome, TransportFailure) and outcome.kind in LOST_KINDS:
                raise TargetLostError(
                    f"the target has been unreachable since request {number}, of scenario {self.scenario}"
                )
        self._availability.check_answering(exchanges)
        if not all(exchange.throttled for exchange in exchanges):
            self._throttled = 0  # of simultaneous calls, a target may put off all but one
        if self._throttled >= MAX_THROTTLED:
            raise ThrottledError(f"the target throttled {self._throttled} calls in a row, even after retries")
        return exchanges

    def _record_put_off(self, request: Request, situation: Situation, outcome: Outcome) -> None:
        """Record an answer after which a request was sent again, since its form is judged."""
        if isinstance(outcome, Response) and outcome.put_off is not None and outcome.status not in THROTTLED:
            number = len(self._log.exchanges) + 1
            self._log.add(Exchange(number, self.scenario, request, situation, outcome.put_off, deferred=True))

    def _mark_deferred(self, exchange: Exchange, *, repeatable: bool) -> Exchange:
        """Mark a throttled exchange that is repeated with another batch, unless there were too many in a row."""
        if not exchange.throttled:
            self._deferrals = 0
        elif not repeatable and self.batches.can_create_batches and self._deferrals < MAX_DEFERRALS:
            self._deferrals += 1
            return replace(exchange, deferred=True)
        return exchange

    def send_unrecorded(self, request: Request) -> Exchange:
        """Send a request without recording the exchange; `record` can do that later."""
        situation = self._checked(request)
        repeatable = not self.batches.may_be_committed_by(request)
        self.batches.announce([request])
        [outcome] = self._transport.send([request], repeatable=repeatable)
        exchange = Exchange(1, self.scenario, request, situation, outcome)
        self.batches.update(exchange)
        return exchange

    def classify(self, request: Request) -> Situation:
        """Return the situation of a request."""
        return self._classifier.classify(request, self.batches.states)

    def permits(self, request: Request) -> bool:
        """Return whether a request may be sent, for scenarios that draw their requests; see `unsafe_reason`.

        In the profile safe, a query or a body that was drawn from the document may name a batch that exists.
        """
        situation = self.classify(request)
        drawn = request.body or "?" in request.target
        bills = any(reached.operation.effect is not Effect.NONE for reached in situation.reaches)
        return not (self._safe_profile and drawn and bills) and not self.unsafe_reason(request, situation)

    def unsafe_reason(self, request: Request, situation: Situation) -> str:
        """Return why a request must not be sent; empty if it may be sent.

        In every profile, a request must not reach an operation whose effect openapi.yaml does not declare, and must not
        name a batch of the foreign project with the token of that project, which would commit it.
        In the profile safe, a request must not name a batch that the user named, and must be harmless (see
        `Situation.harmless`): it only reads, or calls an operation on a batch that does not exist.
        """
        ids = (situation.batch_id, *(reached.batch_id for reached in situation.reaches))
        named = [batch_id for batch_id in ids if batch_key(batch_id) in self._protected_batches]
        if named:
            return f"names the batch {named[0]}"
        if situation.credentials is Credentials.FOREIGN and self.batches.names_foreign(request):
            return "names a batch of the foreign project with the token of that project"
        undeclared = [reached.operation.id for reached in situation.reaches if reached.operation.effect is None]
        if undeclared:
            return f"calls {undeclared[0]}, whose effect openapi.yaml does not declare"
        if self._safe_profile and not situation.harmless:
            return f"is {request.method} {request.target}, which may have an effect"
        return ""

    def _checked(self, request: Request) -> Situation:
        """Return the situation of a request that is about to be sent; raises `SafetyError` if it is unsafe."""
        situation = self.classify(request)
        reason = self.unsafe_reason(request, situation)
        if reason:
            raise SafetyError(f"a request of scenario {self.scenario} was not sent, since it {reason}")
        return situation

    def record(self, exchange: Exchange) -> None:
        """Record an exchange, and update the state of the batch that it names."""
        self.batches.update(exchange)
        if exchange.situation.authorised:
            self.cookies.update(_cookies(exchange))
        if not exchange.throttled:
            self._throttled = 0
        elif not exchange.deferred:
            self._throttled += 1
        self._log.add(exchange)


def _cookies(exchange: Exchange) -> dict[str, str]:
    """Return the cookies that an answer sets, without their attributes."""
    if isinstance(exchange.outcome, TransportFailure):
        return {}
    pairs = (line.partition(";")[0].partition("=") for line in exchange.outcome.values("Set-Cookie"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

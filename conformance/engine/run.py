"""The loop of a run: its scenarios and phases, one after the other.

    with Run(settings, catalogue) as run:   # connects and sends the preflight request
        for event in run.events():          # plays, then confirms and minimises the violations
            ...
    report = run.report()

`Run.events` is the loop. It yields what happens (see `events`); `drs-conform` shows that, and the proof counts it.
Plain pytest has a loop of its own and calls the steps of this one: `Run.play` for each step, then `Run.conclude`.

An error of `abort.ABORTING_ERRORS`, an interrupt or a fault of the suite sets `Run.abort`. Nothing more is sent from
then on, and the abort gives the verdict of the run. A violation found before the abort decides the verdict instead,
unless the abort is an interrupt, a fault of the suite or a stop for safety.
"""

from __future__ import annotations

import datetime as dt
import functools
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import conformance
from conformance.engine import conclude, preflight
from conformance.engine.abort import ABORTING_ERRORS, Abort, abort_for
from conformance.engine.conclude import Assessor
from conformance.engine.confirm import Confirmation, confirm
from conformance.engine.digest import digest
from conformance.engine.events import Event, ExchangeRecorded, ScenarioEnded, ScenarioStarted
from conformance.engine.log import RunLog
from conformance.errors import CatalogueError, ConfigurationError, NoBatchError, RunEndedError
from conformance.exchange.redaction import Redactor
from conformance.exchange.tokens import is_placeholder_token, near_misses
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.findings.record import Recorder
from conformance.reports import traffic
from conformance.reports.model import BUILT_IN, Report
from conformance.reports.plan import plan
from conformance.requirements import SCENARIOS, oracle_registry, phases
from conformance.requirements.scenario_registry import PHASES
from conformance.spec import deviations, openapi
from conformance.target.connection import connect, open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType
    from typing import Self

    from conformance.config.settings import Settings
    from conformance.exchange.exchange import Exchange
    from conformance.reports.model import RequirementReport
    from conformance.reports.plan import PlannedScenario
    from conformance.requirements.oracle_registry import Judge
    from conformance.requirements.scenario_registry import Scenario
    from conformance.spec.catalogue import Catalogue
    from conformance.target.connection import Connection
    from conformance.target.session import Session

__all__ = ["Run"]

STEPS = (*SCENARIOS, *PHASES)
"""All scenarios and phases in the order in which they are played; scenarios find the most faults per request."""

PREFLIGHT = "preflight"
"""Name of the scenario of the first request, which is not in the registry."""

ONE_CONNECTION = "HTTP-010"
"""The requirement about calls on one connection. Connections are kept once a target is known to conform to it."""

SESSION_ID = 16
"""Characters of a cookie from which on it may be a secret, and not the name of a language or a node."""

REASON_SHOWN = 400
"""Maximum of characters of the reason why a run ended early."""

REPLAYS = 5
"""Times that a scenario is played again, with other batches, if the target asked to retry one of its requests later."""
REPLAYS_OF_NAMED = 1
"""The same if the user has named the batches."""


class Run:
    """One run against one target: a context manager that is entered, played, concluded and reported.

    Attributes:
        settings: The options of the run.
        session: Sends the requests of the scenarios.
        log: The exchanges so far and the judgements on them.
        abort: The reason why the run ended early; None if it did not.
        closing: Whether the reports are being written, so that nothing is sent any more.
        skip_reasons: Why a scenario was skipped, or from where on, by name.
        selected: The requirements to judge by.
        steps: Names of the scenarios and phases that the selected requirements need, in order.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        *,
        connect: Callable[[Settings], AbstractContextManager[Connection]] = connect,
        judge: Judge = oracle_registry.judge,
    ) -> None:
        """Prepare a run; nothing is sent yet.

        Args:
            settings: The options of the run.
            catalogue: All requirements.
            connect: Connects to the target.
            judge: Judges an exchange.

        Raises:
            ConfigurationError: The file of known deviations is not valid, or a selected requirement does not exist.
        """
        self.settings = settings
        self.abort: Abort | None = None
        self.closing = False
        self._catalogue = catalogue
        path = settings.known_deviations
        self._deviations = deviations.read(path, catalogue) if path else ()
        self._specification = openapi.load()
        self._started = dt.datetime.now(dt.UTC)
        self._clock = time.monotonic()
        self._confirmed: dict[str, Confirmation] | None = None
        self._connect = connect
        self._resources = ExitStack()
        self.skip_reasons: dict[str, str] = {}
        self._connection: Connection | None = None
        self._sent_before = 0
        self._pending: list[Event] = []
        self.log = RunLog(catalogue, self._pending.append, judge)
        self.session: Session
        self.select(settings.only)

    def select(self, only: Sequence[str]) -> None:
        """Judge by these requirements and areas alone, and play no more than they need; by all if there are none.

        Raises:
            ConfigurationError: There is no such requirement.
        """
        try:
            self.selected = self._catalogue.select(only)
        except CatalogueError as error:
            raise ConfigurationError(f"--only: {error}") from None
        self.settings = replace(self.settings, only=tuple(only))
        needed = {name for requirement in self.selected for name in requirement.exercised_by}
        self.steps = tuple(name for name in STEPS if name in needed or not only)

    def __enter__(self) -> Self:
        """Start the mock unless a target is named, connect, and check whether the target can be judged at all."""
        try:
            with self.guarded("the preflight"):
                connection = self._resources.enter_context(self._connect(self.settings))
                self._sent_before = connection.transport.sent
                self.session = open_session(self.settings, self._specification, connection, self.log)
                self._connection = connection
                self.begin(PREFLIGHT)
                self._preflight(connection.target)
        except BaseException:
            self._resources.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and stop the mock."""
        self._resources.close()

    def events(self) -> Iterator[Event]:
        """Play all steps and conclude; yield what happens. An abort ends it early, but never with an exception."""
        for name in self.steps:
            yield from self.play(name)
        self.conclude()

    def play(self, name: str) -> Iterator[Event]:
        """Play one step unless the run was aborted, and yield what happens in it."""
        if self.abort is not None:
            return
        yield from self._drain()
        yield ScenarioStarted(name)
        self.begin(name)
        with self.guarded(name):
            if name in PHASES:
                phases.play(name, self.session, until=lambda: self.abort is not None)
            elif self.skip_reason(SCENARIOS[name]) is None:
                self._play(SCENARIOS[name])
        sent = sum(isinstance(event, ExchangeRecorded) for event in self._pending)
        yield from self._drain()
        yield ScenarioEnded(name, sent)

    def _drain(self) -> Iterator[Event]:
        """Yield the events that have not been yielded yet."""
        events, self._pending[:] = tuple(self._pending), ()
        yield from events

    @contextmanager
    def guarded(self, name: str) -> Iterator[None]:
        """Abort the run on any exception in this block, and leave the block."""
        try:
            with self.sending():
                yield
        except KeyboardInterrupt:
            self.interrupt()
        except Exception as error:  # noqa: BLE001 - the target cannot cause one, so the suite is at fault
            self.fail(f"in {name}: {error!r}")

    def fail(self, details: str) -> None:
        """Abort the run because of a fault of the suite itself, unless the user has interrupted it."""
        if not self.interrupted:
            self.abort = self._redacted(Abort(Verdict.ERROR, f"the suite itself failed {details}; please report it"))

    def begin(self, scenario: str) -> None:
        """Begin a scenario or phase. Its requests depend on its name and the seed alone."""
        self.session.scenario = scenario
        self.session.batches.begin(scenario)

    def skip_reason(self, scenario: Scenario) -> str | None:
        """Return and record why a scenario has to be skipped; None if it can be played."""
        reason: str | None = "the run has ended"
        with self.sending():
            reason = self._skip_reason(scenario)
        if reason is not None:
            self.skip_reasons[scenario.name] = reason
        return reason

    def _skip_reason(self, scenario: Scenario) -> str | None:
        """Return why a scenario has to be skipped; raises `LedgerError`."""
        batches, account = self.session.batches, self.session.account
        profile = self.settings.profile
        reasons = (
            (profile not in scenario.profiles, f"not sent by the profile {profile}"),
            (scenario.foreign and account.foreign_project_id is None, "needs --foreign-project-id"),
            (scenario.foreign_token and account.foreign_token is None, "needs --foreign-token"),
            (scenario.token and is_placeholder_token(account.token), "needs a token instead of an access key"),
            (scenario.direct and self.settings.proxy is not None, "needs a connection without --proxy"),
            (
                scenario.can_create_batches and not batches.can_create_batches,
                "needs a target that creates batches, as the mock does",
            ),
        )
        missing = (batches.describe_missing(state) for state in scenario.needs if not batches.has(state))
        return next((reason for applies, reason in reasons if applies), None) or next(missing, None)

    def _play(self, scenario: Scenario) -> None:
        """Play a scenario and judge it as a whole. One that runs out of batches is skipped from there on."""
        try:
            exchanges = scenario.run(self.session)
            for _ in range(REPLAYS if self.session.batches.can_create_batches else REPLAYS_OF_NAMED):
                if not any(exchange.throttled for exchange in exchanges):
                    break
                self.session.batches.forget_reusable_ready()
                exchanges = scenario.run(self.session)
        except NoBatchError as error:
            self.skip_reasons[scenario.name] = str(error)
            return
        self.log.add_sequence(scenario.name, exchanges, lambda later: self._play_again(scenario, later))
        connections = self.log.records[ONE_CONNECTION]
        if connections.exercised and not connections.violations and self._connection is not None:
            self._connection.keep()

    def _play_again(self, scenario: Scenario, later: int) -> Sequence[Exchange]:
        """Play a scenario again, some requests later, so that what a target does in turn falls on other requests."""
        for _ in range(later):
            self.session.send(self.session.commit(self.session.batches.unknown()))
        return scenario.run(self.session)

    @property
    def interrupted(self) -> bool:
        """Return whether the user interrupted the run."""
        return self.abort is not None and self.abort.verdict is Verdict.INTERRUPTED

    def interrupt(self) -> None:
        """Abort the run on behalf of the user."""
        self.abort = Abort(Verdict.INTERRUPTED, "the report has the results so far")

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Abort the run if one of `ABORTING_ERRORS` is raised in this block, and leave the block."""
        try:
            yield
        except ABORTING_ERRORS as error:
            if not self.interrupted:
                self.abort = self._redacted(abort_for(error))
            if isinstance(error, RunEndedError):
                self._sent_before += error.sent

    def plan(self) -> list[PlannedScenario]:
        """Return the requests of each scenario and phase in a dry run."""
        return plan(self.log.exchanges, self.session.batches.committable)

    @property
    def target(self) -> str:
        """Base URL of the target, or the name of the built-in mock."""
        return self._connection.target if self._connection else self.settings.target or BUILT_IN

    def conclude(self) -> None:
        """Confirm and minimise the violations, once per run. Send nothing in a dry run or after an abort."""
        if self._confirmed is not None or self.abort is not None or self.dry_run or self.closing:
            return
        with self.guarded("the confirmation"):
            violations = self.assessor().violations(self.log)
            self._confirmed = {}
            if violations:
                self._confirmed = confirm(violations, self.log, self.session, self._catalogue)

    def assessor(self) -> Assessor:
        """Return the assessor of this run, which removes the secrets of the run from all that it returns."""
        authentication = self._connection.account.authentication if self._connection else None
        known, sent = (authentication.secrets, authentication.sent) if authentication else ((), ())
        secrets = tuple(dict.fromkeys((*known, *self.settings.secrets)))
        cookies = self.session.cookies.values() if self._connection else ()
        redactor = _redactor(secrets, (*sent, *(value for value in cookies if len(value) >= SESSION_ID)))
        return Assessor(
            catalogue=self.selected,
            specification=self._specification,
            redactor=redactor,
            profile=self.settings.profile,
            skip_reasons=self.skip_reasons,
            accepted=frozenset(deviation.requirement for deviation in self._deviations),
            confirmed=self._confirmed or {},
            mock=self._connection is not None and self._connection.provider is not None,
            recorder=Recorder(self._catalogue, redactor, secrets, self.session if self._connection else None),
        )

    def requirements(self) -> tuple[tuple[RequirementReport, ...], tuple[tuple[str, str], ...]]:
        """Return the result for each requirement, and the ID and state of each known deviation."""
        today = dt.datetime.now(dt.UTC).date()
        reports = self.assessor().requirement_reports(self.log, self.abort)
        return conclude.apply_deviations(reports, self._deviations, self.log, today)

    def report(self) -> Report:
        """Return the report of the run so far."""
        assessor = self.assessor()
        requirements, states = self.requirements()
        verdict, reason = conclude.run_verdict(requirements, states, self.abort, self.log)
        return Report(
            verdict=verdict,
            reason=reason,
            profile=self.settings.profile,
            target=self.target,
            seed=self.settings.seed,
            spec_version=self._specification.version,
            spec_sha256=self._specification.sha256,
            suite_version=conformance.__version__,
            started=self._started.isoformat(timespec="seconds"),
            requests=self.sent,
            requests_sha256=digest(self.log.exchanges, assessor.redactor),
            seconds=round(time.monotonic() - self._clock, 3),
            command=self.settings.command(),
            requirements=requirements,
            deviations=states,
            traffic=traffic.count(self.log.exchanges),
            latency=traffic.latency(self.log.exchanges),
            notes=self._connection.notes() if self._connection else (),
            ended_by=assessor.ending(self.abort.exchange) if self.abort and self.abort.exchange else None,
        )

    @property
    def connected(self) -> bool:
        """Whether there is a session; if not, `abort` says why."""
        return self._connection is not None

    @property
    def dry_run(self) -> bool:
        """Whether nothing is sent."""
        return self._connection is not None and not self._connection.real

    @property
    def sent(self) -> int:
        """Number of requests sent so far."""
        return self._connection.transport.sent if self._connection else self._sent_before

    def pasteable_deviations(self, report: Report) -> str:
        """Return an entry for the file of known deviations for each violation that is not accepted yet."""
        today = dt.datetime.now(dt.UTC).date()
        return "".join(deviations.template(r.id, today) for r in report.having(RequirementVerdict.FAIL))

    def _preflight(self, target: str) -> None:
        """Check that the target speaks HTTP, offers the API and accepts the token; abort the run if not."""
        found = preflight.check(self.session, target, self.settings)
        if found.abort is not None:
            self.abort = self._redacted(found.abort)
            return
        for exchange in found.exchanges:
            self.session.record(replace(exchange, number=len(self.log.exchanges) + 1))

    def _redacted(self, abort: Abort) -> Abort:
        # The reason is redacted here since pytest prints it as a skip reason as well. It may quote an answer, such as a
        # Location, of any length; it ends with the remedy.
        reason = self.assessor().redactor(abort.reason)
        if len(reason) > REASON_SHOWN:
            reason = f"{reason[: REASON_SHOWN // 2]} ... {reason[-REASON_SHOWN // 2 :]}"
        return replace(abort, reason=reason)


@functools.lru_cache(maxsize=8)
def _redactor(secrets: tuple[str, ...], sent: tuple[str, ...]) -> Redactor:
    """Return a redactor of secrets, of the tokens made of them, and of what was sent for one; it is slow to make."""
    return Redactor(*secrets, *(near_miss for secret in secrets for near_miss in near_misses(secret)), *sent)

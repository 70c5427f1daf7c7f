"""One run from its first connection to its report."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import conformance
from conformance.engine import conclude, preflight
from conformance.engine.abort import ABORTING, Abort, abort
from conformance.engine.conclude import Assessor
from conformance.engine.confirm import Confirmation, confirm
from conformance.engine.digest import digest
from conformance.engine.log import RunLog
from conformance.errors import NoBatchError
from conformance.exchange.redaction import Redactor
from conformance.exchange.tokens import is_placeholder_token, near_misses
from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.findings.record import Recorder
from conformance.reports import traffic
from conformance.reports.model import BUILT_IN, Report
from conformance.reports.plan import plan
from conformance.spec import deviations, openapi
from conformance.target.batches import OPTIONS
from conformance.target.connection import connect, connect_dry_run, open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from conformance.config.settings import Settings
    from conformance.exchange.exchange import Exchange
    from conformance.reports.model import RequirementReport
    from conformance.reports.plan import PlannedScenario
    from conformance.requirements.scenario_registry import Scenario
    from conformance.spec.catalogue import Catalogue
    from conformance.target.connection import Connection
    from conformance.target.session import Session

__all__ = ["Run"]

PREFLIGHT = "preflight"
"""Name of the first request, which belongs to no scenario."""

PLAYS_AGAIN = 5
"""Times that a scenario is played again, with other batches, if the target asked to send a request of it later."""


class Run(AbstractContextManager["Run"]):
    """Judges one target.

    Attributes:
        settings: What was asked for.
        api: The hands of the stimuli.
        journal: The evidence so far.
        stop: Why the run ended before its end, if it did.
        rehearsal: Whether nothing is sent.
        concluding: Whether what was found to be broken is being sent again.
        closing: Whether nothing is sent any more, since the reports are being written.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        *,
        dry_run: bool = False,
        on_violation: Callable[[str, Exchange], None] | None = None,
    ) -> None:
        """Prepare a run; a rehearsal goes through all of it and sends nothing.

        Args:
            settings: What is asked for.
            catalogue: All requirements.
            dry_run: Whether nothing is sent.
            on_violation: Called at each violation, with the ID of the requirement and the exchange.

        Raises:
            ConfigurationError: The file of known deviations is wrong.
        """
        self.settings = settings
        self.abort: Abort | None = None
        self.dry_run = dry_run
        self.concluding = False
        self.closing = False
        self._catalogue = catalogue
        path = settings.known_deviations
        self._deviations = deviations.read(path, catalogue) if path else ()
        self._specification = openapi.load()
        self._started = dt.datetime.now(dt.timezone.utc)
        self._clock = time.monotonic()
        self._confirmed: dict[str, Confirmation] | None = None
        self._resources = ExitStack()
        self._skip_reasons: dict[str, str] = {}
        self._connection: Connection | None = None
        self.log = RunLog(catalogue, on_violation)
        self.session: Session

    def __enter__(self) -> Self:
        """Start the mock if no target was named, connect, and find out whether the target can be judged at all."""
        try:
            with self.sending():
                self._connection = self._open(self.settings)
                self.begin(PREFLIGHT)
                self._preflight(self._connection.target)
        except BaseException:
            self._resources.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and stop the mock."""
        self._resources.close()

    def begin(self, scenario: str) -> None:
        """Name the stimulus that sends from now on; what it sends depends on that name and the seed alone."""
        self.session.scenario = scenario
        self.session.batches.begin(scenario)

    def skip_reason(self, scenario: Scenario) -> str | None:
        """Say, and remember, what a scenario needs and cannot have, if anything."""
        lack: str | None = "the run has ended"
        with self.sending():
            lack = self.missing(scenario)
        if lack is not None:
            self._skip_reasons[scenario.name] = lack
        return lack

    def missing(self, scenario: Scenario) -> str | None:
        """Say what a scenario needs and cannot have, if anything; raises `LedgerError`."""
        if self.settings.profile not in scenario.profiles:
            return f"not sent by the profile {self.settings.profile}"
        if scenario.foreign and self.session.account.foreign_project_id is None:
            return "needs --foreign-project-id"
        if scenario.token and is_placeholder_token(self.session.account.token):
            return "needs a token, and not a key that signs"
        if scenario.can_create_batches and not self.session.batches.can_create_batches:
            return "needs a target that creates batches, as the mock does"
        for state in scenario.needs:
            if not self.session.batches.has(state):
                return f"needs {OPTIONS[state]}"
        return None

    def play(self, scenario: Scenario) -> None:
        """Send a scenario and judge it as a whole; one that runs out of batches is broken off."""
        self.begin(scenario.name)
        with self.sending():
            try:
                exchanges = scenario.run(self.session)
                for _ in range(PLAYS_AGAIN):
                    if not any(exchange.deferred for exchange in exchanges):
                        break
                    self.session.batches.forget_reusable_ready()
                    exchanges = scenario.run(self.session)
            except NoBatchError as error:
                self._skip_reasons[scenario.name] = str(error)
                return
            self.log.add_sequence(scenario.name, exchanges)

    @property
    def interrupted(self) -> bool:
        """Whether the user has ended the run."""
        return self.abort is not None and self.abort.verdict is Verdict.INTERRUPTED

    def interrupt(self) -> None:
        """End the run, as the user wants it to."""
        self.abort = Abort(Verdict.INTERRUPTED, "what had been seen by then is in the report")

    @contextmanager
    def sending(self) -> Iterator[None]:
        """End the run where what is sent in this block meets the end of its means, of the target, or of safety."""
        try:
            yield
        except ABORTING as error:
            if not self.interrupted:
                self.abort = self._redacted(abort(error))

    def plan(self) -> list[PlannedScenario]:
        """Say what each stimulus of a rehearsal would have sent."""
        return plan(self.log.exchanges, self.session.batches.committable)

    @property
    def target(self) -> str:
        """Base URL of the target, or what stands for it."""
        return self._connection.target if self._connection else self.settings.target or BUILT_IN

    def conclude(self) -> None:
        """Send again, once, what was found to be broken, and make it small; not where the run was stopped."""
        if self._confirmed is not None or self.abort is not None or self.dry_run or self.closing:
            return
        violations = self.judge().found(self.log)
        self._confirmed = {}
        if violations:
            self.concluding = True
            with self.sending():
                self._confirmed = confirm(violations, self.log, self.session, self._catalogue)
            self.concluding = False

    def judge(self) -> Assessor:
        """Return what draws conclusions from a journal, and removes all secrets of this run from what it says."""
        own = self._connection.account.authentication.secrets if self._connection else ()
        secrets = tuple(dict.fromkeys((*own, *self.settings.secrets)))
        redactor = Redactor(*secrets, *(wrong for secret in secrets for wrong in near_misses(secret)))
        return Assessor(
            catalogue=self._catalogue.select(self.settings.only),
            specification=self._specification,
            redactor=redactor,
            tokens=secrets,
            profile=self.settings.profile,
            skip_reasons=self._skip_reasons,
            accepted=frozenset(deviation.requirement for deviation in self._deviations),
            confirmed=self._confirmed or {},
            mock=self._connection is not None and self._connection.provider is not None,
            recorder=Recorder(self._catalogue, redactor, secrets, self.session if self._connection else None),
        )

    def requirements(self) -> tuple[tuple[RequirementReport, ...], tuple[tuple[str, str], ...]]:
        """Draw the conclusion on each requirement; returns what became of each known deviation as well."""
        today = dt.datetime.now(dt.timezone.utc).date()
        found = self.judge().requirements(self.log, self.abort)
        return conclude.accept(found, self._deviations, self.log, today)

    def report(self) -> Report:
        """Draw the conclusion from all that was exchanged."""
        judge = self.judge()
        requirements, states = self.requirements()
        result, reason = conclude.of_run(requirements, states, self.abort, self.log)
        return Report(
            verdict=result,
            reason=judge.redactor(reason),
            profile=self.settings.profile,
            target=self.target,
            seed=self.settings.seed,
            spec_version=self._specification.version,
            spec_sha256=self._specification.sha256,
            suite_version=conformance.__version__,
            started=self._started.isoformat(timespec="seconds"),
            requests=self.sent,
            requests_sha256=digest(self.log.exchanges, judge.redactor),
            seconds=round(time.monotonic() - self._clock, 3),
            command=self.settings.command(),
            requirements=requirements,
            deviations=states,
            traffic=traffic.count(self.log.exchanges),
            latency=traffic.latency(self.log.exchanges),
        )

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return self._connection.transport.sent if self._connection else 0

    def pasteable_deviations(self, report: Report) -> str:
        """Return an entry for the file of known deviations for each breach that is not accepted yet."""
        today = dt.datetime.now(dt.timezone.utc).date()
        return "".join(deviations.template(r.id, today) for r in report.having(RequirementVerdict.FAIL))

    def _open(self, settings: Settings) -> Connection:
        """Connect, and put the parts together that requests pass through."""
        connection = connect_dry_run(settings) if self.dry_run else self._resources.enter_context(connect(settings))
        self.session = open_session(settings, self._specification, connection, self.log)
        return connection

    def _preflight(self, target: str) -> None:
        """Ask whether the target speaks HTTP, offers the API and accepts the token; any "no" ends the run."""
        exchange = self.session.send_unrecorded(self.session.commit(self.session.batches.unknown()))
        objection = preflight.objection(exchange, target)
        if objection is None:
            self.session.record(exchange)
        else:
            self.abort = self._redacted(objection)

    def _redacted(self, end: Abort) -> Abort:
        # At once, since it is also told as the reason why stimuli are skipped.
        return replace(end, reason=self.judge().redactor(end.reason))

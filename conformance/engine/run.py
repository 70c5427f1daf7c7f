"""One run from its first connection to its report."""

from __future__ import annotations

import datetime as dt
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import conformance
from conformance.engine import conclude, preflight
from conformance.engine.abort import ENDINGS, Stop, stop
from conformance.engine.conclude import Judge
from conformance.engine.confirm import Confirmation, confirm
from conformance.engine.digest import digest
from conformance.engine.log import Journal
from conformance.errors import NoBatchError
from conformance.exchange.redaction import Redactor
from conformance.exchange.tokens import derived, is_stand_in
from conformance.findings.record import Recorder
from conformance.reports import traffic
from conformance.reports.model import BUILT_IN, Report, RequirementVerdict, Verdict
from conformance.reports.plan import plan
from conformance.spec import deviations, openapi
from conformance.target.batches import OPTIONS
from conformance.target.connection import connect, rehearse
from conformance.target.setup import hands

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
    from conformance.target.session import Api

__all__ = ["Campaign"]

PREFLIGHT = "preflight"
"""Name of the first request, which belongs to no scenario."""

PLAYS_AGAIN = 5
"""Times that a scenario is played again, with other batches, if the target asked to send a request of it later."""


class Campaign(AbstractContextManager["Campaign"]):
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
        rehearsal: bool = False,
        on_breach: Callable[[str, Exchange], None] | None = None,
    ) -> None:
        """Prepare a run; a rehearsal goes through all of it and sends nothing.

        Args:
            settings: What is asked for.
            catalogue: All requirements.
            rehearsal: Whether nothing is to be sent.
            on_breach: Told of each breach at once: its requirement and the exchange.

        Raises:
            ConfigurationError: The file of known deviations is wrong.
        """
        self.settings = settings
        self.stop: Stop | None = None
        self.rehearsal = rehearsal
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
        self._lacking: dict[str, str] = {}
        self._connection: Connection | None = None
        self.journal = Journal(catalogue, on_breach)
        self.api: Api

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

    def begin(self, stimulus: str) -> None:
        """Name the stimulus that sends from now on; what it sends depends on that name and the seed alone."""
        self.api.stimulus = stimulus
        self.api.batches.begin(stimulus)

    def lacks(self, scenario: Scenario) -> str | None:
        """Say, and remember, what a scenario needs and cannot have, if anything."""
        lack: str | None = "the run has ended"
        with self.sending():
            lack = self.missing(scenario)
        if lack is not None:
            self._lacking[scenario.name] = lack
        return lack

    def missing(self, scenario: Scenario) -> str | None:
        """Say what a scenario needs and cannot have, if anything; raises `LedgerError`."""
        if self.settings.profile not in scenario.profiles:
            return f"not sent by the profile {self.settings.profile}"
        if scenario.foreign and self.api.account.foreign_project_id is None:
            return "needs --foreign-project-id"
        if scenario.token and is_stand_in(self.api.account.token):
            return "needs a token, and not a key that signs"
        if scenario.plenty and not self.api.batches.plenty:
            return "needs a target that creates batches, as the mock does"
        for state in scenario.needs:
            if not self.api.batches.has(state):
                return f"needs {OPTIONS[state]}"
        return None

    def play(self, scenario: Scenario) -> None:
        """Send a scenario and judge it as a whole; one that runs out of batches is broken off."""
        self.begin(scenario.name)
        with self.sending():
            try:
                exchanges = scenario.run(self.api)
                for _ in range(PLAYS_AGAIN):
                    if not any(exchange.deferred for exchange in exchanges):
                        break
                    self.api.batches.replace_bait()
                    exchanges = scenario.run(self.api)
            except NoBatchError as error:
                self._lacking[scenario.name] = str(error)
                return
            self.journal.add_sequence(scenario.name, exchanges)

    @property
    def interrupted(self) -> bool:
        """Whether the user has ended the run."""
        return self.stop is not None and self.stop.verdict is Verdict.INTERRUPTED

    def interrupt(self) -> None:
        """End the run, as the user wants it to."""
        self.stop = Stop(Verdict.INTERRUPTED, "what had been seen by then is in the report")

    @contextmanager
    def sending(self) -> Iterator[None]:
        """End the run where what is sent in this block meets the end of its means, of the target, or of safety."""
        try:
            yield
        except ENDINGS as error:
            if not self.interrupted:
                self.stop = self._redacted(stop(error))

    def plan(self) -> list[PlannedScenario]:
        """Say what each stimulus of a rehearsal would have sent."""
        return plan(self.journal.exchanges, self.api.batches.committable)

    @property
    def target(self) -> str:
        """Base URL of the target, or what stands for it."""
        return self._connection.target if self._connection else self.settings.target or BUILT_IN

    def conclude(self) -> None:
        """Send again, once, what was found to be broken, and make it small; not where the run was stopped."""
        if self._confirmed is not None or self.stop is not None or self.rehearsal or self.closing:
            return
        breaches = self.judge().found(self.journal)
        self._confirmed = {}
        if breaches:
            self.concluding = True
            with self.sending():
                self._confirmed = confirm(breaches, self.journal, self.api, self._catalogue)
            self.concluding = False

    def judge(self) -> Judge:
        """Return what draws conclusions from a journal, and removes all secrets of this run from what it says."""
        own = self._connection.account.authentication.secrets if self._connection else ()
        secrets = tuple(dict.fromkeys((*own, *self.settings.secrets)))
        redactor = Redactor(*secrets, *(wrong for secret in secrets for wrong in derived(secret)))
        return Judge(
            catalogue=self._catalogue.select(self.settings.only),
            specification=self._specification,
            redactor=redactor,
            tokens=secrets,
            profile=self.settings.profile,
            lacking=self._lacking,
            accepted=frozenset(deviation.requirement for deviation in self._deviations),
            confirmed=self._confirmed or {},
            mock=self._connection is not None and self._connection.provider is not None,
            recorder=Recorder(self._catalogue, redactor, secrets, self.api if self._connection else None),
        )

    def requirements(self) -> tuple[tuple[RequirementReport, ...], tuple[tuple[str, str], ...]]:
        """Draw the conclusion on each requirement; returns what became of each known deviation as well."""
        today = dt.datetime.now(dt.timezone.utc).date()
        found = self.judge().requirements(self.journal, self.stop)
        return conclude.accept(found, self._deviations, self.journal, today)

    def report(self) -> Report:
        """Draw the conclusion from all that was exchanged."""
        judge = self.judge()
        requirements, states = self.requirements()
        result, reason = conclude.of_run(requirements, states, self.stop, self.journal)
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
            requests_sha256=digest(self.journal.exchanges, judge.redactor),
            seconds=round(time.monotonic() - self._clock, 3),
            command=self.settings.command(),
            requirements=requirements,
            deviations=states,
            traffic=traffic.count(self.journal.exchanges),
            latency=traffic.latency(self.journal.exchanges),
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
        connection = rehearse(settings) if self.rehearsal else self._resources.enter_context(connect(settings))
        self.api = hands(settings, self._specification, connection, self.journal)
        return connection

    def _preflight(self, target: str) -> None:
        """Ask whether the target speaks HTTP, offers the API and accepts the token; any "no" ends the run."""
        exchange = self.api.ask(self.api.commit(self.api.batches.unknown()))
        objection = preflight.objection(exchange, target)
        if objection is None:
            self.api.judge(exchange)
        else:
            self.stop = self._redacted(objection)

    def _redacted(self, end: Stop) -> Stop:
        # At once, since it is also told as the reason why stimuli are skipped.
        return replace(end, reason=self.judge().redactor(end.reason))

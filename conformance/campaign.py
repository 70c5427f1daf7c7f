"""One run from its first connection to its report."""

from __future__ import annotations

import datetime as dt
import random
import time
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import conformance
from conformance import deviations, preflight, situation, specification, verdict
from conformance.batches import Batches, UnavailableError
from conformance.journal import Journal
from conformance.mock import MockControl
from conformance.redaction import Redactor
from conformance.reports.model import Report, RequirementVerdict, Verdict
from conformance.server.embedded import EmbeddedServer
from conformance.server.settings import FOREIGN_PROJECT_ID
from conformance.settings import is_loopback
from conformance.situation import BatchState
from conformance.stimuli.api import Account, Api, SafetyError, TargetLostError
from conformance.transport import HttpTransport, Limits, RehearsedTransport, SpentError
from conformance.verdict import Judge, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from conformance.batches import Provider
    from conformance.catalogue import Catalogue
    from conformance.settings import Settings
    from conformance.stimuli.scenarios import Scenario
    from conformance.transport import Transport

__all__ = ["Campaign"]

OPERATION = "CommitAsyncJob"


@dataclass
class PlannedStimulus:
    """What a stimulus would send.

    Attributes:
        name: Its name.
        requests: How many requests.
        committable: The batches among those it names that could be committed.
    """

    name: str
    requests: int = 0
    committable: set[str] = field(default_factory=set)


class _Imaginary:
    """Stands for the built-in mock in a rehearsal, which starts none."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret

    def create(self, state: BatchState, *, foreign: bool = False) -> str:
        """Make up an ID."""
        return f"{'foreign-' * foreign}{state.value}-{self._random.getrandbits(64):016x}"


class Campaign(AbstractContextManager["Campaign"]):
    """Judges one target.

    Attributes:
        settings: What was asked for.
        api: The hands of the stimuli.
        journal: The evidence so far.
        stop: Why the run ended before its end, if it did.
        sent: What each stimulus sent: its name, the number of its requests, and of the commits that they may cause.
    """

    def __init__(self, settings: Settings, catalogue: Catalogue, *, rehearsal: bool = False) -> None:
        """Prepare a run; a rehearsal goes through all of it and sends nothing.

        Raises:
            ConfigurationError: The file of known deviations is wrong.
        """
        self.settings = settings
        self.stop: Stop | None = None
        self.rehearsal = rehearsal
        self._catalogue = catalogue
        path = settings.known_deviations
        self._deviations = deviations.read(path, catalogue) if path else ()
        self._specification = specification.load()
        self._started = dt.datetime.now(dt.timezone.utc)
        self._clock = time.monotonic()
        self._resources = ExitStack()
        self._lacking: dict[str, str] = {}
        self.journal = Journal(catalogue)
        self.target = settings.target or "the built-in mock"
        self.api: Api
        self._transport: Transport
        foreign = FOREIGN_PROJECT_ID if settings.target is None else None
        self._account = Account(settings.project_id, settings.token, settings.foreign_project_id or foreign)

    def __enter__(self) -> Self:
        """Start the mock if no target was named, connect, and find out whether the target can be judged at all."""
        with ExitStack() as resources:
            control = None if self.rehearsal else self._connect(resources)
            self._build(control)
            self._resources = resources.pop_all()
        self.begin("preflight")
        self._preflight()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections and stop the mock."""
        self._resources.close()

    def begin(self, stimulus: str) -> None:
        """Name the stimulus that sends from now on."""
        self.api.stimulus = stimulus

    def lacks(self, scenario: Scenario) -> str | None:
        """Say, and remember, what a scenario needs and cannot have, if anything."""
        lack = self._lack(scenario)
        if lack is not None:
            self._lacking[scenario.name] = lack
        return lack

    def _lack(self, scenario: Scenario) -> str | None:
        if self.settings.profile not in scenario.profiles:
            return f"not sent by the profile {self.settings.profile}"
        if scenario.foreign and self.api.account.foreign_project_id is None:
            return "needs --foreign-project-id"
        for state in scenario.needs:
            if not self.api.batches.has(state):
                option = next(name for name, needed in verdict.NEEDS.items() if needed is state)
                return f"needs {option}"
        return None

    def play(self, scenario: Scenario) -> None:
        """Send a scenario and judge it as a whole; one that runs out of batches is broken off."""
        self.begin(scenario.name)
        with self.sending():
            try:
                exchanges = scenario.run(self.api)
            except UnavailableError as error:
                self._lacking[scenario.name] = str(error)
                return
            self.journal.add_sequence(scenario.name, exchanges)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """End the run where what is sent in this block meets the end of its means, of the target, or of safety."""
        try:
            yield
        except SpentError as error:
            self.stop = Stop(Verdict.INCONCLUSIVE, str(error))
        except TargetLostError as error:
            self.stop = Stop(Verdict.UNREACHABLE, f"{error}; start it again, or see what made it stop")
        except SafetyError as error:
            self.stop = Stop(Verdict.STOPPED, f"stopped for safety: {error}; please report this")

    def plan(self) -> list[PlannedStimulus]:
        """Say what each stimulus of a rehearsal would have sent."""
        planned: dict[str, PlannedStimulus] = {}
        for exchange in self.journal.exchanges:
            entry = planned.setdefault(exchange.stimulus, PlannedStimulus(exchange.stimulus))
            entry.requests += 1
            if exchange.situation.batch_id in self.api.batches.committable:
                entry.committable.add(exchange.situation.batch_id)
        return list(planned.values())

    def report(self) -> Report:
        """Draw the conclusion from all that was exchanged."""
        judge = Judge(
            catalogue=self._catalogue.select(self.settings.only),
            specification=self._specification,
            redactor=Redactor(self._account.token),
            token=self._account.token,
            profile=self.settings.profile,
            lacking=self._lacking,
        )
        today = dt.datetime.now(dt.timezone.utc).date()
        requirements, states = verdict.accept(judge.requirements(self.journal, self.stop), self._deviations, today)
        result, reason = verdict.of_run(requirements, states, self.stop)
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
            requests=self._transport.sent if hasattr(self, "_transport") else 0,
            seconds=round(time.monotonic() - self._clock, 3),
            command=self.settings.command(),
            requirements=requirements,
            deviations=states,
        )

    def pasteable_deviations(self, report: Report) -> str:
        """Return an entry for the file of known deviations for each breach that is not accepted yet."""
        today = dt.datetime.now(dt.timezone.utc).date()
        return "".join(deviations.template(r.id, today) for r in report.having(RequirementVerdict.FAIL))

    def _connect(self, resources: ExitStack) -> MockControl | None:
        settings = self.settings
        url = settings.target or resources.enter_context(EmbeddedServer()).url
        self.target = url
        limits = Limits(settings.timeout, settings.rate, settings.max_requests, settings.budget)
        self._transport = resources.enter_context(HttpTransport(url, limits))
        # Only this machine is asked: elsewhere, nothing is sent that is no part of the API.
        control = MockControl.discover(url, seed=settings.seed) if is_loopback(url) else None
        if control is not None:
            resources.callback(control.close)
            token = settings.token if settings.token_given else control.token
            project_id = settings.project_id if settings.project_given else control.project_id
            foreign = settings.foreign_project_id or control.foreign_project_id
            self._account = Account(project_id, token, foreign)
        return control

    def _build(self, control: MockControl | None) -> None:
        settings, account = self.settings, self._account
        provider: Provider | None = control
        if self.rehearsal:
            self._transport = RehearsedTransport()
            provider = _Imaginary(settings.seed) if settings.target is None else None
        named = {
            BatchState.READY: settings.ready_jobs,
            BatchState.VALIDATING: settings.validating_jobs,
            BatchState.FAILED: settings.failed_jobs,
            BatchState.COMMITTED: settings.committed_jobs,
        }
        reader = situation.Reader(
            self._specification,
            token=account.token,
            project_id=account.project_id,
            foreign=account.foreign_project_id,
        )
        untouchable: frozenset[str] = frozenset()
        if settings.profile == "safe":
            untouchable = frozenset(batch_id for ids in named.values() for batch_id in ids)
            provider, named = None, {}
        self.api = Api(
            operation=self._specification.operation(OPERATION),
            account=account,
            transport=self._transport,
            reader=reader,
            batches=Batches(named, seed=settings.seed, provider=provider),
            journal=self.journal,
            untouchable=untouchable,
        )

    def _preflight(self) -> None:
        """Ask whether the target speaks HTTP, offers the API and accepts the token; any "no" ends the run."""
        with self.sending():
            exchange = self.api.ask(self.api.commit(self.api.batches.unknown()))
            self.stop = preflight.objection(exchange, self.target)
            if self.stop is None:
                self.api.judge(exchange)

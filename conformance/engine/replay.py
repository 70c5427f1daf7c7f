"""Sending a finding again, and what that says: it is still broken, it is fixed, or it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import conformance
from conformance.engine.resend import Resender
from conformance.errors import CatalogueError, MissingInputError, NoBatchError
from conformance.exchange.exchange import TransportFailure
from conformance.findings.fill import instantiate, is_safe_to_send
from conformance.requirements import SCENARIOS
from conformance.requirements.oracle_registry import LATER

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.engine.log import RunLog
    from conformance.engine.run import Run
    from conformance.findings.file import RecordedFinding
    from conformance.reports.model import Finding
    from conformance.spec.catalogue import Catalogue

__all__ = ["TRIES", "ReplayVerdict", "Replayer", "Result"]

TRIES = 30
"""Times that an intermittent finding is sent; one that shows each tenth time is missed four times of a hundred."""


class ReplayVerdict(str, Enum):
    """What is said of a finding."""

    BROKEN = "still broken"
    FIXED = "fixed"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Result:
    """What came of sending a finding again.

    Attributes:
        outcome: What is said of it.
        reason: A phrase that says why.
        finding: What was seen now, if it is still broken.
    """

    outcome: ReplayVerdict
    reason: str
    finding: Finding | None = None


@dataclass(frozen=True)
class _Trial:
    """What came of sending something one or several times.

    Attributes:
        times: How often it was sent.
        judged: How many answers were judged.
        finding: The breach, if there was one.
        why: Why it could not be sent, or judged; empty if it could.
        sent: Whether it was sent at all.
    """

    times: int = 0
    judged: int = 0
    finding: Finding | None = None
    why: str = ""
    sent: bool = True


class Replayer:
    """Sends the findings of earlier runs to the target of this one, and judges the answers by the same oracles."""

    def __init__(self, run: Run, catalogue: Catalogue) -> None:
        """Take a run that has begun, and all requirements."""
        self._run = run
        self._catalogue = catalogue
        self._repeater = Resender(run.session, run.log, catalogue)

    def replay(self, recorded: RecordedFinding) -> Result:
        """Send a finding again; returns what is to be said of it.

        Raises:
            SuiteError: An oracle failed.
        """
        redact = self._run.judge().redactor
        result = None
        if self._run.abort is None:
            with self._run.sending():
                result = self._told(recorded)
        if result is None:
            abort = self._run.abort
            result = Result(ReplayVerdict.UNKNOWN, abort.reason if abort else "nothing was sent")
        return replace(result, reason=redact(result.reason))

    def _told(self, recorded: RecordedFinding) -> Result:
        try:
            _ = self._catalogue[recorded.requirement]
        except CatalogueError:
            of = f"drs-conform {recorded.suite_version}"
            return Result(
                ReplayVerdict.UNKNOWN, f"is no requirement of drs-conform {conformance.__version__}; replay with {of}"
            )
        self._run.session.seed = recorded.seed
        self._run.begin(f"replay of {recorded.requirement}")
        if not recorded.alone:
            return _conclusion(recorded, self._play(recorded, self._times(recorded)))
        alone = self._send(recorded, self._times(recorded))
        if alone.finding is not None or (alone.sent and alone.why):
            return _conclusion(recorded, alone)
        if alone.sent and not self._free(recorded.stimulus):
            return _conclusion(recorded, alone)
        # What held may show after other calls only; what cannot go alone goes as the suite's own scenario sends it.
        whole = self._play(recorded, 1)
        if whole.finding is not None or not alone.sent:
            return _conclusion(recorded, whole if whole.sent else alone)
        return _conclusion(recorded, alone, whole)

    def _send(self, recorded: RecordedFinding, times: int) -> _Trial:
        """Send the request that shows it, each time with another batch."""
        if not recorded.steps:
            return _Trial(why="its request held a secret, and is not in the file", sent=False)
        session, step = self._run.session, recorded.steps[-1]

        def send() -> RunLog:
            request = instantiate(step, session)
            if not is_safe_to_send(request, session):
                raise MissingInputError(
                    f"goes to a mock only; elsewhere, run drs-conform --only {recorded.requirement}"
                )
            return self._repeater.sent(request.request, recorded.stimulus)

        return self._tried(recorded, send, times)

    def _play(self, recorded: RecordedFinding, times: int) -> _Trial:
        """Play the scenario that shows it."""
        scenario = SCENARIOS.get(recorded.stimulus)
        if scenario is None:
            of = f"drs-conform {recorded.suite_version}"
            return _Trial(why=f"{recorded.stimulus} is no scenario of this suite; replay with {of}", sent=False)
        lack = self._run.skip_reason(scenario)
        if lack is not None:
            safe = self._run.settings.profile not in scenario.profiles
            return _Trial(why=f"{lack}; give --profile full" if safe else lack, sent=False)
        return self._tried(recorded, lambda: self._repeater.played(scenario.name), times)

    def _tried(self, recorded: RecordedFinding, send: Callable[[], RunLog], times: int) -> _Trial:
        """Send something until it shows the breach, or is not judged, or has been sent often enough."""
        judged = 0
        for time in range(1, times + 1):
            try:
                log = send()
            except (NoBatchError, MissingInputError) as error:
                return _Trial(time - 1, judged, why=str(error), sent=time > 1)
            record = log.records[recorded.requirement]
            if record.violations:
                return _Trial(time, judged, self._finding(recorded.requirement, log))
            why = self._unjudged(recorded.requirement, log)
            if why:
                return _Trial(time, judged, why=why)
            judged += record.exercised
        return _Trial(times, judged)

    def _unjudged(self, key: str, log: RunLog) -> str:
        """Say why an answer, or one of several, says nothing of a requirement; empty if it does."""
        for exchange in log.exchanges:
            outcome = exchange.outcome
            if isinstance(outcome, TransportFailure) and outcome.kind != "unsendable":
                return f"no answer came: {outcome.detail}; raise --timeout, or see what stops it"
            if exchange.status in LATER:
                return f"the target asks to come again later (status {exchange.status}); lower --rate"
        if log.records[key].exercised:
            return ""
        broken = [other for other in self._catalogue[key].presupposes if log.records[other].violations]
        if broken:
            return f"cannot be judged while {broken[0]} is broken; mend that first"
        statuses = ", ".join(dict.fromkeys(str(exchange.status) for exchange in log.exchanges))
        return f"status {statuses} is none that it could be judged on" if statuses else "nothing was sent"

    def _finding(self, key: str, log: RunLog) -> Finding:
        """Return the breach as reports tell it, secrets removed; it is told whatever else explains it."""
        requirement = self._catalogue[key]
        judge = replace(
            self._run.judge(),
            catalogue=self._catalogue.select([key]),
            accepted=frozenset(requirement.explained_by),
            confirmed={},
        )
        [report] = judge.requirements(log, None)
        return report.findings[0]

    def _times(self, recorded: RecordedFinding) -> int:
        """Return how often it is to be sent: once, if it showed whenever it was sent or if each time costs a batch."""
        step = recorded.steps[-1] if recorded.alone and recorded.steps else None
        costly = not self._run.session.batches.can_create_batches and (
            step.batch not in ("", "unknown") if step else not self._free(recorded.stimulus)
        )
        return 1 if recorded.repeats.steady or costly else TRIES

    def _free(self, stimulus: str) -> bool:
        """Tell whether a scenario can be played, and uses up no batch that the user has named."""
        scenario = SCENARIOS.get(stimulus)
        return scenario is not None and (self._run.session.batches.can_create_batches or not scenario.needs)


def _conclusion(recorded: RecordedFinding, trial: _Trial, whole: _Trial | None = None) -> Result:
    """Return what is to be said of a finding, given the trial that decides, and one that went well beside it."""
    if trial.finding is not None:
        time = f", at try {trial.times}" if trial.times > 1 else ""
        return Result(ReplayVerdict.BROKEN, f"got {trial.finding.actual}{time}", trial.finding)
    if trial.why:
        return Result(ReplayVerdict.UNKNOWN, trial.why)
    answers = trial.judged + (whole.judged if whole else 0)
    held = f"holds on {answers} of {answers} {'answers' if recorded.alone else 'sequences'}"
    sent = f"sent {trial.times} times" if trial.times > 1 else "sent again"
    beside = f", and {recorded.stimulus} played" if whole and not whole.why else ""
    then = recorded.repeats
    seen = f"; when it was found, {then.broken} of {then.sent} broke" if then.intermittent else ""
    return Result(ReplayVerdict.FIXED, f"{held}, {sent}{beside}{seen}")

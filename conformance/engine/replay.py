"""Replay: send the finding of an earlier run again to see whether it is fixed or still broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import conformance
from conformance.engine.resend import Resender
from conformance.errors import CatalogueError, MissingInputError, NoBatchError
from conformance.exchange.exchange import TransportFailure
from conformance.findings.fill import instantiate, is_safe_to_send
from conformance.reports.rows import plural
from conformance.requirements import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.engine.log import RunLog
    from conformance.engine.run import Run
    from conformance.findings.file import RecordedFinding
    from conformance.reports.model import Finding
    from conformance.spec.catalogue import Catalogue

__all__ = ["ATTEMPTS", "ReplayVerdict", "Replayer", "Result"]

REQUEST = "the request"
ATTEMPTS = 30
"""Times that an intermittent finding is sent. One that fails one time in ten is missed in 4 % of the replays."""


class ReplayVerdict(StrEnum):
    """The verdict on a replayed finding."""

    BROKEN = "still broken"
    FIXED = "fixed"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Result:
    """The result of a replay.

    Attributes:
        outcome: The verdict.
        reason: The reason for the verdict, as a phrase.
        finding: The violation seen now; None unless still broken.
    """

    outcome: ReplayVerdict
    reason: str
    finding: Finding | None = None


@dataclass(frozen=True)
class _Attempts:
    """The result of sending a request or playing a scenario one or more times.

    Attributes:
        what: The request or the scenario, as a phrase.
        times: Number of times that it was sent.
        judged: Number of answers that were judged.
        finding: The violation, if there was one.
        obstacle: Why it could not be sent or judged; empty if it could.
        sent: Whether it was sent at all.
    """

    what: str
    times: int = 0
    judged: int = 0
    finding: Finding | None = None
    obstacle: str = ""
    sent: bool = True


class Replayer:
    """Sends the findings of earlier runs to the target of this run and judges the answers by the same oracles."""

    def __init__(self, run: Run, catalogue: Catalogue) -> None:
        """Replay in a run that has been entered, given all requirements."""
        self._run = run
        self._catalogue = catalogue
        self._resender = Resender(run.session, run.log, catalogue)

    def replay(self, recorded: RecordedFinding) -> Result:
        """Send a finding again and return the result."""
        redact = self._run.assessor().redactor
        result = None
        if self._run.abort is None:
            with self._run.sending():
                result = self._replay(recorded)
        if result is None:
            abort = self._run.abort
            result = Result(ReplayVerdict.UNKNOWN, abort.reason if abort else "nothing was sent")
        return replace(result, reason=redact(result.reason))

    def _replay(self, recorded: RecordedFinding) -> Result:
        try:
            _ = self._catalogue[recorded.requirement]
        except CatalogueError:
            this, other = f"drs-conform {conformance.__version__}", f"drs-conform {recorded.suite_version}"
            return Result(ReplayVerdict.UNKNOWN, f"is not a requirement of {this}; replay it with {other}")
        self._run.session.seed = recorded.seed
        self._run.begin(f"replay of {recorded.requirement}")
        if not recorded.alone:
            return _result(recorded, self._play(recorded, self._times(recorded)))
        request = self._send(recorded, self._times(recorded))
        if request.finding is not None or (request.sent and request.obstacle):
            return _result(recorded, request)
        if request.sent and not self._plays_without_cost(recorded.stimulus):
            return _result(recorded, request)
        # The violation may need the calls before it, and a request that is not safe to send may be part of a scenario.
        scenario = self._play(recorded, 1)
        if scenario.finding is not None or not request.sent:
            return _result(recorded, scenario if scenario.sent else request)
        return _result(recorded, request, scenario)

    def _send(self, recorded: RecordedFinding, times: int) -> _Attempts:
        """Send the recorded request, each time with another batch."""
        if not recorded.steps:
            return _Attempts(REQUEST, obstacle="its request contained a secret, so it is not in the file", sent=False)
        session, step = self._run.session, recorded.steps[-1]

        def send() -> RunLog:
            if not is_safe_to_send(instantiate(step, session, allocate=False), session):
                raise MissingInputError(
                    "the request is sent only to a mock; "
                    f"for another target, run drs-conform --only {recorded.requirement}"
                )
            return self._resender.send_request(instantiate(step, session).request, recorded.stimulus)

        return self._attempt(REQUEST, recorded, send, times)

    def _play(self, recorded: RecordedFinding, times: int) -> _Attempts:
        """Play the recorded scenario."""
        what = f"scenario {recorded.stimulus}"
        scenario = SCENARIOS.get(recorded.stimulus)
        if scenario is None:
            other = f"drs-conform {recorded.suite_version}"
            obstacle = f"{recorded.stimulus} is not a scenario of this suite; replay it with {other}"
            return _Attempts(what, obstacle=obstacle, sent=False)
        reason = self._run.skip_reason(scenario)
        if reason is not None:
            needs_full = self._run.settings.profile not in scenario.profiles
            return _Attempts(what, obstacle=f"{reason}; use --profile full" if needs_full else reason, sent=False)
        return self._attempt(what, recorded, lambda: self._resender.play(scenario.name), times)

    def _attempt(self, what: str, recorded: RecordedFinding, send: Callable[[], RunLog], times: int) -> _Attempts:
        """Send up to `times` times, until the requirement is violated or an answer cannot be judged."""
        judged = 0
        for time in range(1, times + 1):
            try:
                log = send()
            except (NoBatchError, MissingInputError) as error:
                return _Attempts(what, time - 1, judged, obstacle=str(error), sent=time > 1)
            record = log.records[recorded.requirement]
            if record.violations:
                return _Attempts(what, time, judged, self._finding(recorded.requirement, log))
            obstacle = self._obstacle(recorded.requirement, log)
            if obstacle:
                return _Attempts(what, time, judged, obstacle=obstacle)
            judged += record.exercised
        return _Attempts(what, times, judged)

    def _obstacle(self, key: str, log: RunLog) -> str:
        """Return why a requirement could not be judged on these answers; empty if it was."""
        for exchange in log.exchanges:
            outcome = exchange.outcome
            if isinstance(outcome, TransportFailure) and outcome.kind != "unsendable":
                return f"no answer came: {outcome.detail}; raise --timeout, or find out what stops it"
            if exchange.throttled:
                return f"the target asks to retry later (status {exchange.status}); lower --rate"
        record = log.records[key]
        if record.voids:
            return f"cannot be judged: {record.void_reason}"
        if record.exercised:
            return ""
        broken = [other for other in self._catalogue[key].presupposes if log.records[other].violations]
        if broken:
            return f"cannot be judged while {broken[0]} is broken; fix that first"
        statuses = ", ".join(dict.fromkeys(str(exchange.status) for exchange in log.exchanges))
        return f"does not apply to status {statuses}" if statuses else "nothing was sent"

    def _finding(self, key: str, log: RunLog) -> Finding:
        """Return the violation as in a report, without secrets, even if another violation explains it."""
        requirement = self._catalogue[key]
        assessor = replace(
            self._run.assessor(),
            catalogue=self._catalogue.select([key]),
            accepted=frozenset(requirement.causes),
            confirmed={},
        )
        [report] = assessor.requirement_reports(log, None)
        return report.findings[0]

    def _times(self, recorded: RecordedFinding) -> int:
        """Return how often to send: once if it was not intermittent, or if each attempt uses up a batch."""
        step = recorded.steps[-1] if recorded.alone and recorded.steps else None
        costly = not self._run.session.batches.can_create_batches and (
            step.batch not in ("", "unknown") if step else not self._plays_without_cost(recorded.stimulus)
        )
        return 1 if recorded.repeats.steady or costly else ATTEMPTS

    def _plays_without_cost(self, name: str) -> bool:
        """Return whether there is such a scenario and it uses up no batch that the user has named."""
        scenario = SCENARIOS.get(name)
        return scenario is not None and (self._run.session.batches.can_create_batches or not scenario.needs)


def _result(recorded: RecordedFinding, decisive: _Attempts, also: _Attempts | None = None) -> Result:
    """Return the result of a replay, given the attempts that decide it and others without a violation."""
    if decisive.finding is not None:
        attempt = f", at attempt {decisive.times}" if decisive.times > 1 else ""
        return Result(ReplayVerdict.BROKEN, f"got {decisive.finding.actual}{attempt}", decisive.finding)
    if decisive.obstacle:
        return Result(ReplayVerdict.UNKNOWN, decisive.obstacle)
    number = decisive.judged + (also.judged if also else 0)
    answers = plural(number, "answer" if recorded.alone else "sequence")
    passed = f"{f'all {answers}' if number > 1 else answers} to which {recorded.requirement} applies passed"
    if also and not also.obstacle:
        verb = f"were sent again, {decisive.what} {decisive.times} times" if decisive.times > 1 else "were sent again"
        sent = f"{decisive.what} and {also.what} {verb}"
    else:
        sent = f"{decisive.what} was sent {f'{decisive.times} times' if decisive.times > 1 else 'again'}"
    before = recorded.repeats
    rate = f"; originally reproduced {before.broken} of {before.sent} times" if before.intermittent else ""
    return Result(ReplayVerdict.FIXED, f"{sent}; {passed}{rate}")

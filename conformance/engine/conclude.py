"""The verdict on each requirement and on the run, from the log of the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Form, Response
from conformance.exchange.verdicts import BROKEN, SEVERITY, RequirementVerdict, Verdict
from conformance.findings import curl
from conformance.reports.marking import marked
from conformance.reports.model import Ending, Finding, Message, Repeats, RequirementReport, SpecPlace
from conformance.reports.rows import plural
from conformance.requirements.conditions import needs, profiles
from conformance.requirements.oracle_registry import KEPT
from conformance.spec.catalogue import Level
from conformance.spec.deviations import DEVIATES, NOT_EXERCISED
from conformance.target.batches import OPTIONS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from conformance.config.settings import Profile
    from conformance.engine.abort import Abort
    from conformance.engine.confirm import Confirmation
    from conformance.engine.log import RunLog
    from conformance.exchange.exchange import Exchange, Request
    from conformance.exchange.redaction import Redactor
    from conformance.findings.record import Recorder
    from conformance.requirements.violations import Tally, Violation
    from conformance.spec.catalogue import Catalogue, Requirement
    from conformance.spec.deviations import Deviation
    from conformance.spec.openapi import Specification

__all__ = ["Assessor", "apply_deviations", "run_verdict"]

BODY_SHOWN = 4096
TEXT_SHOWN = 200
REDACTED = 4
"""Times as many characters are redacted as are shown."""
OBSERVATIONS_SHOWN = 20
"""Maximum of different observations by one requirement that are shown."""
FIELD_SHOWN = 500
"""Maximum of characters of a header of an answer, of its name and of its value."""
HEADERS_SHOWN = 100
"""Maximum of headers of a message that are shown."""

NEW_BATCH = (
    """curl -sS -g "$DRS_TARGET"/_mock/batches -H 'Content-Type: application/json' """
    """-d '{"status": "AUTO_PARAM_VALIDATE_SUCCESS"}'"""
)
"""Command that creates a validated batch in the mock and prints its ID."""

OVERRIDING = SEVERITY[: SEVERITY.index(Verdict.VIOLATES)]
"""Verdicts on an aborted run that override the violations found so far."""


@dataclass(frozen=True)
class Assessor:
    """Turns the log of a run into a verdict on each requirement.

    Attributes:
        catalogue: The selected requirements.
        specification: openapi.yaml.
        redactor: Removes the secrets from every text of a report.
        profile: The profile.
        skip_reasons: Skip reason of each scenario that was skipped or ran out of batches.
        accepted: Requirements with a known deviation, which cannot be the cause of another violation.
        confirmed: The violations that were sent again, by requirement.
        mock: Whether the target is a mock, which creates batches on request.
        recorder: Makes the requests of a finding portable.
    """

    catalogue: Catalogue
    specification: Specification
    redactor: Redactor
    profile: Profile
    skip_reasons: Mapping[str, str]
    accepted: frozenset[str]
    confirmed: Mapping[str, Confirmation]
    mock: bool
    recorder: Recorder

    def violations(self, log: RunLog) -> dict[str, Violation]:
        """Return the smallest violation of each requirement, without those that another one explains, MUST first."""
        broken = [requirement for requirement in self.catalogue if not self._causes(requirement, log)]
        broken.sort(key=lambda requirement: list(Level).index(requirement.level))
        smallest = {requirement.id: log.records[requirement.id].smallest for requirement in broken}
        return {key: violation for key, violation in smallest.items() if violation is not None}

    def requirement_reports(self, log: RunLog, abort: Abort | None) -> tuple[RequirementReport, ...]:
        """Return the result for each requirement. A violation is listed with the first one that explains it as well."""
        reports = {requirement.id: self._requirement_report(requirement, log, abort) for requirement in self.catalogue}
        for requirement in self.catalogue:
            causes = self._causes(requirement, log)
            if causes and causes[0] in reports:
                cause = reports[causes[0]]
                reports[cause.id] = replace(cause, also_affected=(*cause.also_affected, requirement.id))
        return tuple(reports.values())

    def _requirement_report(self, requirement: Requirement, log: RunLog, abort: Abort | None) -> RequirementReport:
        record = log.records[requirement.id]
        place = SpecPlace(requirement.pointer, self.specification.line(requirement.pointer))
        verdict, reason = self._verdict(requirement, log, abort)
        broken = verdict in BROKEN
        found = self.confirmed.get(requirement.id, record)
        findings = (
            (self._finding(found.smallest, requirement, place, record.violations),)
            if broken and found.smallest is not None
            else ()
        )
        return RequirementReport(
            id=requirement.id,
            area=requirement.area,
            level=requirement.level.value,
            title=requirement.title,
            clause=requirement.says,
            source=requirement.source,
            url=requirement.url,
            spec=place,
            verdict=verdict,
            reason=reason,
            exercised=record.exercised,
            findings=findings,
        )

    def _verdict(self, requirement: Requirement, log: RunLog, abort: Abort | None) -> tuple[RequirementVerdict, str]:
        record = log.records[requirement.id]
        if record.violations:
            causes = self._causes(requirement, log)
            if causes:
                return RequirementVerdict.INCONCLUSIVE, f"also violated, possibly because {causes[0]} is"
            must = requirement.level is Level.MUST
            return RequirementVerdict.FAIL if must else RequirementVerdict.WARN, _void(record)
        if record.voids:
            return RequirementVerdict.INCONCLUSIVE, _void(record)
        if record.exercised:
            return RequirementVerdict.PASS, self._observed(record.observations)
        return self._unchecked(requirement, log, abort)

    def _observed(self, observations: Mapping[str, int]) -> str:
        """Return the observations with their numbers; the first ones, if a target makes too many."""
        first = sorted(observations.items())[:OBSERVATIONS_SHOWN]
        seen = [f"{self._excerpt(observation)} ({count} x)" for observation, count in first]
        more = len(observations) - len(first)
        return ", ".join([*seen, *([f"and {plural(more, 'other observation')}"] if more else [])])

    def _unchecked(self, requirement: Requirement, log: RunLog, abort: Abort | None) -> tuple[RequirementVerdict, str]:
        """Return the verdict on a requirement that no answer was checked against: skipped or inconclusive."""
        if self.profile not in profiles(requirement):
            return RequirementVerdict.SKIPPED, f"not exercised by the profile {self.profile}"
        if abort is not None:
            return RequirementVerdict.INCONCLUSIVE, abort.reason
        others = (*requirement.presupposes, *requirement.causes)
        blocking = [other for other in others if log.records[other].violations or log.records[other].voids]
        if blocking:
            return RequirementVerdict.INCONCLUSIVE, f"blocked by {blocking[0]}"
        skip_reasons = [self.skip_reasons.get(name) for name in requirement.exercised_by]
        first = skip_reasons[0]
        if first is None or None in skip_reasons:
            return RequirementVerdict.INCONCLUSIVE, "no answer was received to which it applies"
        # A full run without a ready batch does not check the purpose of the API, so it must not conform.
        optional = needs(requirement) != OPTIONS[BatchState.READY]
        return RequirementVerdict.SKIPPED if optional else RequirementVerdict.INCONCLUSIVE, first

    def _causes(self, requirement: Requirement, log: RunLog) -> list[str]:
        """Return the violated requirements that explain the violation of this one."""
        records, record = log.records, log.records[requirement.id]
        if not record.violations:
            return []
        alike = [cause for cause in requirement.same_status_as if record.has_statuses_of(records[cause])]
        causes = (*requirement.explained_by, *alike)
        return [cause for cause in causes if records[cause].violations and cause not in self.accepted]

    def _finding(self, violation: Violation, requirement: Requirement, place: SpecPlace, occurrences: int) -> Finding:
        exchange = violation.exchange
        steps = (*violation.before, exchange)
        confirmation = self.confirmed.get(requirement.id)
        repeats = confirmation.repeats if confirmation else Repeats()
        commands = [
            *self._comments(steps),
            curl.commands(
                [step.request for step in steps], tokens=self.recorder.secrets, others=self.recorder.other_tokens
            ),
        ]
        return Finding(
            expected=self._excerpt(violation.judgement.expected),
            actual=self._excerpt(violation.judgement.actual),
            clause=requirement.says,
            spec=place,
            stimulus=exchange.scenario,
            occurrences=occurrences,
            request=self._request(exchange.request),
            response=self._response(exchange, requirement.shown_in),
            curl=self.redactor("\n".join(commands)),
            repeats=replace(repeats, reason=self.redactor(repeats.reason)),
            steps=self.recorder.steps(steps),
            alone=self.recorder.alone(requirement.id, violation),
        )

    def _excerpt(self, text: str, limit: int = TEXT_SHOWN, end: str = "...") -> str:
        """Return the beginning of a text, redacted before it is cut so that no part of a secret is left at the end.

        Only a longer beginning is redacted, as that takes long. A part of a secret at its end is too short to matter.
        """
        redacted = self.redactor(text[: REDACTED * limit])
        cut = len(redacted) > limit or len(text) > REDACTED * limit
        return f"{redacted[:limit]}{end}" if cut else redacted

    def _comments(self, steps: Sequence[Exchange]) -> list[str]:
        """Return shell comments that name the batches to replace, and the command that creates others."""
        used_up = dict.fromkeys(quote(step.situation.batch_id) for step in steps if _may_use_up_batch(step))
        comments = [f"# replace {batch_id}, which is used up, with another validated batch" for batch_id in used_up]
        return [*comments, f"# create one with: {NEW_BATCH}"] if comments and self.mock else comments

    def ending(self, exchange: Exchange) -> Ending:
        """Return an exchange that ended the run, as the report has it."""
        return Ending(self._request(exchange.request), self._response(exchange))

    def _request(self, request: Request) -> Message:
        return self._message(
            f"{request.method} {request.target} HTTP/{(request.form or Form()).version}",
            request.headers,
            request.body,
            KEPT,
        )

    def _response(self, exchange: Exchange, shown_in: str = "") -> Message | None:
        outcome = exchange.outcome
        if not isinstance(outcome, Response):
            return None
        message = self._message(f"HTTP/1.1 {outcome.status}", outcome.headers, outcome.body, FIELD_SHOWN)
        return marked(message, shown_in) if shown_in else message

    def _message(self, start: str, headers: Sequence[tuple[str, str]], body: bytes, longest: int) -> Message:
        text = self._excerpt(body[:KEPT].decode(errors="replace"), BODY_SHOWN, f"... ({len(body)} octets)")
        shown = [
            (self._excerpt(name, longest), self._excerpt(value, longest)) for name, value in headers[:HEADERS_SHOWN]
        ]
        if len(headers) > HEADERS_SHOWN:
            # No header has such a name.
            shown.append((f"({plural(len(headers) - HEADERS_SHOWN, 'more header line')})", ""))
        return Message(self.redactor(start), tuple(shown), text)


def _void(record: Tally) -> str:
    """Return on how many answers a requirement could not be judged, and why; empty if it could on all."""
    return f"not judged {plural(record.voids, 'time')}: {record.void_reason}" if record.voids else ""


def _may_use_up_batch(exchange: Exchange) -> bool:
    """Return whether a request may have changed the state of a validated batch."""
    refused = 300 <= exchange.status < 500
    return exchange.situation.batch in (BatchState.READY, BatchState.UNCERTAIN) and not refused


def apply_deviations(
    requirements: Sequence[RequirementReport], deviations: Sequence[Deviation], log: RunLog, today: dt.date
) -> tuple[tuple[RequirementReport, ...], tuple[tuple[str, str], ...]]:
    """Turn accepted violations into warnings. Return the requirements, and the ID and state of each known deviation."""
    reports = {requirement.id: requirement for requirement in requirements}
    states = []
    for deviation in deviations:
        record, report = log.records[deviation.requirement], reports.get(deviation.requirement)
        if deviation.expired(today):
            state = f"expired on {deviation.expires}"
        elif record.violations:
            state = DEVIATES
            if report is not None and report.findings:
                reason = f"known deviation: {deviation.reason} ({deviation.link})"
                reports[report.id] = replace(report, verdict=RequirementVerdict.WARN, reason=reason)
        else:
            state = "deviates no longer" if record.exercised and not record.voids else NOT_EXERCISED
        states.append((deviation.requirement, state))
    return tuple(reports.values()), tuple(states)


def run_verdict(
    requirements: Sequence[RequirementReport],
    states: Sequence[tuple[str, str]],
    abort: Abort | None,
    log: RunLog,
) -> tuple[Verdict, str]:
    """Return the verdict on the run and its reason, given the states of the known deviations.

    A run conforms only if every MUST that the profile and the named batches can exercise was checked, and every
    answer could be judged by every requirement that applies. The reason lists the others.
    """
    if abort is not None and abort.verdict in OVERRIDING:
        return abort.verdict, abort.reason
    failed = [r.id for r in requirements if r.verdict is RequirementVerdict.FAIL]
    stale = [f"{key} {state}" for key, state in states if state not in (DEVIATES, NOT_EXERCISED)]
    if failed:
        return Verdict.VIOLATES, f"{plural(len(failed), 'requirement')} broken: {', '.join(failed)}"
    if stale:
        return Verdict.VIOLATES, f"a known deviation is out of date: {', '.join(stale)}"
    if abort is not None:
        return abort.verdict, abort.reason
    missing = _missing_evidence(requirements, log)
    if missing:
        return Verdict.INCONCLUSIVE, missing
    passed = [r.level for r in requirements if r.verdict is RequirementVerdict.PASS]
    observed = passed.count(Level.OBSERVE.value)
    warned = sum(r.verdict is RequirementVerdict.WARN for r in requirements)
    skipped = [r.id for r in requirements if r.verdict is RequirementVerdict.SKIPPED and r.level == Level.MUST.value]
    sentence = f"{plural(len(passed) - observed, 'requirement')} met"
    sentence += f", {plural(observed, 'observation')}" if observed else ""
    sentence += f", {plural(warned, 'warning')}" if warned else ""
    accepted = [key for key, state in states if state == DEVIATES]
    sentence += f"; accepted: {', '.join(accepted)}" if accepted else ""
    return Verdict.CONFORMS, sentence + (f"; not checked: {', '.join(skipped)}" if skipped else "")


MOST_THROTTLED = 0.1
"""Share of the calls that a target may leave unanswered, with a 429 or 503, and still be judged by the others."""


def _missing_evidence(requirements: Sequence[RequirementReport], log: RunLog) -> str:
    """Return why a run without a violation is inconclusive; empty if it conforms."""
    if not any(r.verdict is RequirementVerdict.PASS for r in requirements):
        return "no requirement passed"
    if log.unanswered:
        return (
            f"{plural(log.unanswered, 'documented call')} got no answer; raise --timeout, or find out what stops them"
        )
    if log.throttled > MOST_THROTTLED * len(log.exchanges):
        return f"{plural(log.throttled, 'call')} got no other answer than to retry later; lower --rate"
    void = [r for r in requirements if log.records[r.id].voids]
    if void:
        reason = log.records[void[0].id].void_reason
        return f"not judged: {', '.join(r.id for r in void)} ({reason}); please report this"
    affected = {key for requirement in requirements for key in requirement.also_affected}
    unseen = [
        r
        for r in requirements
        if r.verdict is RequirementVerdict.INCONCLUSIVE and r.level == Level.MUST.value and r.id not in affected
    ]
    return f"not exercised: {', '.join(r.id for r in unseen)} ({unseen[0].reason})" if unseen else ""

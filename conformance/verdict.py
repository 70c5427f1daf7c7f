"""From the evidence to the verdict: on each requirement, and on the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance import curl
from conformance.catalogue import Level
from conformance.exchange import Response
from conformance.reports.model import Finding, Message, RequirementReport, RequirementVerdict, SpecPlace, Verdict
from conformance.situation import BatchState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from conformance.catalogue import Catalogue, Requirement
    from conformance.deviations import Deviation
    from conformance.exchange import Exchange, Request
    from conformance.journal import Breach, Journal
    from conformance.redaction import Redactor
    from conformance.settings import Profile
    from conformance.specification import Specification

__all__ = ["Judge", "Stop", "of_run"]

BODY_SHOWN = 4096

NEEDS = {
    "--ready-job": BatchState.READY,
    "--validating-job": BatchState.VALIDATING,
    "--failed-job": BatchState.FAILED,
    "--committed-job": BatchState.COMMITTED,
}


@dataclass(frozen=True)
class Stop:
    """Why a run ended before its end.

    Attributes:
        verdict: The verdict that this makes of it.
        reason: One sentence that says what to do.
    """

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Judge:
    """Turns the journal of a run into a verdict on each requirement.

    Attributes:
        catalogue: The requirements that were asked for.
        specification: The document.
        redactor: Removes the secrets from whatever is shown.
        token: The token, which commands name by a variable.
        profile: The profile.
        lacking: What each scenario that was left out, or broken off, needed and could not have.
    """

    catalogue: Catalogue
    specification: Specification
    redactor: Redactor
    token: str
    profile: Profile
    lacking: Mapping[str, str]

    def requirements(self, journal: Journal, stop: Stop | None) -> tuple[RequirementReport, ...]:
        """Return the verdict on each requirement; a breach that another one explains is listed there as well."""
        reports = {requirement.id: self._requirement(requirement, journal, stop) for requirement in self.catalogue}
        for requirement in self.catalogue:
            causes = self._causes(requirement, journal)
            if causes and causes[0] in reports:
                cause = reports[causes[0]]
                reports[cause.id] = replace(cause, also_affected=(*cause.also_affected, requirement.id))
        return tuple(reports.values())

    def _requirement(self, requirement: Requirement, journal: Journal, stop: Stop | None) -> RequirementReport:
        record = journal.records[requirement.id]
        place = SpecPlace(requirement.pointer, self.specification.line(requirement.pointer))
        verdict, reason = self._verdict(requirement, journal, stop)
        broken = verdict in (RequirementVerdict.FAIL, RequirementVerdict.WARN)
        findings = (
            (self._finding(record.smallest, requirement, place, record.breaches),)
            if broken and record.smallest is not None
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
            reason=self.redactor(reason),
            exercised=record.exercised,
            findings=findings,
        )

    def _verdict(self, requirement: Requirement, journal: Journal, stop: Stop | None) -> tuple[RequirementVerdict, str]:
        record = journal.records[requirement.id]
        if record.breaches:
            causes = self._causes(requirement, journal)
            if causes:
                return RequirementVerdict.INCONCLUSIVE, f"broken as well, for which {causes[0]} may be the cause"
            must = requirement.level is Level.MUST
            return RequirementVerdict.FAIL if must else RequirementVerdict.WARN, ""
        if record.exercised:
            seen = ", ".join(f"{what} ({count} x)" for what, count in sorted(record.observations.items()))
            return RequirementVerdict.PASS, seen
        return self._unexercised(requirement, stop)

    def _unexercised(self, requirement: Requirement, stop: Stop | None) -> tuple[RequirementVerdict, str]:
        """Tell what was not to be exercised from what should have been and was not."""
        if self.profile not in requirement.profiles:
            return RequirementVerdict.SKIPPED, f"not exercised by the profile {self.profile}"
        if stop is not None:
            return RequirementVerdict.INCONCLUSIVE, stop.reason
        lack = next((self.lacking[name] for name in requirement.exercised_by if name in self.lacking), None)
        if lack is None:
            return RequirementVerdict.INCONCLUSIVE, "no answer came on which it could be judged"
        # A full run that commits nothing has not seen what the API is for.
        optional = NEEDS.get(requirement.needs or "") is not BatchState.READY
        return RequirementVerdict.SKIPPED if optional else RequirementVerdict.INCONCLUSIVE, lack

    def _causes(self, requirement: Requirement, journal: Journal) -> list[str]:
        if not journal.records[requirement.id].breaches:
            return []
        records = journal.records
        return [cause for cause in requirement.explained_by if cause in records and records[cause].breaches]

    def _finding(self, breach: Breach, requirement: Requirement, place: SpecPlace, occurrences: int) -> Finding:
        exchange = breach.exchange
        requests = [step.request for step in (*breach.before, exchange)]
        return Finding(
            expected=self.redactor(breach.judgement.expected),
            actual=self.redactor(breach.judgement.actual),
            clause=requirement.says,
            spec=place,
            stimulus=exchange.stimulus,
            occurrences=occurrences,
            request=self._request(exchange.request),
            response=self._response(exchange),
            curl=self.redactor(curl.commands(requests, token=self.token)),
        )

    def _request(self, request: Request) -> Message:
        return self._message(f"{request.method} {request.target} HTTP/1.1", request.headers, request.body)

    def _response(self, exchange: Exchange) -> Message | None:
        if not isinstance(exchange.outcome, Response):
            return None
        return self._message(f"HTTP/1.1 {exchange.status}", exchange.outcome.headers, exchange.outcome.body)

    def _message(self, start: str, headers: Sequence[tuple[str, str]], body: bytes) -> Message:
        # Redacted before it is cut, so that no half of a secret is left at the end.
        text = self.redactor(body.decode(errors="replace"))
        if len(text) > BODY_SHOWN:
            text = f"{text[:BODY_SHOWN]}... ({len(body)} octets)"
        return Message(
            self.redactor(start), tuple((self.redactor(name), self.redactor(value)) for name, value in headers), text
        )


def of_run(
    requirements: Sequence[RequirementReport],
    stop: Stop | None,
    deviations: Sequence[Deviation],
    today: dt.date,
) -> tuple[Verdict, str, tuple[tuple[str, str], ...]]:
    """Return the verdict on the run, a sentence on it, and what became of each known deviation.

    A run conforms only if each MUST of its profile was exercised: what was not seen is not vouched for.
    """
    broken = {r.id: r for r in requirements if r.verdict in (RequirementVerdict.FAIL, RequirementVerdict.WARN)}
    judged = {r.id for r in requirements if r.exercised}
    states = []
    for deviation in deviations:
        if deviation.expired(today):
            state = f"expired on {deviation.expires}"
        elif deviation.requirement in broken:
            state = "deviates"
        else:
            state = "deviates no longer" if deviation.requirement in judged else "not exercised"
        states.append((deviation.requirement, state))
    accepted = {requirement_id for requirement_id, state in states if state == "deviates"}
    stale = [f"{key} {state}" for key, state in states if state not in ("deviates", "not exercised")]
    failed = [r for r in broken.values() if r.verdict is RequirementVerdict.FAIL and r.id not in accepted]
    unseen = [r for r in requirements if r.verdict is RequirementVerdict.INCONCLUSIVE and r.level == Level.MUST.value]
    unexplained = [r for r in unseen if not any(r.id in other.also_affected for other in broken.values())]
    if stop is not None and stop.verdict is not Verdict.INCONCLUSIVE:
        return stop.verdict, stop.reason, tuple(states)
    if failed:
        number = f"{len(failed)} requirement{'s' if len(failed) > 1 else ''}"
        return Verdict.VIOLATES, f"{number} broken: {', '.join(r.id for r in failed)}", tuple(states)
    if stale:
        return Verdict.VIOLATES, f"a known deviation is out of date: {', '.join(stale)}", tuple(states)
    if stop is not None:
        return Verdict.INCONCLUSIVE, stop.reason, tuple(states)
    if unexplained or not judged:
        names = ", ".join(r.id for r in unexplained) or "nothing"
        reason = unexplained[0].reason if unexplained else "nothing was judged"
        return Verdict.INCONCLUSIVE, f"not exercised: {names} ({reason})", tuple(states)
    warned = [r for r in requirements if r.verdict is RequirementVerdict.WARN]
    passed = sum(r.verdict is RequirementVerdict.PASS for r in requirements)
    tail = f", {len(warned)} recommendation{'s' if len(warned) > 1 else ''} not followed" if warned else ""
    return Verdict.CONFORMS, f"{passed} requirements met{tail}", tuple(states)

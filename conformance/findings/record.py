"""What is kept of a breach so that somebody else can send it again, to another target and with another account."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.exchange.classification import BatchState, Project
from conformance.exchange.identifiers import UUID
from conformance.findings.placeholders import BATCH, EXPIRED, FOREIGN_PROJECT, PROJECT, escaped, tokens
from conformance.reports.model import Step
from conformance.requirements import SCENARIOS
from conformance.requirements.oracle_registry import exchange_oracles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.classification import Situation
    from conformance.exchange.exchange import Exchange, Header
    from conformance.exchange.redaction import Redactor
    from conformance.requirements.violations import Violation
    from conformance.spec.catalogue import Catalogue
    from conformance.target.session import Session

__all__ = ["Recorder"]

CLEAR = re.compile(f"{UUID.pattern}-")
"""What keeps an odd ID clear of all batches where these are not ours; whoever sends it again puts another there."""

PROJECTS = {Project.OWN: f"{{{PROJECT}}}", Project.FOREIGN: f"{{{FOREIGN_PROJECT}}}"}


@dataclass(frozen=True)
class Recorder:
    """Puts requests down without what is the account's own.

    Attributes:
        catalogue: All requirements.
        redactor: Finds the secrets, which must not be put down.
        secrets: They, the tokens that were sent among them.
        api: What has sent the requests; None if other processes have.
    """

    catalogue: Catalogue
    redactor: Redactor
    secrets: tuple[str, ...] = field(repr=False)
    session: Session | None

    def steps(self, exchanges: Sequence[Exchange]) -> tuple[Step, ...]:
        """Return the requests of some exchanges; none if one of them holds a secret where no placeholder stands."""
        steps = tuple(map(self._step, exchanges))
        texts = (text for step in steps for text in _texts(step))
        return () if any(map(self.redactor.finds, texts)) else steps

    def alone(self, key: str, violation: Violation) -> bool:
        """Tell whether the request of a breach shows it by itself, as far as can be known from how it was found."""
        exchange = violation.exchange
        situation, scenario = exchange.situation, SCENARIOS.get(exchange.scenario)
        if scenario is None:
            return True
        if key not in exchange_oracles(self.catalogue) or violation.before or exchange.reused:
            return False
        # An ID may be taken for that of a validated batch only where there is one.
        beside = situation.batch is BatchState.UNKNOWN and BatchState.READY in scenario.needs
        return not beside and situation.batch is not BatchState.UNCERTAIN

    def _step(self, exchange: Exchange) -> Step:
        request, situation = exchange.request, exchange.situation
        path, mark, query = request.target.partition("?")
        texts, project, found = [], PROJECTS.get(situation.project, ""), ""
        for segment in path.split("/"):
            plain = unquote(segment)
            if project and plain == situation.project_id:
                texts.append(project)
                project = ""
            elif plain and plain == situation.batch_id:
                texts.append(f"{{{BATCH}}}")
                found = segment
            else:
                texts.append(escaped(segment))
        return Step(
            method=request.method,
            target="/".join(texts) + mark + escaped(query),
            headers=tuple(self._header(header) for header in request.headers),
            body=request.body,
            batch=self._state(situation).value if found else "",
            segment=self._odd(found, situation),
        )

    def _header(self, header: Header) -> Header:
        name, value = header
        return name, self._names.get(value) or escaped(value) if name.lower() == "x-auth-token" else escaped(value)

    @property
    def _names(self) -> dict[str, str]:
        """The placeholder of each token."""
        expired = self.session.account.expired_token if self.session else None
        names = {expired: f"{{{EXPIRED}}}"} if expired else {}
        for secret in self.secrets:
            made = {token: f"{{{name}}}" for name, token in reversed(tokens(secret).items()) if token}
            names = {**made, **names, secret: made[secret]}
        return names

    def _state(self, situation: Situation) -> BatchState:
        """Return what the batch was when it was created: under its own project, another one's is a validated one."""
        known = self.session.batches.states.get(situation.batch_id) if self.session else None
        return BatchState.FOREIGN if known is BatchState.FOREIGN else situation.batch

    def _odd(self, segment: str, situation: Situation) -> str | None:
        """Return an ID that is not as the service issues them; one that the user has named may be as it likes."""
        if UUID.fullmatch(situation.batch_id):
            return None
        if self.session is None or not self.session.batches.can_create_batches:
            clear = CLEAR.match(segment)
            segment = segment.replace(clear[0], "") if clear else segment
            return segment or None if situation.batch is BatchState.UNKNOWN else None
        return segment or None


def _texts(step: Step) -> list[str]:
    headers = [text for header in step.headers for text in header]
    return [step.method, step.target, *headers, step.body.decode("latin-1"), step.segment or ""]

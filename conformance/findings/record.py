"""Recording of the requests of a violation for other targets and accounts, with placeholders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.exchange.classification import BatchState, Project
from conformance.exchange.identifiers import UUID
from conformance.findings.placeholders import BATCH, FOREIGN_PROJECT, PROJECT, escape, named_tokens, of_transport
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

UNIQUE_PREFIX = re.compile(f"{UUID.pattern}-")
"""The prefix that `Batches.invented` puts before an odd ID. It is not recorded, since each replay adds its own."""

PROJECTS = {Project.OWN: f"{{{PROJECT}}}", Project.FOREIGN: f"{{{FOREIGN_PROJECT}}}"}


@dataclass(frozen=True)
class Recorder:
    """Makes requests portable: placeholders replace the tokens, projects and batches of the account.

    Attributes:
        catalogue: All requirements.
        redactor: Finds the secrets, which must not be recorded.
        secrets: The secrets, including the tokens that were sent.
        session: The session that sent the requests; None if the run never connected.
    """

    catalogue: Catalogue
    redactor: Redactor
    secrets: tuple[str, ...] = field(repr=False)
    session: Session | None

    def steps(self, exchanges: Sequence[Exchange]) -> tuple[Step, ...]:
        """Return the recorded requests; none of them if one contains a secret, or what a finding must not set."""
        requests = [exchange.request for exchange in exchanges]
        if any(request.form or any(of_transport(name) for name, _ in request.headers) for request in requests):
            return ()
        steps = tuple(map(self._step, exchanges))
        texts = (text for step in steps for text in _texts(step))
        return () if any(map(self.redactor.finds, texts)) else steps

    def alone(self, key: str, violation: Violation) -> bool:
        """Return whether the request alone should reproduce a violation, as far as its scenario shows."""
        exchange = violation.exchange
        situation, scenario = exchange.situation, SCENARIOS.get(exchange.scenario)
        if scenario is None:
            return True
        if key not in exchange_oracles(self.catalogue) or violation.before or exchange.reused or exchange.request.form:
            return False
        # A target may take an ID for that of a validated batch only if the scenario has one.
        beside_ready = situation.batch is BatchState.UNKNOWN and BatchState.READY in scenario.needs
        return not beside_ready and situation.batch is not BatchState.UNCERTAIN

    @property
    def other_tokens(self) -> dict[str, str]:
        """The tokens of the account besides its own, by name; empty if the run never connected."""
        return self.session.account.other_tokens if self.session else {}

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
                texts.append(escape(segment))
        return Step(
            method=request.method,
            target="/".join(texts) + mark + escape(query),
            headers=tuple(self._header(header) for header in request.headers),
            body=request.body,
            batch=self._state(situation).value if found else "",
            segment=self._odd_segment(found, situation),
        )

    def _header(self, header: Header) -> Header:
        name, value = header
        return name, self._names.get(value) or escape(value) if name.lower() == "x-auth-token" else escape(value)

    @property
    def _names(self) -> dict[str, str]:
        """Placeholder of each token."""
        names: dict[str, str] = {}
        for secret in self.secrets:
            own = {token: f"{{{name}}}" for name, token in reversed(named_tokens(secret).items()) if token}
            names = {**own, **names, secret: own[secret]}
        return names | {token: f"{{{name}}}" for name, token in self.other_tokens.items()}

    def _state(self, situation: Situation) -> BatchState:
        """Return the state in which the batch was created. In its own project, a foreign batch counts as validated."""
        known = self.session.batches.states.get(situation.batch_id) if self.session else None
        return BatchState.FOREIGN if known is BatchState.FOREIGN else situation.batch

    def _odd_segment(self, segment: str, situation: Situation) -> str | None:
        """Return the ID if it is not a UUID as the service issues them; None for a batch that the user named."""
        if UUID.fullmatch(situation.batch_id):
            return None
        if self.session is None or not self.session.batches.can_create_batches:
            prefix = UNIQUE_PREFIX.match(segment)
            segment = segment.replace(prefix[0], "") if prefix else segment
            return segment or None if situation.batch is BatchState.UNKNOWN else None
        return segment or None


def _texts(step: Step) -> list[str]:
    headers = [text for header in step.headers for text in header]
    return [step.method, step.target, *headers, step.body.decode("latin-1"), step.segment or ""]

"""Requests that Schemathesis generates from openapi.yaml in its phases examples, coverage and fuzzing."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig

from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Request
from conformance.exchange.paths import path
from conformance.requirements.scenario_registry import PHASES
from conformance.target.session import COMMON_HEADERS

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

    from conformance.spec.openapi import Specification
    from conformance.target.session import Session

__all__ = ["Sender", "schema"]

FUZZING_EXAMPLES = 25
"""Requests of the fuzzing phase. The deterministic coverage phase finds nearly everything that fuzzing finds."""

# These are set by the transport or by the suite, or differ from run to run.
DROPPED_HEADERS = frozenset(
    (
        "connection",
        "content-length",
        "transfer-encoding",
        "x-schemathesis-testcaseid",
        *(name.lower() for name, _ in COMMON_HEADERS),
    )
)
ARGUMENTS = ("method", "url", "headers", "params", "cookies", "data", "json", "files")


def schema(phase: str, specification: Specification, *, project_id: str, batch_id: str, seed: int) -> BaseSchema:
    """Return the schema from which Schemathesis generates the requests of one phase.

    Args:
        phase: One of `PHASES`.
        specification: The OpenAPI document.
        project_id: The project of all requests.
        batch_id: The ID that replaces the example of a batch, which may exist in an account.
        seed: The same seed gives the same requests.
    """
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "parameters": {"path.project_id": project_id},
            "phases": {name: {"enabled": name == phase} for name in (*PHASES, "stateful")},
            "generation": {"mode": "all", "max-examples": FUZZING_EXAMPLES, "database": "none"},
        }
    )
    return schemathesis.openapi.from_dict(_adapted(specification.document, batch_id), config=config)


class Sender:
    """Sends generated requests with the token of the account instead of a generated one."""

    def __init__(self, session: Session) -> None:
        """Send the requests through this API."""
        self._session = session
        self._valid = 0

    def send(self, case: Case[Any]) -> None:
        """Send a generated request.

        If the target creates batches on request, every other valid request names a validated one and is accepted.
        """
        request = self._request(case)
        commits = self._session.classify(request).operation is self._session.operation
        if (
            commits
            and case.meta is not None
            and case.meta.generation.mode.is_positive
            and self._session.batches.can_create_batches
        ):
            self._valid += 1
            if self._valid % 2:
                batch_id = self._session.batches.allocate(BatchState.READY)
                target = path(
                    self._session.operation, project_id=self._session.account.project_id, async_job_id=batch_id
                )
                request = replace(request, target=target)
        if self._session.permits(request):
            self._session.send(request)

    def _request(self, case: Case[Any]) -> Request:
        values = case.path_parameters
        if values.get("async_job_id") is not None:
            values["async_job_id"] = self._session.batches.invented(str(values["async_job_id"]))
        # Schemathesis and requests serialize the request; nothing is sent to the origin of this URL.
        arguments = case.as_transport_kwargs(base_url="http://target.invalid")
        prepared = requests.Request(**{name: arguments.get(name) for name in ARGUMENTS}).prepare()
        parts = urlsplit(str(prepared.url))
        headers = tuple(
            (name, self._session.account.token if name.lower() == "x-auth-token" else _text(value))
            for name, value in prepared.headers.items()
            if name.lower() not in DROPPED_HEADERS
        )
        # No operation has a multipart body, the only kind that requests would stream.
        body = prepared.body if isinstance(prepared.body, (str, bytes)) else b""
        return Request(
            method=str(prepared.method),
            target=parts.path + (f"?{parts.query}" if parts.query else ""),
            headers=(*COMMON_HEADERS, *headers),
            body=body.encode() if isinstance(body, str) else body,
        )


def _adapted(document: dict[str, Any], batch_id: str) -> dict[str, Any]:
    """Return the document with another example of a batch, and with the default of each header instead of its pattern.

    Schemathesis 4.30 finds no valid value for a header that has a pattern, and then drops every valid request of its
    coverage phase. Scenarios send the other values that the pattern allows.
    """
    document = copy.deepcopy(document)
    document["components"]["parameters"]["AsyncJobId"]["example"] = batch_id
    for parameter in document["components"]["parameters"].values():
        if parameter["in"] == "header" and "pattern" in parameter["schema"]:
            del parameter["schema"]["pattern"]
            parameter["schema"]["enum"] = [parameter["schema"]["default"]]
    return document


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value

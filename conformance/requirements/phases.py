"""Requests that Schemathesis generates from openapi.yaml in its phases examples, coverage and fuzzing."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Err
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.pytest._test_builder import build_operation_test

from conformance.errors import ConfigurationError, SuiteError
from conformance.exchange.classification import BatchState
from conformance.exchange.exchange import Request
from conformance.exchange.paths import path
from conformance.requirements.scenario_registry import PHASES
from conformance.spec import openapi
from conformance.target.session import COMMON_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

    from conformance.spec.openapi import Specification
    from conformance.target.session import Session

__all__ = ["HYPOTHESIS_SETTINGS", "Sender", "check_hooks", "play", "schema"]

# Hypothesis draws constants from the source of all loaded modules outside of site-packages. A seed would send other
# requests from a checkout than from an installed wheel, and others after each change of a literal.
providers._get_local_constants = Constants  # noqa: SLF001 - there is no setting for it

# All settings are explicit, since Hypothesis has other defaults in CI.
HYPOTHESIS_SETTINGS = settings(
    deadline=None, derandomize=False, database=None, print_blob=False, suppress_health_check=list(HealthCheck)
)

FUZZING_EXAMPLES = 11
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


def check_hooks() -> None:
    """Raise `ConfigurationError` if hooks of Schemathesis are registered, as by a plugin of pytest."""
    names = [name for name, hooks in GLOBAL_HOOK_DISPATCHER.get_all().items() if hooks]
    if names:
        raise ConfigurationError(
            f"a hook of Schemathesis ({names[0]}) would change the requests; run without the plugin that registers it"
        )


def play(phase: str, session: Session, *, until: Callable[[], bool]) -> None:
    """Send the requests of one phase, as Schemathesis' plugin for pytest does.

    Args:
        phase: One of `PHASES`.
        session: Sends the requests. An unknown batch of it replaces the example in the document, which may exist.
        until: Returns whether to send no more.
    """
    sender = Sender(session)
    for case in _cases(phase, openapi.load(), session.account.project_id, session.batches.unknown(), session.seed):
        if until():
            break
        sender.send(case)


def schema(phase: str, specification: Specification, project_id: str, batch_id: str, seed: int) -> BaseSchema:
    """Return the schema from which Schemathesis generates the requests of one phase.

    Args:
        phase: One of `PHASES`.
        specification: The OpenAPI document.
        project_id: The project of all requests.
        batch_id: The ID that replaces the example of a batch.
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
    return schemathesis.openapi.from_dict(_adapted(specification, batch_id), config=config)


@functools.lru_cache(maxsize=32)
def _cases(
    phase: str, specification: Specification, project_id: str, batch_id: str, seed: int
) -> tuple[Case[Any], ...]:
    """Generate the requests of one phase; cached, as a process may check many servers with one seed."""
    cases: list[Case[Any]] = []
    generated = schema(phase, specification, project_id, batch_id, seed)
    for result in generated.get_all_operations():
        if isinstance(result, Err):
            raise SuiteError(f"Schemathesis cannot read openapi.yaml: {result.err()}")
        build_operation_test(
            config=generated.config,
            operation=result.ok(),
            test_func=_appending(cases),
            explicit_settings=HYPOTHESIS_SETTINGS,
            given_kwargs={},
            feedback=FeedbackSources(),
        )()
    return tuple(cases)


def _appending(cases: list[Case[Any]]) -> Callable[[Case[Any]], None]:
    """Return a test function, whose parameter has the name that Schemathesis gives it."""

    def test(case: Case[Any]) -> None:
        cases.append(case)

    return test


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
        drawn = values.get("async_job_id")
        if drawn is not None:
            values["async_job_id"] = self._session.batches.invented(str(drawn))
        # Schemathesis and requests serialize the request; nothing is sent to the origin of this URL.
        arguments = case.as_transport_kwargs(base_url="http://target.invalid")
        if drawn is not None:
            values["async_job_id"] = drawn  # the case may be sent to another server as well
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


def _adapted(specification: Specification, batch_id: str) -> dict[str, Any]:
    """Return the document with another example of a batch, and with the default of each header instead of its pattern.

    Schemathesis 4.32 finds no valid value for a header that has a pattern, and then drops every valid request of its
    coverage phase. Scenarios send the other values that the pattern allows.
    """
    document = copy.deepcopy(specification.document)
    document["components"]["parameters"]["AsyncJobId"]["example"] = batch_id
    for parameter in document["components"]["parameters"].values():
        if parameter["in"] == "header" and "pattern" in parameter["schema"]:
            del parameter["schema"]["pattern"]
            parameter["schema"]["enum"] = [parameter["schema"]["default"]]
    return document


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value

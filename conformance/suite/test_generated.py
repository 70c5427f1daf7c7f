"""The requests that Schemathesis generates from openapi.yaml; test_requirements.py checks the responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from conformance.requirements.phases import Sender, schema
from conformance.spec import openapi

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import BaseSchema

    from conformance.engine.run import Run

# Hypothesis draws constants from the source of all loaded modules outside of site-packages. A seed would send other
# requests from a checkout than from an installed wheel, and others after each change of a literal.
providers._get_local_constants = Constants  # noqa: SLF001 - there is no setting for it

# All settings are explicit, since Hypothesis has other defaults in CI.
hypothesis_settings = settings(
    deadline=None, derandomize=False, database=None, print_blob=False, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def sender(run: Run) -> Sender:
    return Sender(run.session)


def _schema(phase: str, run: Run) -> BaseSchema:
    return schema(
        phase,
        openapi.load(),
        project_id=run.session.account.project_id,
        batch_id=run.session.batches.unknown(),
        seed=run.settings.seed,
    )


@pytest.fixture
def examples(run: Run) -> BaseSchema:
    return _schema("examples", run)


@pytest.fixture
def coverage(run: Run) -> BaseSchema:
    return _schema("coverage", run)


@pytest.fixture
def fuzzing(run: Run) -> BaseSchema:
    return _schema("fuzzing", run)


def _send(case: Case[Any], run: Run, sender: Sender) -> None:
    if run.abort is None:
        with run.sending():
            sender.send(case)


@pytest.mark.scenario("examples")
@schemathesis.pytest.from_fixture("examples").parametrize()
@hypothesis_settings
def test_examples(case: Case[Any], run: Run, sender: Sender) -> None:
    _send(case, run, sender)


@pytest.mark.scenario("coverage")
@schemathesis.pytest.from_fixture("coverage").parametrize()
@hypothesis_settings
def test_coverage(case: Case[Any], run: Run, sender: Sender) -> None:
    _send(case, run, sender)


@pytest.mark.scenario("fuzzing")
@schemathesis.pytest.from_fixture("fuzzing").parametrize()
@hypothesis_settings
def test_fuzzing(case: Case[Any], run: Run, sender: Sender) -> None:
    _send(case, run, sender)

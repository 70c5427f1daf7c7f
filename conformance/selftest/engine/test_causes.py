"""A violation that another one explains has no finding of its own, and an independent one keeps it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.config.settings import Settings
from conformance.engine.run import Run
from conformance.mock.answers import GatewayError
from conformance.mock.faults.registry import pipeline_fault
from conformance.mock.settings import MockSettings
from conformance.proof.direct import connecting
from conformance.proof.runs import PlannedRun, perform
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest


@pytest.mark.parametrize("every", [3, 4, 7])
@pytest.mark.usefixtures("own_faults")
def test_one_of_several_gateways_that_answers_404_has_one_finding(every: int) -> None:
    numbers = itertools.count(1)

    def not_published(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            if next(numbers) % every == 0:
                raise GatewayError(404, "APIGW.0101", "The API does not exist.")
            pipeline.check_limits(request)

        return replace(pipeline, check_limits=check)

    pipeline_fault("not-published", "REQ-001", "Answer some calls with 404.", not_published)

    assert perform(PlannedRun(fault="not-published", named=True)).findings == {"REQ-001": 1}


def test_two_faults_of_different_statuses_have_a_finding_each() -> None:
    connect = partial(connecting, MockSettings(faults=("status-404-for-unknown", "unauthenticated-400")))
    with Run(Settings(profile="full"), catalogue.load(), connect=connect) as run:
        list(run.events())

    assert [each.id for each in run.report().requirements if each.findings] == ["AUTH-004", "REQ-001"]

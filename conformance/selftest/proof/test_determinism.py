"""Comparison of repeated runs."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.proof import determinism
from conformance.selftest.support.sample_runs import REPORT


def test_repeated_runs_may_differ_only_in_time() -> None:
    again = {**REPORT, "started": "2021-01-01", "seconds": 2.0}

    assert determinism.compare([REPORT, again]).objections == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"requests_sha256": "1"}, "/requests_sha256"),
        ({"requirements": [{"id": "B"}]}, "/requirements/0/id"),
        ({"requirements": []}, "/requirements"),
        ({"more": 1}, "/"),
    ],
)
def test_a_difference_is_reported_with_its_place(change: dict[str, Any], place: str) -> None:
    objections = determinism.compare([REPORT, {**REPORT, **change}]).objections

    assert f"a repeated run differs: report 2 at {place}" in objections


def test_different_requests_are_an_objection() -> None:
    objections = determinism.compare([REPORT, {**REPORT, "requests_sha256": "1"}]).objections

    assert objections[0] == "2 runs with one seed sent 2 different streams of requests"

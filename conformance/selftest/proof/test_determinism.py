"""Runs that are repeated, and what may differ between them."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.proof import determinism
from conformance.selftest.proof.sample_runs import REPORT


def test_repeated_runs_may_differ_in_time_alone() -> None:
    again = {**REPORT, "started": "2021-01-01", "seconds": 2.0}

    assert determinism.compare([REPORT, again], streams=("0",)).objections == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"requests_sha256": "1"}, "/requests_sha256"),
        ({"requirements": [{"id": "B"}]}, "/requirements/0/id"),
        ({"requirements": []}, "/requirements"),
        ({"more": 1}, "/"),
    ],
)
def test_a_difference_of_repeated_runs_is_named(change: dict[str, Any], place: str) -> None:
    said = determinism.compare([REPORT, {**REPORT, **change}]).objections

    assert f"a repeated run differs: report 2 at {place}" in said


def test_another_stream_of_requests_is_an_objection() -> None:
    assert determinism.compare([REPORT], streams=("1",)).objections == [
        "1 runs with one seed sent 2 different streams of requests"
    ]


def test_a_repeated_run_that_fails_is_an_objection() -> None:
    assert determinism.compare([REPORT], trouble=["died with 1"]).objections == [
        "a repeated run is no evidence: died with 1"
    ]


def test_a_run_in_several_processes_may_send_other_numbers_of_requests_and_say_nothing_else() -> None:
    one, several = {**REPORT, "requests": 300, "command": "a"}, {**REPORT, "requests": 301, "command": "b"}

    assert determinism.compare([one], sharded=several).objections == []
    assert determinism.compare([one], sharded={**several, "seed": 2}).objections != []
    assert determinism.compare([one, several]).objections != []

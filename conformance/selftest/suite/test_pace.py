"""How long a run has left is told as well as it can be known, and not at all before that."""

from __future__ import annotations

import pytest

from conformance.pace import Pace, coming, duration
from conformance.selftest.suite.judging import judging
from conformance.settings import Settings
from conformance.stimuli.typical import REQUESTS


@pytest.mark.parametrize(
    ("pace", "facts"),
    [
        (Pace(1, 0.5, 400), ["1 request"]),
        (Pace(9, 1.5, 400), ["9 requests", "6.0/s"]),
        (Pace(20, 4.0, 400), ["20 requests", "5.0/s", "about 80 s left"]),
        (Pace(20, 4.0, 4000), ["20 requests", "5.0/s", "about 13 min left"]),
        (Pace(20, 4.0, 400, budget=60), ["20 requests", "5.0/s", "about 60 s left"]),
        (Pace(20, 4.0, 0), ["20 requests", "5.0/s"]),
        (Pace(20, 4.0), ["20 requests", "5.0/s"]),
        (Pace(20, 70.0, 4000, budget=60), ["20 requests", "0.3/s"]),
    ],
)
def test_nothing_is_told_that_is_not_known(pace: Pace, facts: list[str]) -> None:
    assert pace.facts == facts


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.1, "5 s"), (42, "45 s"), (89, "90 s"), (90, "2 min"), (600, "10 min")]
)
def test_a_time_is_told_roughly(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def test_what_is_to_come_is_what_this_run_may_and_can_send() -> None:
    with judging(settings=Settings(max_requests=50)) as campaign:
        assert coming(["odd-ids", "fuzzing"], campaign) == REQUESTS["odd-ids"] + REQUESTS["fuzzing"]
        assert coming(REQUESTS, campaign) == 50 - campaign.sent
    with judging(settings=Settings(profile="safe")) as campaign:
        assert coming(["odd-ids", "two-batches"], campaign) == REQUESTS["odd-ids"]

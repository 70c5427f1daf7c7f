"""The numbers of a run are those of its exchanges."""

from __future__ import annotations

import bisect
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.exchange import Exchange, Response, TransportFailure
from conformance.reports import traffic
from conformance.selftest.support.invented_exchanges import exchange

SECONDS = st.lists(st.floats(0, 100), min_size=1, max_size=50)


def answered(seconds: float, status: int = 200, scenario: str = "a") -> Exchange:
    return replace(exchange(Response(status, (), b"", seconds)), scenario=scenario)


@given(SECONDS)
def test_each_answer_falls_into_one_bin_whose_limit_it_does_not_exceed(seconds: list[float]) -> None:
    latency = traffic.latency([answered(each) for each in seconds])
    assert latency is not None
    limits = [limit for limit, _ in latency.bins]
    expected = [0] * len(limits)
    for each in seconds:
        expected[bisect.bisect_left(limits, round(1000 * each, 3))] += 1
    assert [number for _, number in latency.bins] == expected
    assert limits == [limits[0] * 2**power for power in range(len(limits))]


@given(SECONDS)
def test_a_rank_is_one_of_the_times_and_the_part_below_it_is_as_large_as_it_says(seconds: list[float]) -> None:
    latency = traffic.latency([answered(each) for each in seconds])
    times = [round(1000 * each, 3) for each in seconds]
    assert latency is not None
    for part, rank in ((0.5, latency.median), (0.95, latency.p95), (1, latency.longest)):
        assert rank in times
        assert sum(time <= rank for time in times) >= part * len(times)
        assert sum(time < rank for time in times) < part * len(times)


def test_a_call_without_an_answer_has_status_0_and_no_latency() -> None:
    silent = exchange(TransportFailure("timeout", "no answer"))
    assert traffic.latency([silent]) is None
    assert traffic.count([silent]).statuses == ((0, 1),)


def test_statuses_are_sorted_and_scenarios_in_the_order_of_the_run() -> None:
    seen = traffic.count([answered(1, 400, "b"), answered(1, 200, "a"), answered(1, 400, "a")])
    assert seen.statuses == ((200, 1), (400, 2))
    assert seen.stimuli == (("b", 1), ("a", 2))

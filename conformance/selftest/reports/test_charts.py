"""The bars of the charts have the length of their numbers."""

from hypothesis import given

from conformance.reports import charts
from conformance.reports.model import Latency, Traffic
from conformance.selftest.support.reports.strategies import latencies, traffics


@given(latencies())
def test_each_bin_has_a_bar_and_each_time_a_note(latency: Latency) -> None:
    bars = charts.latency(latency)
    assert [bar.number for bar in bars] == [number for _, number in latency.bins]
    assert ", ".join(bar.note for bar in bars if bar.note) == "median, 95 %, maximum"


@given(traffics())
def test_the_longest_bar_is_that_of_the_greatest_number(traffic: Traffic) -> None:
    for bars in (charts.statuses(traffic), charts.scenarios(traffic)):
        greatest = max((bar.number for bar in bars), default=0)
        assert all(0 <= bar.percent <= 100 for bar in bars)
        assert all(bar.percent == 100 for bar in bars if bar.number == greatest)


def test_half_of_the_greatest_number_is_half_as_long() -> None:
    bars = charts.scenarios(Traffic(stimuli=(("examples", 4), ("coverage", 2), ("fuzzing", 1))))
    assert [(bar.label, bar.percent) for bar in bars] == [("examples", 100), ("coverage", 50), ("fuzzing", 25)]


def test_a_note_is_on_the_bin_of_its_time() -> None:
    bars = charts.latency(Latency(1.5, 3.0, 16.0, ((1.0, 4), (2.0, 5), (4.0, 0), (8.0, 0), (16.0, 1))))
    assert [(bar.label, bar.note) for bar in bars] == [
        ("up to 1 ms", ""),
        ("1 to 2 ms", "median"),
        ("2 to 4 ms", "95 %"),
        ("4 to 8 ms", ""),
        ("8 to 16 ms", "maximum"),
    ]


def test_a_status_has_its_reason_phrase_if_there_is_one() -> None:
    bars = charts.statuses(Traffic(statuses=((0, 1), (405, 2), (599, 3))))
    assert [bar.label for bar in bars] == ["no answer", "405 Method Not Allowed", "599"]

"""The text for the terminal has the verdict first and is printable."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from conformance.exchange.verdicts import RequirementVerdict
from conformance.reports import console
from conformance.reports.model import Message, Repeats, Report
from conformance.reports.text import finding
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, reports


@pytest.fixture(autouse=True, scope="module")
def _plain() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            patch.delenv(name, raising=False)
        yield


def shown(report: Report) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        console.show(report, Path("reports"), "")
    return output.getvalue()


def with_body(body: str) -> Report:
    answered = replace(FAILURE, response=Message("HTTP/1.1 400", (), body))
    return replace(REPORT, requirements=(requirement("ERR-001", "MUST", RequirementVerdict.FAIL, (answered,)),))


@PROPERTY
@given(reports())
def test_the_text_is_printable(report: Report) -> None:
    assert [c for c in shown(report) if not c.isprintable() and c != "\n"] == []


@PROPERTY
@given(reports())
def test_the_verdict_comes_first(report: Report) -> None:
    assert shown(report).splitlines()[0].startswith(f"{report.verdict.value}: ")


def test_a_finding_has_all_its_facts() -> None:
    text = shown(REPORT)
    for part in (
        "ERR-003 MUST",
        FAILURE.expected,
        FAILURE.actual,
        FAILURE.curl,
        "openapi.yaml:464",
        "ERR-007",
        "无此任务",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("repeats", "line"),
    [
        (Repeats(sent=1, broken=1), "in 4 of 9 answers; reproduced 1 of 1 times"),
        (Repeats(2, 2, sequence=True), "in 4 of 9 answers; reproduced 2 of 2 times with the preceding requests"),
        (Repeats(sent=10, broken=1), "in 4 of 9 answers; intermittent: reproduced 1 of 10 times"),
        (Repeats(sent=10, broken=0), "in 4 of 9 answers; intermittent: reproduced 0 of 10 times"),
        (Repeats(reason="it would use up a batch"), "in 4 of 9 answers; not repeated: it would use up a batch"),
        (Repeats(), "in 4 of 9 answers; not repeated"),
    ],
)
def test_a_finding_has_the_number_of_times_that_it_was_reproduced(repeats: Repeats, line: str) -> None:
    found = requirement("ERR-001", "MUST", RequirementVerdict.FAIL, (replace(FAILURE, repeats=repeats),))
    assert f"  seen      {line}; scenario unknown-batches" in finding(found).splitlines()


def test_a_finding_has_the_command_that_replays_it_from_the_working_directory() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        console.show(REPORT, Path("my reports"), "")
    command = "drs-conform replay 'my reports/findings/ERR-003.json' --target http://127.0.0.1:8000"
    assert f"  reproduce {command}\n" in output.getvalue()


def test_a_run_that_checked_nothing_does_not_list_each_requirement() -> None:
    reason = "the target is gone"
    items = [
        requirement(f"REQ-{number:03}", "MUST", RequirementVerdict.INCONCLUSIVE, reason=reason)
        for number in range(1, 72)
    ]
    lines = shown(replace(REPORT, reason=reason, requirements=tuple(items), deviations=())).splitlines()
    assert "not checked: 71 requirements, REQ-001 to REQ-071" in lines


def test_a_run_of_one_request_is_described_in_the_singular() -> None:
    assert ", 1 request in " in shown(replace(REPORT, requests=1))


def test_text_that_looks_like_markup_or_an_emoji_is_shown_as_it_is() -> None:
    assert "[bold]:bug:[/bold]" in shown(with_body("[bold]:bug:[/bold]"))


def test_a_long_body_is_cut_and_has_a_note_on_that() -> None:
    text = shown(with_body("\n".join(f"line {number}." for number in range(1, 15))))
    assert "line 3." in text
    assert "line 4." not in text
    assert "... (11 more lines)" in text


def test_a_known_deviation_is_one_line() -> None:
    reason = "known deviation: a fix is in progress (https://bugs.example/1)"
    accepted = requirement("REQ-002", "MUST", RequirementVerdict.WARN, (FAILURE,), reason=reason)
    lines = shown(replace(REPORT, requirements=(accepted,), deviations=(("REQ-002", "deviates"),))).splitlines()
    assert [line for line in lines if "REQ-002" in line] == [f"REQ-002: {reason}"]


def test_observations_are_shown_if_they_are_few() -> None:
    observed = [
        requirement(f"REQ-{number:03}", "OBSERVE", RequirementVerdict.PASS, reason="none (1 x)")
        for number in range(1, 8)
    ]
    assert "observed" not in shown(replace(REPORT, requirements=tuple(observed)))
    assert "observed: REQ-001 The title of REQ-001: none (1 x)\n" in shown(
        replace(REPORT, requirements=tuple(observed[:1]))
    )


def test_a_requirement_that_a_finding_affects_is_named_there_only() -> None:
    assert "not checked: ERR-008 (needs --failed-job)\n" in shown(REPORT)
    assert shown(REPORT).count("ERR-007") == 1


def test_an_output_in_ascii_has_escapes_for_other_characters() -> None:
    octets = io.BytesIO()
    with io.TextIOWrapper(octets, encoding="ascii") as output, contextlib.redirect_stdout(output):
        console.show(REPORT, Path("reports"), "")
        output.flush()
        assert rb"\u65e0\u6b64\u4efb\u52a1" in octets.getvalue()

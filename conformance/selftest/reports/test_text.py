"""A finding as text: on one screen, whatever is in it, and with what shows it pointed out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from conformance.reports.model import Mark, Message, Report, RequirementReport, RequirementVerdict
from conformance.reports.rows import MARK
from conformance.reports.text import SCREEN, USUAL, finding, rows
from conformance.selftest.reports.samples import FAILURE, requirement
from conformance.selftest.reports.strategies import reports

BROKEN = (RequirementVerdict.FAIL, RequirementVerdict.WARN)
FEW = settings(deadline=None, max_examples=20)
"""Whole reports are slow to make, and each has several findings."""
BODY = '{"error_code":"DRS.1000001","error_msg":"无此任务"}'


def broken(**changes: object) -> RequirementReport:
    return requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (replace(FAILURE, **changes),))  # type: ignore[arg-type]


def lengthened(item: RequirementReport, times: int) -> RequirementReport:
    """Return it with all that a target, or a long sequence of requests, could make long."""
    found = item.findings[0]
    message = Message(
        found.request.start * times, tuple((name, value * times) for name, value in HEADERS), found.actual * times
    )
    longer = replace(
        found,
        expected=found.expected * times,
        actual=found.actual * times,
        request=message,
        response=message,
        curl=f"{found.curl}\n" * times,
    )
    return replace(item, title=item.title * times, also_affected=("ERR-001",) * times, findings=(longer,))


HEADERS = (("Allow", "x"), ("content-type", "批"), ("X-Auth-Token", "a b"), ("x-language", "zh"))


@FEW
@given(reports(), st.sampled_from([1, 7, 300]), st.booleans())
def test_each_finding_fits_on_a_screen(report: Report, times: int, pointers: bool) -> None:  # noqa: FBT001
    for item in report.having(*BROKEN):
        shown = rows(lengthened(item, times), USUAL, pointers=pointers, screen=SCREEN, replays=["drs-conform replay x"])
        assert len(shown) <= SCREEN


@FEW
@given(reports(), st.integers(30, 200), st.booleans())
def test_no_row_is_wider_than_the_terminal_but_addresses_and_commands(
    report: Report,
    width: int,
    pointers: bool,  # noqa: FBT001
) -> None:
    for item in report.having(*BROKEN):
        plain = [row.plain for row in rows(replace(item, url="", findings=item.findings[:1]), width, pointers=pointers)]
        facts = plain[: next(number for number, row in enumerate(plain) if row.startswith("  again "))]
        assert [row for row in facts if cell_len(row) > width] == []


def test_the_part_that_differs_and_the_part_that_shows_it_are_pointed_out() -> None:
    answer = Message("HTTP/1.1 400", (), BODY, Mark("body", 0, 14, 27))
    lines = finding(broken(expected="status 400", actual="status 500", response=answer)).splitlines()
    assert lines[1:5] == [
        "  expected  status 400",
        "                   ^^^",
        "  got       status 500",
        "                   ^^^",
    ]
    below = lines[lines.index(f"            {BODY}") + 1]
    assert below == " " * 12 + " " * 14 + "^" * 13


def test_where_there_are_styles_they_mark_it_instead() -> None:
    answer = Message("HTTP/1.1 400", (), BODY, Mark("body", 0, 14, 27))
    shown = rows(broken(response=answer), USUAL, pointers=False)
    marked = [row.plain[span.start : span.end] for row in shown for span in row.spans if span.style == MARK]
    assert marked == ['"DRS.1000001"']
    assert not any("^" in row.plain for row in shown)


def test_carets_stand_below_what_is_wide() -> None:
    answer = Message("HTTP/1.1 400", (), '"无此任务": "任务"', Mark("body", 0, 8, 12))
    lines = finding(broken(response=answer)).splitlines()
    assert lines[lines.index('            "无此任务": "任务"') + 1] == " " * 12 + " " * 12 + "^" * 6


@pytest.mark.parametrize("before", [0, 300, 5000])
@pytest.mark.parametrize("width", [40, 100])
def test_a_long_line_is_cut_to_what_stands_around_the_mark(before: int, width: int) -> None:
    body = "x" * before + "the-mark" + "y" * 5000
    answer = Message("HTTP/1.1 400", (), body, Mark("body", 0, before, before + 8))
    shown = "".join(row.plain.strip() for row in rows(broken(response=answer), width, pointers=False))
    assert "the-markyyy" in shown
    assert "y..." in shown
    assert ("...x" in shown) == (before > 0)
    assert shown.count("x") + shown.count("y") < 350


@pytest.mark.parametrize("line", [0, 3, 20, 39])
def test_a_body_of_many_lines_is_cut_to_those_around_the_mark(line: int) -> None:
    lines = [f"line {number}" for number in range(40)]
    begin = len("\n".join(lines[:line])) + (line > 0)
    answer = Message("HTTP/1.1 400", (), "\n".join(lines), Mark("body", 0, begin, begin + len(lines[line])))
    shown = finding(broken(response=answer)).splitlines()
    marked = shown.index(f"            {lines[line]}")
    assert shown[marked + 1] == " " * 12 + "^" * len(lines[line])
    assert any("lines" in row for row in shown)


def test_a_field_that_shows_the_breach_is_shown_whichever_it_is() -> None:
    answer = Message("HTTP/1.1 400", (("Server", "me"), ("Content-Length", "-1")), "", Mark("header", 1, 0, 2))
    text = finding(broken(response=answer))
    assert "            Content-Length: -1\n                            ^^\n" in text
    assert "Server" not in text


def test_a_command_is_neither_wrapped_nor_cut() -> None:
    command = "curl " + "'a b' " * 400
    assert f"  again     {command}" in finding(broken(curl=command)).splitlines()
    assert rows(broken(curl=command), 40, pointers=True)[-1].plain == f"  again     {command}"
    cut = rows(broken(curl=command), 40, pointers=True, screen=SCREEN)
    assert cut[-1].plain == "  again     1 command, in the report"


def test_more_commands_than_a_screen_has_room_for_are_counted() -> None:
    commands = "\n".join(f"curl {number}" for number in range(25))
    item = broken(curl=commands)
    assert finding(item).count("curl") == 25
    assert rows(item, USUAL, pointers=True, screen=SCREEN)[-1].plain == "  again     25 commands, in the report"


def test_prose_is_wrapped_under_itself() -> None:
    narrow = [row.plain for row in rows(broken(), 40, pointers=True)]
    start = narrow.index("  written   What the documentation says.")
    assert narrow[start + 1 : start + 4] == [
        "            openapi.yaml:464; Committing",
        "            Batch Tasks, Response",
        "            Parameters",
    ]

"""A finding as text fits on one screen and marks the parts that show the violation."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from conformance.exchange.verdicts import BROKEN, RequirementVerdict
from conformance.reports.model import Mark, Message, Report, RequirementReport
from conformance.reports.rows import MARK, plural
from conformance.reports.text import SCREEN, USUAL, finding, rows
from conformance.selftest.support.reports.samples import FAILURE, requirement
from conformance.selftest.support.reports.strategies import reports

FEW = settings(deadline=None, max_examples=20)
"""Settings for whole reports, which are slow to create and have several findings each."""
BODY = '{"error_code":"DRS.1000001","error_msg":"无此任务"}'


def broken(**changes: object) -> RequirementReport:
    return requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (replace(FAILURE, **changes),))  # type: ignore[arg-type]


def lengthened(item: RequirementReport, times: int) -> RequirementReport:
    """Return the requirement with every text lengthened that depends on the target or on the number of requests."""
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
def test_no_row_is_wider_than_the_terminal_except_addresses_and_commands(
    report: Report,
    width: int,
    pointers: bool,  # noqa: FBT001
) -> None:
    for item in report.having(*BROKEN):
        plain = [row.plain for row in rows(replace(item, url="", findings=item.findings[:1]), width, pointers=pointers)]
        facts = plain[: next(number for number, row in enumerate(plain) if row.startswith("  reproduce "))]
        assert [row for row in facts if cell_len(row) > width] == []


def test_carets_are_below_the_differences_and_below_the_mark() -> None:
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


def test_an_output_with_styles_has_no_carets() -> None:
    answer = Message("HTTP/1.1 400", (), BODY, Mark("body", 0, 14, 27))
    shown = rows(broken(response=answer), USUAL, pointers=False)
    marked = [row.plain[span.start : span.end] for row in shown for span in row.spans if span.style == MARK]
    assert marked == ['"DRS.1000001"']
    assert not any("^" in row.plain for row in shown)


def test_carets_are_as_wide_as_wide_characters() -> None:
    answer = Message("HTTP/1.1 400", (), '"无此任务": "任务"', Mark("body", 0, 8, 12))
    lines = finding(broken(response=answer)).splitlines()
    assert lines[lines.index('            "无此任务": "任务"') + 1] == " " * 12 + " " * 12 + "^" * 6


@pytest.mark.parametrize("before", [0, 300, 5000])
@pytest.mark.parametrize("width", [40, 100])
def test_a_long_line_is_cut_to_the_part_around_the_mark(before: int, width: int) -> None:
    body = "x" * before + "the-mark" + "y" * 5000
    answer = Message("HTTP/1.1 400", (), body, Mark("body", 0, before, before + 8))
    shown = "".join(row.plain.strip() for row in rows(broken(response=answer), width, pointers=False))
    assert "the-markyyy" in shown
    assert "y..." in shown
    assert ("...x" in shown) == (before > 0)
    assert shown.count("x") + shown.count("y") < 350


@pytest.mark.parametrize("line", [0, 3, 20, 39])
def test_a_body_of_many_lines_is_cut_to_the_lines_around_the_mark(line: int) -> None:
    lines = [f"line {number}" for number in range(40)]
    begin = len("\n".join(lines[:line])) + (line > 0)
    answer = Message("HTTP/1.1 400", (), "\n".join(lines), Mark("body", 0, begin, begin + len(lines[line])))
    shown = finding(broken(response=answer)).splitlines()
    marked = shown.index(f"            {lines[line]}")
    assert shown[marked + 1] == " " * 12 + "^" * len(lines[line])
    assert any("lines" in row for row in shown)


def test_any_header_field_with_the_mark_is_shown() -> None:
    answer = Message("HTTP/1.1 400", (("Server", "me"), ("Content-Length", "-1")), "", Mark("header", 1, 0, 2))
    text = finding(broken(response=answer))
    assert "            Content-Length: -1\n                            ^^\n" in text
    assert "Server" not in text


def test_a_command_is_neither_wrapped_nor_cut() -> None:
    command = "curl " + "'a b' " * 400
    assert f"  reproduce {command}" in finding(broken(curl=command)).splitlines()
    assert rows(broken(curl=command), 40, pointers=True)[-1].plain == f"  reproduce {command}"
    cut = rows(broken(curl=command), 40, pointers=True, screen=SCREEN)
    assert cut[-1].plain == "  reproduce 1 command in the report"


def test_more_commands_than_fit_on_a_screen_are_counted() -> None:
    commands = "\n".join(f"curl {number}" for number in range(25))
    item = broken(curl=commands)
    assert finding(item).count("curl") == 25
    assert rows(item, USUAL, pointers=True, screen=SCREEN)[-1].plain == "  reproduce 25 commands in the report"


@pytest.mark.parametrize(
    ("number", "noun", "text"),
    [
        (0, "batch", "0 batches"),
        (1, "batch", "1 batch"),
        (2, "batch", "2 batches"),
        (1, "more finding", "1 more finding"),
        (11, "more line", "11 more lines"),
    ],
)
def test_a_noun_after_a_number_is_singular_or_plural(number: int, noun: str, text: str) -> None:
    assert plural(number, noun) == text


def test_prose_is_wrapped_with_an_indent() -> None:
    narrow = [row.plain for row in rows(broken(), 40, pointers=True)]
    start = narrow.index("  source    What the documentation says.")
    assert narrow[start + 1 : start + 4] == [
        "            openapi.yaml:464; Committing",
        "            Batch Tasks, Response",
        "            Parameters",
    ]

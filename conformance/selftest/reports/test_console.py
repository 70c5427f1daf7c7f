"""The text for the terminal: the verdict first, and nothing that steers the terminal."""

import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from conformance.reports import console
from conformance.reports.model import Message, Report, RequirementVerdict
from conformance.selftest.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.reports.strategies import PROPERTY, reports


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
    finding = replace(FAILURE, response=Message("HTTP/1.1 400", (), body))
    return replace(REPORT, requirements=(requirement("ERR-001", "MUST", RequirementVerdict.FAIL, (finding,)),))


@PROPERTY
@given(reports())
def test_no_character_steers_the_terminal(report: Report) -> None:
    assert [c for c in shown(report) if not c.isprintable() and c != "\n"] == []


@PROPERTY
@given(reports())
def test_the_verdict_comes_first(report: Report) -> None:
    assert shown(report).splitlines()[0].startswith(f"{report.verdict.value}: ")


def test_a_finding_tells_what_is_known_of_it() -> None:
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


def test_text_that_looks_like_markup_or_an_emoji_is_shown_as_it_is() -> None:
    assert "[bold]:bug:[/bold]" in shown(with_body("[bold]:bug:[/bold]"))


def test_a_long_body_is_cut_and_says_so() -> None:
    text = shown(with_body("\n".join(f"line {number}." for number in range(1, 15))))
    assert "line 12." in text
    assert "line 13." not in text
    assert "... (2 more lines)" in text


def test_an_output_without_chinese_gets_escapes() -> None:
    octets = io.BytesIO()
    with io.TextIOWrapper(octets, encoding="ascii") as output, contextlib.redirect_stdout(output):
        console.show(REPORT, Path("reports"), "")
        output.flush()
        assert rb"\u65e0\u6b64\u4efb\u52a1" in octets.getvalue()

"""summary.md has the right facts, and shows every answer as text without markup and mentions."""

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from markdown_it.token import Token

from conformance.exchange.verdicts import BROKEN, RequirementVerdict
from conformance.reports import render_markdown
from conformance.reports.markdown import code, fenced, line, link
from conformance.reports.model import Report
from conformance.reports.text import finding
from conformance.selftest.support.reports.facts import MARKDOWN, MENTIONS, words
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import ATTACKS, PROPERTY, SURROGATES, reports
from conformance.spec.characters import printable

BLOCKS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td", "bullet_list", "list_item"}
INLINE = {"text", "code_inline", "html_inline", "link_open", "link_close"}


def paragraphs(tokens: list[Token]) -> list[str]:
    return [words(tokens[number + 1]) for number, token in enumerate(tokens) if token.type == "paragraph_open"]


@PROPERTY
@given(reports())
def test_no_text_becomes_markup(report: Report) -> None:
    text = render_markdown.render(report).encode().decode()
    tokens = MARKDOWN.parse(text)
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert blocks <= BLOCKS | {"inline", "fence", "html_block"}
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= INLINE
    assert {child.content for child in inline if child.type == "html_inline"} <= {MENTIONS}
    assert {child.attrs["href"] for child in inline if child.type == "link_open"} <= {
        item.url for item in report.requirements
    }
    assert len(text) <= render_markdown.LONGEST

    # The only HTML is the <details> blocks of the findings.
    broken = report.having(*BROKEN)
    html = [unescape(token.content) for token in tokens if token.type == "html_block"]
    titles = [printable(f"{item.verdict.value}: {item.id} {item.level} {item.title}") for item in broken]
    assert html == [piece for title in titles for piece in (f"<details><summary>{title}</summary>\n", "</details>\n")]
    assert [token.content for token in tokens if token.type == "fence"] == [f"{finding(item)}\n" for item in broken]
    reason = printable(" ".join(report.reason.split()))
    assert paragraphs(tokens)[0] == reason or not reason


@pytest.mark.parametrize("text", [*ATTACKS, *SURROGATES, "@org/team #1 a@b", "`", "``a`", " a ", "a ` b", "1) x"])
def test_a_text_is_shown_unchanged(text: str) -> None:
    shown = printable(" ".join(text.split()))
    for markdown in (line(text), link(text, "https://docs.example/a")):
        (paragraph, inline, _) = MARKDOWN.parse(markdown)
        assert (paragraph.type, words(inline)) == ("paragraph_open", shown)
    (_, inline, _) = MARKDOWN.parse(f"x {code(text)} y")
    assert [child.content for child in inline.children or ()] == ["x ", printable(text), " y"]
    (fence,) = MARKDOWN.parse(fenced(printable(text)))
    assert fence.content == f"{printable(text)}\n"


def test_nothing_is_a_mention_of_a_person_or_an_issue() -> None:
    assert line("@org/team, see #1") == "@<!-- -->org/team, see \\#<!-- -->1"


def test_a_link_has_the_scheme_https_and_its_address_cannot_end_early() -> None:
    assert link("here", "javascript:alert(1)") == "here"
    assert link("here", "https://docs.example/a) <b>") == "[here](https://docs.example/a%29%20%3Cb%3E)"


def test_a_table_has_the_counts_by_verdict_and_level() -> None:
    lines = render_markdown.render(REPORT).splitlines()
    assert [line for line in lines if line.startswith("| ")] == [
        "| verdict | MUST | SHOULD | OBSERVE |",
        "| fail | 1 | 0 | 0 |",
        "| warn | 0 | 1 | 0 |",
        "| inconclusive | 1 | 0 | 0 |",
        "| skipped | 1 | 0 | 0 |",
        "| pass | 1 | 0 | 1 |",
    ]


def test_requirements_that_were_not_checked_have_one_line_for_each_reason() -> None:
    more = requirement("ERR-009", "MUST", RequirementVerdict.SKIPPED, reason="needs --failed-job")
    lines = render_markdown.render(replace(REPORT, requirements=(*REPORT.requirements, more))).splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        "- inconclusive, no answer came: ERR-007",
        "- skipped, needs --failed-job: ERR-008, ERR-009",
        "- observed, REQ-003 The title of REQ-003: answered with status 400 (9 x)",
        "- known deviation, REQ-002: deviates",
        "- known deviation, REQ-001: expired on 2029-12-31",
    ]


def test_a_summary_too_long_for_a_comment_is_cut_between_findings_and_has_a_note_on_that() -> None:
    long = replace(FAILURE, curl="x" * 9000)
    many = [requirement(f"ERR-{n:03}", "MUST", RequirementVerdict.FAIL, (long,)) for n in range(20)]
    silent = requirement("REQ-001", "MUST", RequirementVerdict.SKIPPED, reason="@" * 9000)
    text = render_markdown.render(replace(REPORT, reason="@" * 9000, target="`" * 9000, requirements=(*many, silent)))
    tokens = MARKDOWN.parse(text)
    kept = sum(token.type == "fence" for token in tokens)
    assert 0 < kept < 20
    assert len(text) <= render_markdown.LONGEST
    assert f"{20 - kept} more findings in report.html and conformance.json." in paragraphs(tokens)
    assert re.search(r"^- skipped, .*: REQ-001$", text, re.MULTILINE)

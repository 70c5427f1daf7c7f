"""summary.md says what it should, and no answer can put Markdown or HTML into it."""

from hypothesis import given
from markdown_it import MarkdownIt

from conformance.reports import render_markdown
from conformance.reports.console import finding, printable
from conformance.reports.model import Report, RequirementVerdict
from conformance.selftest.reports.samples import REPORT
from conformance.selftest.reports.strategies import PROPERTY, reports

BROKEN = (RequirementVerdict.FAIL, RequirementVerdict.WARN)
BLOCKS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td"}
PARSER = MarkdownIt("commonmark").enable("table")


@PROPERTY
@given(reports())
def test_no_text_becomes_markup(report: Report) -> None:
    tokens = PARSER.parse(render_markdown.render(report).encode().decode())
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert blocks <= BLOCKS | {"inline", "fence"}
    inline = {child.type for token in tokens for child in token.children or ()}
    assert inline <= {"text", "code_inline"}


@PROPERTY
@given(reports())
def test_each_finding_is_a_heading_and_a_code_block(report: Report) -> None:
    tokens = PARSER.parse(render_markdown.render(report))
    broken = report.having(*BROKEN)
    assert [token.content for token in tokens if token.type == "fence"] == [f"{finding(item)}\n" for item in broken]
    titles = [tokens[number + 1] for number, token in enumerate(tokens) if token.type == "heading_open"]
    assert ["".join(child.content for child in title.children or ()) for title in titles] == [
        f"DRS conformance: {report.verdict.value}",
        *(f"{item.id}: {printable(' '.join(item.title.split()))}".rstrip() for item in broken),
    ]


@PROPERTY
@given(reports())
def test_the_reason_is_the_first_paragraph(report: Report) -> None:
    tokens = PARSER.parse(render_markdown.render(report))
    first = next(tokens[number + 1] for number, token in enumerate(tokens) if token.type == "paragraph_open")
    reason = printable(" ".join(report.reason.split()))
    shown = "".join(child.content for child in first.children or ())
    assert shown == reason or not reason


def test_the_counts_are_told_by_verdict_and_level() -> None:
    lines = render_markdown.render(REPORT).splitlines()
    assert [line for line in lines if line.startswith("| ")] == [
        "| verdict | MUST | SHOULD | OBSERVE |",
        "| pass | 1 | 0 | 1 |",
        "| fail | 1 | 0 | 0 |",
        "| warn | 0 | 1 | 0 |",
        "| skipped | 1 | 0 | 0 |",
        "| inconclusive | 1 | 0 | 0 |",
    ]

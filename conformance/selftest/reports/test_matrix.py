"""Reports side by side: the differences are found, and the page and the Markdown have the same facts and no markup."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import render_matrix
from conformance.reports.matrix import Column, Contrast, Matrix, arrange
from conformance.reports.model import Report
from conformance.selftest.support.reports.facts import markup, words
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, judgements
from conformance.spec.characters import hidden, printable

PASS, FAIL, SKIPPED, INCONCLUSIVE = (
    RequirementVerdict.PASS,
    RequirementVerdict.FAIL,
    RequirementVerdict.SKIPPED,
    RequirementVerdict.INCONCLUSIVE,
)
PARSER = MarkdownIt("commonmark").enable("table")
NAMES = ("north", "south", "west")


def matrix(*reports: Report) -> Matrix:
    return arrange([Column(name, report) for name, report in zip(NAMES, reports, strict=False)])


MATRICES = st.lists(judgements(), min_size=1, max_size=3).map(lambda reports: matrix(*reports))


def parse(shown: Matrix) -> Element:
    """Parse the page; any parse error fails the test."""
    text = render_matrix.html(shown).encode().decode()
    page: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return page


def content(node: Element | None) -> str:
    assert node is not None
    return "".join(node.itertext())


def visible(text: str) -> str:
    return "".join(f"⟨U+{ord(c):04X}⟩" if hidden(c) and c not in "\n\t" else c for c in text)


def normal(text: str) -> str:
    """Return the text as a browser lays it out, with each run of white space as one blank."""
    return " ".join(text.split())


DIFFERING = matrix(
    REPORT,
    replace(
        REPORT,
        verdict=Verdict.CONFORMS,
        profile="safe",
        requirements=(
            requirement("REQ-001", "MUST", PASS),
            requirement("REQ-002", "SHOULD", SKIPPED, reason="not exercised by the profile safe"),
            requirement("REQ-003", "OBSERVE", PASS, reason="answered with status 401 (9 x)"),
            requirement("ERR-003", "MUST", PASS),
        ),
    ),
    replace(
        REPORT,
        verdict=Verdict.INCONCLUSIVE,
        reason="the API is not published here (status 404)",
        requirements=(requirement("REQ-001", "MUST", INCONCLUSIVE, reason="the API is not published here (404)"),),
    ),
)


def test_a_row_has_the_kind_of_difference() -> None:
    assert {row.id: row.contrast for row in DIFFERING.rows} == {
        "REQ-001": Contrast.NONE,
        "REQ-002": Contrast.UNEVEN,
        "REQ-003": Contrast.DISAGREES,
        "ERR-003": Contrast.DISAGREES,
        "ERR-007": Contrast.NONE,
        "ERR-008": Contrast.NONE,
    }


def test_the_worst_difference_comes_first() -> None:
    assert [row.id for row in DIFFERING.having(Contrast.DISAGREES)] == ["ERR-003", "REQ-003"]


@pytest.mark.parametrize("verdict", [SKIPPED, INCONCLUSIVE])
def test_a_target_on_which_nothing_was_checked_does_not_count_as_different(verdict: RequirementVerdict) -> None:
    judged = replace(REPORT, requirements=(requirement("REQ-001", "MUST", PASS),))
    blank = replace(REPORT, requirements=(requirement("REQ-001", "MUST", verdict, reason="the target is gone"),))
    shown = matrix(judged, blank)
    assert [row.contrast for row in shown.rows] == [Contrast.NONE]
    assert shown.rows[0].cells[1].text == verdict.value
    header = content(parse(shown).find(".//header"))
    assert REPORT.reason in header


def test_a_requirement_that_only_some_reports_have_is_in_its_area() -> None:
    shorter = replace(REPORT, requirements=tuple(r for r in REPORT.requirements if r.id != "REQ-002"))
    assert {area: [row.id for row in rows] for area, rows in matrix(shorter, REPORT).areas.items()} == {
        "Request": ["REQ-001", "REQ-003", "REQ-002"],
        "Refusal": ["ERR-003", "ERR-007", "ERR-008"],
    }


def table(page: Element, label: str) -> list[list[str]]:
    """Return the cells of each row of a table, with white space normalised; the row of an area has one cell."""
    found = next(node for node in page.iter("table") if node.attrib["aria-labelledby"] == label)
    return [[normal(content(cell)) for cell in row if "aria-hidden" not in cell.attrib] for row in found.iter("tr")]


@PROPERTY
@given(MATRICES)
def test_the_page_has_the_facts_of_the_reports(shown: Matrix) -> None:
    page = parse(shown)
    head, *rows = table(page, "requirements")
    assert head[1:] == [
        normal(
            f"{visible(column.name)}{column.report.verdict.value}{visible(column.report.started[:10])}, "
            f"profile {visible(column.report.profile)}, suite {visible(column.report.suite_version)}"
        )
        for column in shown.columns
    ]
    requirements = [row for row in rows if len(row) > 1 or not shown.columns]
    for row, cells in zip((row for rows in shown.areas.values() for row in rows), requirements, strict=True):
        title, *verdicts = cells
        assert title == normal(f"{row.id}{row.level}{row.contrast.value}{visible(row.title)}")
        assert verdicts == [cell.text for cell in row.cells]


def elements(page: Element) -> set[tuple[str, str]]:
    return {(node.tag, name) for node in page.iter() for name in ("", *node.keys())}


LINKED = arrange(
    [Column(column.name, column.report, f"{column.name}/report.html") for column in DIFFERING.columns],
    [("east", "error: died")],
)
HARMLESS = parse(LINKED)


@PROPERTY
@given(MATRICES)
def test_no_text_becomes_markup_and_no_character_is_invisible_or_changes_the_direction_of_text(shown: Matrix) -> None:
    page = parse(shown)
    assert elements(page) <= elements(HARMLESS)
    text = content(page) + "".join(value for node in page.iter() for value in node.attrib.values())
    assert [c for c in text if hidden(c) and c not in "\n\t"] == []
    identifiers = [node.attrib["id"] for node in page.iter() if "id" in node.attrib]
    assert len(identifiers) == len(set(identifiers))
    for node in page.iter("a"):
        assert node.attrib["href"].removeprefix("#") in identifiers


def test_the_policy_permits_only_the_style_of_the_page() -> None:
    policy = next(meta.attrib["content"] for meta in HARMLESS.iter("meta") if "http-equiv" in meta.attrib)
    digest = hashlib.sha256(content(HARMLESS.find(".//style")).encode()).digest()
    assert f"style-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert re.search(r"url\(|@import", render_matrix.html(LINKED)) is None
    assert not {"src", "srcset", "style"} & {name for _, name in elements(HARMLESS)}


def test_each_target_links_to_its_own_report() -> None:
    links = [node.attrib["href"] for node in HARMLESS.iter("a") if not node.attrib["href"].startswith("#")]
    assert links == [f"{name}/report.html" for name in NAMES]


def test_a_target_without_a_report_is_listed() -> None:
    assert "east: no report" in content(HARMLESS.find(".//header"))
    assert "| east | no report | error: died |" in render_matrix.markdown(LINKED)
    assert render_matrix.headline(LINKED) == "1 of 4 targets conforms"


def test_tables_have_headers_and_can_be_scrolled_with_the_keyboard() -> None:
    for found in HARMLESS.iter("table"):
        rows = list(found.iter("tr"))
        assert {cell.attrib["scope"] for cell in rows[0]} == {"col"}
        assert {row[0].attrib["scope"] for row in rows[1:]} <= {"row", "rowgroup"}
    regions = [node for node in HARMLESS.iter("div") if node.attrib.get("role") == "region"]
    assert len(regions) == len(list(HARMLESS.iter("table")))
    assert {node.attrib["tabindex"] for node in regions} == {"0"}


def tables(text: str) -> Iterator[list[list[str]]]:
    """Yield the rows of each table of a Markdown text."""
    rows: list[list[str]] = []
    tokens = PARSER.parse(text)
    for number, token in enumerate(tokens):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(words(tokens[number + 1]))
        elif token.type == "table_close":
            yield rows


def line(text: str) -> str:
    return printable(normal(text))


@PROPERTY
@given(MATRICES)
def test_the_markdown_has_the_same_facts_and_no_markup(shown: Matrix) -> None:
    text = render_matrix.markdown(shown).encode().decode()
    assert markup(PARSER.parse(text)) == set()
    targets, *others = tables(text)
    assert [row[:4] for row in targets[1:]] == [
        [column.name, column.report.verdict.value, line(column.report.reason), line(column.report.target)]
        for column in shown.columns
    ]
    if shown.rows:
        assert others[-1][0] == ["requirement", "level", "title", *(column.name for column in shown.columns)]
        assert others[-1][1:] == [
            [row.id, row.level, line(row.title), *(cell.text for cell in row.cells)] for row in shown.rows
        ]
    assert len(others) == bool(shown.rows) + len({row.contrast for row in shown.rows} - {Contrast.NONE})


def test_a_cell_of_a_differing_row_has_what_was_seen() -> None:
    rows = {row[0].split("MUST")[0]: row[1:] for row in table(HARMLESS, "differs")}
    assert rows["ERR-003"] == [f"fail{FAILURE.actual}", "pass", "not selected"]

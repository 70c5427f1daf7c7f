"""report.html is well-formed, needs no network, and no answer can put anything into it but text."""

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import given

from conformance.reports import render_html
from conformance.reports.model import Message, Report, RequirementVerdict, Verdict
from conformance.selftest.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.reports.strategies import PROPERTY, reports


def parse(report: Report) -> Element:
    """Parse the page; any parse error fails the test."""
    text = render_html.render(report).encode().decode()
    page: Element = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return page


def elements(page: Element) -> set[tuple[str, str]]:
    """Return each pair of an element and one of its attributes."""
    return {(node.tag, name) for node in page.iter() for name in ("", *node.keys())}


def content(node: Element | None) -> str:
    assert node is not None
    return "".join(node.itertext())


HARMLESS = parse(REPORT)


@PROPERTY
@given(reports())
def test_no_text_becomes_markup(report: Report) -> None:
    page = parse(report)
    assert elements(page) <= elements(HARMLESS)
    for tag in ("script", "style", "meta", "title"):
        assert len(page.findall(f".//{tag}")) == len(HARMLESS.findall(f".//{tag}"))
    assert content(page.find(".//script")) == content(HARMLESS.find(".//script"))
    assert content(page.find(".//style")) == content(HARMLESS.find(".//style"))


@PROPERTY
@given(reports())
def test_no_character_hides_or_turns_the_text_around_it(report: Report) -> None:
    page = parse(report)
    shown = content(page) + "".join(value for node in page.iter() for value in node.attrib.values())
    assert [c for c in shown if not c.isprintable() and c not in "\n\t"] == []


@PROPERTY
@given(reports())
def test_every_identifier_is_unique_and_every_link_leads_somewhere(report: Report) -> None:
    page = parse(report)
    identifiers = [node.attrib["id"] for node in page.iter() if "id" in node.attrib]
    assert len(identifiers) == len(set(identifiers))
    named = {
        node.attrib[name] for node in page.iter() for name in ("aria-labelledby", "data-copies") if name in node.attrib
    }
    assert named <= set(identifiers)
    for link in page.iter("a"):
        assert link.attrib["href"].startswith("https://") or link.attrib["href"].removeprefix("#") in identifiers


def test_the_address_of_a_source_is_a_link_only_if_it_is_one_of_the_web() -> None:
    odd = replace(REPORT.requirements[3], url="javascript:alert(1)")
    page = parse(replace(REPORT, requirements=(odd,)))
    assert [link.attrib["href"] for link in page.iter("a") if "script" in link.attrib["href"]] == []
    assert "javascript:alert(1)" in content(page)


def test_the_policy_permits_the_own_style_and_script_and_nothing_else() -> None:
    policy = next(meta.attrib["content"] for meta in HARMLESS.iter("meta") if "http-equiv" in meta.attrib)
    for directive, tag in (("style-src", "style"), ("script-src", "script")):
        digest = hashlib.sha256(content(HARMLESS.find(f".//{tag}")).encode()).digest()
        assert f"{directive} 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "default-src 'none'" in policy


def test_the_page_loads_nothing() -> None:
    assert {node.tag for node in HARMLESS.iter()}.isdisjoint({"link", "img", "iframe", "object", "base", "form"})
    assert not {"src", "srcset", "style"} & {name for _, name in elements(HARMLESS)}
    assert re.search(r"url\(|@import|fetch\(", render_html.render(REPORT)) is None


def test_the_verdict_comes_first_and_its_reason_next() -> None:
    for verdict in Verdict:
        header = parse(replace(REPORT, verdict=verdict)).find(".//header")
        assert header is not None
        assert [verdict.value.capitalize() in content(header[0]), content(header[1])] == [True, REPORT.reason]


def test_a_finding_shows_all_that_is_known_of_it() -> None:
    article = content(HARMLESS.find(".//article"))
    sent, answer = FAILURE.request, FAILURE.response
    assert answer is not None
    texts = [FAILURE.expected, FAILURE.actual, FAILURE.clause, FAILURE.spec.pointer, "openapi.yaml:464", FAILURE.curl]
    for text in (
        "ERR-003",
        "MUST",
        *texts,
        sent.start,
        "4 of 9 times; sent again: broken 1 of 1",
        "X-Auth-Token: [redacted]",
        answer.start,
        answer.body,
        "ERR-007",
    ):
        assert text in article


def test_the_worst_finding_comes_first() -> None:
    titles = [content(article.find("h3")) for article in HARMLESS.iter("article")]
    assert titles == ["The title of ERR-003", "The title of REQ-002"]


def test_each_requirement_has_a_row_under_its_area() -> None:
    table = next(table for table in HARMLESS.iter("table") if table.attrib.get("class") == "requirements")
    rows = [[content(cell) for cell in row] for row in table.iter("tr")]
    assert [row[0] for row in rows[1:]] == [
        *("Request", "REQ-001", "REQ-002", "REQ-003"),
        *("Refusal", "ERR-003", "ERR-007", "ERR-008"),
    ]
    assert rows[4] == ["REQ-003", "OBSERVE", "The title of REQ-003", "✓pass", "9", "answered with status 400 (9 x)"]


def test_what_was_not_judged_is_said_with_its_reason() -> None:
    groups = next(node for node in HARMLESS.iter("dl") if node.attrib["class"] == "groups")
    assert [content(term)[1:] for term in groups.iter("dt")] == [
        "inconclusive: no answer came",
        "skipped: needs --failed-job",
    ]


def test_headings_skip_no_level() -> None:
    levels = [int(node.tag[1]) for node in HARMLESS.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_command_is_copied_as_it_was_written() -> None:
    commands = {node.attrib["id"]: content(node) for node in HARMLESS.iter("code") if "id" in node.attrib}
    assert (commands["command"], commands["again-1-1"]) == (REPORT.command, FAILURE.curl)


def test_a_message_keeps_its_lines() -> None:
    shown = replace(FAILURE, response=Message("HTTP/1.1 200", (("A", "1"), ("B", "2")), "\n <a>\tb\x00"))
    page = parse(replace(REPORT, requirements=(requirement("ERR-001", "MUST", RequirementVerdict.FAIL, (shown,)),)))
    response = next(figure for figure in page.iter("figure") if content(figure[0]) == "Response")
    assert content(response.find("pre")) == "HTTP/1.1 200\nA: 1\nB: 2\n\n\n <a>\tb⟨U+0000⟩"

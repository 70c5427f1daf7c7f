"""report.html is well-formed, needs no network, and shows every answer as text."""

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import given, settings

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import render_html
from conformance.reports.difference import differences
from conformance.reports.model import Message, Report
from conformance.selftest.support.reports.samples import FAILURE, REPORT, SILENCE, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, reports
from conformance.spec.characters import hidden

FEWER = settings(PROPERTY, max_examples=20)
"""Settings for properties of numbers, since each example renders and parses a page."""


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


def item(page: Element, requirement_id: str) -> Element:
    return next(node for node in page.iter("details") if node.attrib["id"] == requirement_id)


def visible(text: str) -> str:
    return "".join(f"⟨U+{ord(c):04X}⟩" if hidden(c) and c not in "\n\t" else c for c in text)


def marked(message: Message | None) -> list[str]:
    """Return the marked text of a message."""
    if message is None or message.mark is None:
        return []
    mark = message.mark
    text = {"start": [message.start], "header": [value for _, value in message.headers], "body": [message.body]}
    return [visible(text[mark.part][mark.index][mark.begin : mark.end])]


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
def test_no_character_is_invisible_or_changes_the_direction_of_text(report: Report) -> None:
    page = parse(report)
    shown = content(page) + "".join(value for node in page.iter() for value in node.attrib.values())
    assert [c for c in shown if hidden(c) and c not in "\n\t"] == []


@PROPERTY
@given(reports())
def test_every_identifier_is_unique_and_every_link_has_a_target(report: Report) -> None:
    page = parse(report)
    identifiers = [node.attrib["id"] for node in page.iter() if "id" in node.attrib]
    assert len(identifiers) == len(set(identifiers))
    for link in page.iter("a"):
        assert link.attrib["href"].startswith("https://") or link.attrib["href"].removeprefix("#") in identifiers


def test_the_address_of_a_source_is_a_link_only_if_it_has_the_scheme_https() -> None:
    odd = replace(REPORT.requirements[3], url="javascript:alert(1)")
    page = parse(replace(REPORT, requirements=(odd,)))
    assert [link.attrib["href"] for link in page.iter("a") if "script" in link.attrib["href"]] == []
    assert "javascript:alert(1)" in content(page)


def test_the_policy_permits_only_the_style_and_the_script_of_the_page() -> None:
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
        first, second = itertools.islice((node for node in header.iter() if node.tag != "div"), 1, 4, 2)
        assert (content(first), content(second)) == (verdict.value.capitalize(), REPORT.reason)


def test_the_worst_finding_comes_first_in_the_content() -> None:
    main = HARMLESS.find(".//main")
    assert main is not None
    assert content(main.find(".//h2")) == "Findings"
    titles = [content(title) for title in main.iterfind(".//details/summary/h3")]
    assert titles == ["The title of ERR-003", "The title of REQ-002"]


def test_only_the_first_findings_are_open() -> None:
    broken = [requirement(f"ERR-{number:03}", "MUST", RequirementVerdict.FAIL, (FAILURE,)) for number in range(9)]
    page = parse(replace(REPORT, requirements=tuple(broken)))
    assert [item.attrib["id"] for item in page.iter("details") if "open" in item.attrib] == [
        *("ERR-000", "ERR-001", "ERR-002"),
    ]


def test_a_finding_has_all_its_facts() -> None:
    opened = content(item(HARMLESS, "ERR-003"))
    sent, answer = FAILURE.request, FAILURE.response
    assert answer is not None
    texts = [FAILURE.expected, FAILURE.actual, FAILURE.clause, FAILURE.spec.pointer, "openapi.yaml:464", FAILURE.curl]
    for text in (
        "ERR-003",
        "MUST",
        "9 checks",
        *texts,
        sent.start,
        FAILURE.seen(9),
        "X-Auth-Token: [redacted]",
        answer.start,
        answer.body,
        "ERR-007",
    ):
        assert text in opened


def test_each_requirement_is_shown_once_with_its_facts() -> None:
    assert [node.attrib["id"] for node in HARMLESS.iter("details")] == [
        *("ERR-003", "REQ-002"),
        *("ERR-007", "ERR-008"),
        *("REQ-001", "REQ-003"),
    ]
    observed = item(HARMLESS, "REQ-003")
    for text in ("OBSERVE", "The title of REQ-003", "pass", "9 checks", "answered with status 400 (9 x)"):
        assert text in content(observed.find("summary"))
    terms = [content(term) for term in observed.iter("dt")]
    assert terms == ["Documentation", "Specification", "Observed"]
    assert [link.attrib["href"] for link in observed.iter("a")] == [REPORT.requirements[2].url]


def test_requirements_that_were_not_checked_are_grouped_by_reason() -> None:
    groups = {content(node.find("h3")): node for node in HARMLESS.iter("section") if node.find("h3") is not None}
    assert [node.attrib["id"] for node in groups["inconclusive: no answer came"].iter("details")] == ["ERR-007"]
    assert [node.attrib["id"] for node in groups["skipped: needs --failed-job"].iter("details")] == ["ERR-008"]


def test_a_requirement_in_a_reason_is_a_link_if_it_is_in_the_report() -> None:
    reason = "blocked by ERR-003 and ERR-999"
    blocked = requirement("ERR-007", "MUST", RequirementVerdict.INCONCLUSIVE, reason=reason)
    page = parse(replace(REPORT, requirements=(REPORT.requirements[3], blocked)))
    assert [link.attrib["href"] for link in item(page, "ERR-007").iterfind(".//dl/dd/a[@href='#ERR-003']")] == [
        "#ERR-003"
    ]
    assert reason in content(item(page, "ERR-007"))


@FEWER
@given(reports())
def test_each_number_in_the_table_is_that_of_the_requirements_that_it_filters(report: Report) -> None:
    page = parse(report)
    table = page.find(".//table")
    assert table is not None
    buttons = list(table.iter("button"))
    for button in buttons:
        wanted = {name: button.attrib[name] for name in ("data-area", "data-verdict") if button.attrib[name]}
        chosen = [node for node in page.iter("details") if wanted.items() <= node.attrib.items()]
        assert content(button) == str(len(chosen)) != "0"
    cells = {(requirement.area, requirement.verdict) for requirement in report.requirements}
    areas = {requirement.area for requirement in report.requirements}
    verdicts = {requirement.verdict for requirement in report.requirements}
    assert len(buttons) == len(cells) + len(areas) + len(verdicts)
    assert content(table).rstrip().endswith(str(len(report.requirements)))


def test_the_numbers_of_the_levels_are_those_of_the_requirements() -> None:
    levels = {
        button.attrib["data-level"]: content(button) for button in HARMLESS.iterfind(".//main//button[@data-level]")
    }
    assert levels == {"MUST": "MUST 4", "SHOULD": "SHOULD 1", "OBSERVE": "OBSERVE 1"}


def test_every_button_is_hidden_or_disabled_until_the_script_runs() -> None:
    page = parse(REPORT)
    containers = [node for node in page.iter("div") if "hidden" in node.attrib]
    hidden = {id(button) for node in containers for button in node.iter("button")}
    assert all("disabled" in button.attrib or id(button) in hidden for button in page.iter("button"))


@FEWER
@given(reports())
def test_marks_are_on_the_marked_parts_and_on_the_differences(report: Report) -> None:
    page = parse(report)
    for broken in report.having(RequirementVerdict.FAIL, RequirementVerdict.WARN):
        blocks = [node for node in item(page, broken.id).iter("div") if node.attrib.get("class") == "finding"]
        for finding, block in zip(broken.findings, blocks, strict=True):
            marks = {
                content(node[0]): [content(mark) for mark in node.iter("mark")]
                for node in (*block.iter("figure"), *block.iterfind("dl/div"))
            }
            assert marks["Request"] == marked(finding.request)
            assert marks["Response"] == marked(finding.response)
            expected, actual = differences(finding.expected, finding.actual)
            assert marks["Expected"] == [visible(text) for text, differs in expected if differs]
            assert marks["Got"] == [visible(text) for text, differs in actual if differs]


@FEWER
@given(reports())
def test_the_charts_show_the_numbers_of_the_run(report: Report) -> None:
    numbers = [[int(content(number)) for number in node.iter("b")] for node in parse(report).iter("ul")]
    measured = [[number for _, number in report.latency.bins]] if report.latency else []
    counted = [[number for _, number in counts] for counts in (report.traffic.statuses, report.traffic.stimuli)]
    assert numbers == ([*measured, *counted] if report.traffic.stimuli else [])


def test_the_charts_name_what_they_count() -> None:
    labels = [[content(item[0]) for item in node] for node in HARMLESS.iter("ul")]
    assert labels[1:] == [
        ["no answer", "200 OK", "400 Bad Request", "401 Unauthorized"],
        ["preflight", "unknown-batches", "calls-with-a-body", "coverage"],
    ]
    assert "Median 3.2 ms, 95th percentile 9.5 ms, maximum 61.1 ms." in content(HARMLESS)


def test_a_thousand_findings_are_rendered_each_once() -> None:
    broken = tuple(requirement(f"ERR-{n:04}", "MUST", RequirementVerdict.FAIL, (FAILURE,)) for n in range(1000))
    page = render_html.render(replace(REPORT, requirements=broken))
    assert page.count("<details ") == 1000
    assert len(page.encode()) < 2_500_000


def test_headings_skip_no_level() -> None:
    levels = [int(node.tag[1]) for node in HARMLESS.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_command_is_shown_unchanged() -> None:
    commands = [
        content(node.find("pre/code")) for node in HARMLESS.iter("div") if node.attrib.get("class") == "command"
    ]
    replay = "drs-conform replay findings/ERR-003.json --target http://127.0.0.1:8000"
    assert commands[:3] == [REPORT.command, FAILURE.curl, replay]


def test_each_finding_of_a_requirement_has_the_command_for_its_own_file() -> None:
    twice = requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (FAILURE, SILENCE))
    shown = content(item(parse(replace(REPORT, requirements=(twice,))), "ERR-003"))
    assert re.findall(r"replay (\S+)", shown) == ["findings/ERR-003.json", "findings/ERR-003-2.json"]


def test_a_message_keeps_its_lines() -> None:
    shown = replace(FAILURE, response=Message("HTTP/1.1 200", (("A", "1"), ("B", "2")), "\n <a>\tb\x00"))
    page = parse(replace(REPORT, requirements=(requirement("ERR-001", "MUST", RequirementVerdict.FAIL, (shown,)),)))
    response = next(figure for figure in page.iter("figure") if content(figure[0]) == "Response")
    assert content(response.find("pre")) == "HTTP/1.1 200\nA: 1\nB: 2\n\n\n <a>\tb⟨U+0000⟩"

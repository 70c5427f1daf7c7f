"""The differences between two reports, and their text and Markdown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.exchange.verdicts import RequirementVerdict, Verdict
from conformance.reports import render_comparison
from conformance.reports.comparison import Change, compare
from conformance.reports.model import Report
from conformance.selftest.support.reports.facts import markup, words
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY, judgements
from conformance.spec.characters import printable

PASS, FAIL, WARN, SKIPPED, INCONCLUSIVE = (
    RequirementVerdict.PASS,
    RequirementVerdict.FAIL,
    RequirementVerdict.WARN,
    RequirementVerdict.SKIPPED,
    RequirementVerdict.INCONCLUSIVE,
)
PARSER = MarkdownIt("commonmark").enable("table")


def judged(level: str, verdict: RequirementVerdict | None, *, reason: str = "", actual: str = "") -> Report:
    """Return a report on one requirement, or on none."""
    found = (replace(FAILURE, actual=actual or "it"),) if verdict in (FAIL, WARN) else ()
    items = (requirement("ERR-003", level, verdict, found, reason=reason),) if verdict else ()
    return replace(REPORT, verdict=Verdict.INCONCLUSIVE, requirements=items)


@pytest.mark.parametrize(
    ("level", "old", "new", "change"),
    [
        ("MUST", PASS, FAIL, Change.WORSE),
        ("MUST", PASS, WARN, Change.WORSE),
        ("MUST", WARN, FAIL, Change.WORSE),
        ("MUST", PASS, SKIPPED, Change.WORSE),
        ("MUST", PASS, INCONCLUSIVE, Change.WORSE),
        ("MUST", SKIPPED, FAIL, Change.WORSE),
        ("MUST", PASS, None, Change.WORSE),
        ("MUST", None, FAIL, Change.WORSE),
        ("MUST", FAIL, PASS, Change.BETTER),
        ("MUST", FAIL, WARN, Change.BETTER),
        ("MUST", INCONCLUSIVE, PASS, Change.BETTER),
        ("MUST", FAIL, SKIPPED, Change.CHANGED),
        ("MUST", FAIL, INCONCLUSIVE, Change.CHANGED),
        ("MUST", SKIPPED, INCONCLUSIVE, Change.CHANGED),
        ("MUST", None, PASS, Change.NEW),
        ("MUST", None, SKIPPED, Change.NEW),
        ("MUST", FAIL, None, Change.GONE),
        ("SHOULD", PASS, WARN, Change.WORSE),
        ("SHOULD", PASS, SKIPPED, Change.WORSE),
        ("SHOULD", INCONCLUSIVE, WARN, Change.WORSE),
        ("SHOULD", WARN, PASS, Change.BETTER),
        ("OBSERVE", PASS, SKIPPED, Change.CHANGED),
        ("OBSERVE", PASS, None, Change.GONE),
    ],
)
def test_two_verdicts_have_this_kind_of_difference(
    level: str, old: RequirementVerdict | None, new: RequirementVerdict | None, change: Change
) -> None:
    comparison = compare(judged(level, old), judged(level, new))
    assert [difference.change for difference in comparison.differences] == [change]
    assert comparison.worse == (change is Change.WORSE)


def test_a_requirement_that_another_suite_lacks_is_gone_and_not_worse() -> None:
    old = replace(judged("MUST", PASS), suite_version="0.0.9")
    comparison = compare(old, judged("MUST", None))
    assert [difference.change for difference in comparison.differences] == [Change.GONE]
    assert "suite 0.0.9 -> 0.1.0" in render_comparison.text(comparison)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (judged("MUST", FAIL, actual="11"), judged("MUST", FAIL, actual="10"), False),
        (judged("MUST", FAIL, actual="11"), judged("MUST", FAIL, actual="11"), True),
        (judged("OBSERVE", PASS, reason="400 (9 x)"), judged("OBSERVE", PASS, reason="401 (9 x)"), False),
        (judged("OBSERVE", PASS, reason="400 (9 x)"), judged("OBSERVE", PASS, reason="400 (8 x)"), True),
        (judged("SHOULD", PASS), judged("MUST", PASS), False),
    ],
)
def test_other_facts_under_the_same_verdict_are_a_change(old: Report, new: Report, same: bool) -> None:  # noqa: FBT001 - a column of the table
    comparison = compare(old, new)
    assert [difference.change for difference in comparison.differences] == ([] if same else [Change.CHANGED])
    assert not comparison.worse


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.CONFORMS])
def test_any_verdict_after_conforms_is_worse(verdict: Verdict) -> None:
    good, bad = replace(REPORT, verdict=Verdict.CONFORMS), replace(REPORT, verdict=verdict)
    assert compare(good, bad).worse
    assert render_comparison.headline(compare(good, bad)) == "worse: the verdict"
    assert not compare(bad, good).worse


@PROPERTY
@given(judgements())
def test_a_report_does_not_differ_from_itself(report: Report) -> None:
    comparison = compare(report, report)
    assert (comparison.differences, comparison.verdict, comparison.circumstances) == ((), None, ())
    assert render_comparison.headline(comparison) == "no difference"


PAIR = st.tuples(judgements(), judgements())


@PROPERTY
@given(PAIR)
def test_better_is_worse_in_reverse_and_nothing_is_worse_both_ways(
    pair: tuple[Report, Report],
) -> None:
    old, new = pair
    there, back = compare(old, new), compare(new, old)
    changes, reverse = ({d.requirement.id: d.change for d in c.differences} for c in (there, back))
    assert changes.keys() == reverse.keys()
    for key, change in changes.items():
        assert (change is not Change.BETTER) or reverse[key] is Change.WORSE
        assert {change, reverse[key]} != {Change.WORSE}
        assert (change is not Change.CHANGED) or reverse[key] in (Change.CHANGED, Change.WORSE)
        assert (change is not Change.NEW) or reverse[key] in (Change.GONE, Change.WORSE)
    assert {there.verdict, back.verdict} in ({None}, {Change.CHANGED}, {Change.WORSE, Change.BETTER})


@PROPERTY
@given(PAIR)
def test_the_text_names_each_difference_and_is_printable(pair: tuple[Report, Report]) -> None:
    comparison = compare(*pair)
    text = render_comparison.text(comparison)
    assert [c for c in text if not c.isprintable() and c != "\n"] == []
    assert text.splitlines()[0] == render_comparison.headline(comparison)
    assert all(difference.requirement.id in text for difference in comparison.differences)


@PROPERTY
@given(PAIR)
def test_the_markdown_has_the_same_facts_and_no_markup(pair: tuple[Report, Report]) -> None:
    comparison = compare(*pair)
    tokens = PARSER.parse(render_comparison.markdown(comparison).encode().decode())
    assert markup(tokens) == set()
    assert {token.type for token in tokens} <= {
        f"{name}_{end}"
        for name in ("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    } | {"inline"}
    cells = [tokens[n + 1] for n, token in enumerate(tokens) if token.type == "td_open"]
    contents = [words(cell) for cell in cells][14:]
    shown = [contents[place : place + 3] for place in range(0, len(contents), 6)]
    found = [difference.requirement for change in Change for difference in comparison.having(change)]
    assert shown == [[item.id, item.level, printable(" ".join(item.title.split()))] for item in found]


def test_the_worst_comes_first() -> None:
    old = replace(
        REPORT,
        requirements=(
            requirement("REQ-001", "SHOULD", PASS),
            requirement("REQ-002", "MUST", PASS),
            requirement("REQ-003", "MUST", PASS),
            requirement("REQ-004", "MUST", FAIL, (FAILURE,)),
        ),
    )
    new = replace(
        REPORT,
        requirements=(
            requirement("REQ-001", "SHOULD", WARN, (FAILURE,)),
            requirement("REQ-002", "MUST", SKIPPED, reason="needs --ready-job"),
            requirement("REQ-003", "MUST", FAIL, (FAILURE,)),
            requirement("REQ-004", "MUST", PASS),
        ),
    )
    ids = [difference.requirement.id for difference in compare(old, new).differences]
    assert ids == ["REQ-003", "REQ-002", "REQ-001", "REQ-004"]


def test_requirements_unchecked_for_one_reason_are_listed_together() -> None:
    ids = [f"REQ-{number:03}" for number in range(1, 10)]
    old = replace(REPORT, requirements=tuple(requirement(key, "MUST", PASS) for key in ids))
    lost = tuple(requirement(key, "MUST", INCONCLUSIVE, reason="the target is gone") for key in ids)
    text = render_comparison.text(compare(old, replace(REPORT, requirements=lost)))
    assert text.count("the target is gone") == 1
    assert ", ".join(ids) in text

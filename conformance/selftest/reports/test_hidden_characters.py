"""No format has a character that is invisible, moves others or controls a terminal, and none makes a link of a text."""

import contextlib
import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.cli.replay_output import show_details, show_result
from conformance.engine.replay import ReplayVerdict, Result
from conformance.exchange.verdicts import RequirementVerdict
from conformance.findings.file import RecordedFinding
from conformance.reports import console, files, plan, render_comparison, render_finding, render_matrix
from conformance.reports.comparison import compare
from conformance.reports.matrix import Column, arrange
from conformance.reports.model import Finding, Message, Report, RequirementReport
from conformance.selftest.spec.test_characters import CATEGORIES, IGNORABLE
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.selftest.support.reports.strategies import PROPERTY
from conformance.spec.characters import LINK, hidden

EVERY = "".join(
    chr(n) for n in range(sys.maxunicode) if unicodedata.category(chr(n)) in CATEGORIES - {"Cn", "Co", "Cs"}
) + "".join(map(chr, (*IGNORABLE, 0xD800, 0xDFFF, 0xE000, 0x10FFFD, 0xFFFF)))
LINKS = "https://a.example HTTP://b.example www.c.example me@d.example ftp://e.example"


def broken(text: str) -> RequirementReport:
    message = Message(text, ((text, text), ("Allow", text)), text)
    found = replace(FAILURE, expected=text, actual=f"{text}.", clause=text, request=message, response=message)
    found = replace(found, stimulus=text, curl=text, repeats=replace(found.repeats, reason=text))
    item = requirement("ERR-003", "MUST", RequirementVerdict.FAIL, (found,))
    return replace(item, area=text, title=text, clause=text, source=text, reason=text)


def report(text: str) -> Report:
    """Return a report with a text in each field that can have it."""
    skipped = requirement("ERR-004", "MUST", RequirementVerdict.SKIPPED, reason=text)
    passed = replace(requirement("REQ-003", "OBSERVE", RequirementVerdict.PASS, reason=text), title=text)
    return replace(
        REPORT,
        reason=text,
        target=text,
        spec_version=text,
        suite_version=text,
        command=text,
        notes=(text,),
        requirements=(broken(text), skipped, passed),
    )


def printed(show: Callable[[], object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as output:
        show()
    return output.getvalue()


def replayed(text: str) -> str:
    found: Finding = broken(text).findings[0]
    names = dict.fromkeys(RecordedFinding.__dataclass_fields__, text)
    recorded = RecordedFinding(**{**names, "path": Path("/", text.replace("\0", ""))})  # type: ignore[arg-type]
    result = Result(ReplayVerdict.BROKEN, text, found)
    return printed(partial(show_result, recorded, result)) + printed(partial(show_details, text, [(recorded, result)]))


def of_both(render: Callable[..., str]) -> Callable[[str], str]:
    return lambda text: render(compare(REPORT, report(text)))


def of_matrix(render: Callable[..., str]) -> Callable[[str], str]:
    return lambda text: render(arrange([Column(text, report(text)), Column("b", REPORT)], [(text, text)]))


def of_files(name: str) -> Callable[[str], str]:
    return lambda text: files.RENDERERS[name](report(text))


FORMATS: dict[str, Callable[[str], str]] = {
    **{name: of_files(name) for name in files.RENDERERS},
    **{name: of_matrix(render) for name, render in render_matrix.RENDERERS.items()},
    "findings/ERR-003.json": lambda text: "".join(text for _, text in render_finding.render_all(report(text))),
    "diff": of_both(render_comparison.text),
    "diff --markdown": of_both(render_comparison.markdown),
    "console": lambda text: printed(lambda: console.show(report(text), Path("/", text.replace("\0", "")), "")),
    "plan": lambda text: printed(lambda: plan.show(text, [], {}, most=None)),
    "replay": replayed,
}


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_has_a_hidden_character(name: str) -> None:
    text = FORMATS[name](f"a{EVERY}z").encode().decode()
    assert {f"U+{ord(c):04X}" for c in text if hidden(c) and c not in "\n\t"} == set()


@pytest.mark.parametrize("name", FORMATS)
@PROPERTY
@given(text=st.text(st.characters(categories=["Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Lu"]), max_size=9))
def test_no_format_has_a_hidden_character_anywhere(name: str, text: str) -> None:
    shown = FORMATS[name](text).encode().decode()
    assert [c for c in shown if hidden(c) and c not in "\n\t"] == []


CI = "a ::error file=a::b ::stop-commands::c ##vso[task.d]e ##[group]f"


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_has_a_command_of_a_ci_system(name: str) -> None:
    assert re.findall(r"::(?:error|stop)|##(?:vso)?\[", FORMATS[name](" " * 60 + CI)) == []


def test_json_has_the_exact_text() -> None:
    exact = CI + EVERY.replace("\ud800", "").replace("\udfff", "")
    assert json.loads(FORMATS["conformance.json"](exact))["reason"] == exact


@pytest.mark.parametrize("name", ["junit.xml", "report.sarif"])
def test_plain_text_has_no_links_but_those_of_the_suite_and_the_user(name: str) -> None:
    hostile = report(LINKS)
    first = hostile.requirements[0]
    first = replace(first, findings=(replace(first.findings[0], curl="curl"),))
    hostile = replace(hostile, target="it", command="it", requirements=(first, *hostile.requirements[1:]))
    text = re.sub(r'"\$schema": "[^"]*"', "", files.RENDERERS[name](hostile).replace(first.url, ""))
    assert LINK.findall(text) == []


@pytest.mark.parametrize("name", ["summary.md", "matrix.md", "diff --markdown"])
def test_markdown_has_no_links_but_those_of_the_suite(name: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(FORMATS[name](f"{LINKS} @a #1 gh-2 {'0f' * 20}"))
    words = [child.content for token in tokens for child in token.children or () if child.type == "text"]
    assert words
    assert [word for word in words if LINK.search(word)] == []
    assert [word for word in words if re.search(r"[@#]\w|gh-[0-9]|[0-9a-f]{7}", word)] == []

"""The facts of a report, parsed from each of its formats; each parser fails on anything unknown.

A format has an escape for a character that it cannot represent or that its readers would obey: that of `plain` in
formats for people, and the text of the escape for a lone surrogate in conformance.json.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.reports.model import Report
from conformance.spec.characters import plain, printable

MARKDOWN = MarkdownIt("commonmark").enable("table")
MENTIONS = "<!-- -->"
"""Comment that separates @ or # from the name or number after it, so that GitHub does not link them."""


@dataclass(frozen=True)
class Broken:
    """A finding: the expected and the actual text, and the lines of the commands that reproduce it."""

    expected: str
    actual: str
    curl: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The verdict on the run, the verdict on each requirement, and the findings of each requirement."""

    verdict: str
    requirements: dict[str, str]
    findings: dict[str, tuple[Broken, ...]]


def of(report: Report) -> Facts:
    """Return the facts of a report, as its formats for people show them."""
    return Facts(
        report.verdict.value,
        {requirement.id: requirement.verdict.value for requirement in report.requirements},
        {
            requirement.id: tuple(
                Broken(
                    plain(finding.expected),
                    plain(finding.actual),
                    tuple(printable(line) for line in finding.curl.splitlines()),
                )
                for finding in requirement.findings
            )
            for requirement in report.requirements
            if requirement.findings
        },
    )


def broken(text: str) -> tuple[Broken, ...]:
    """Return the findings in the text of the console, which has labels in the first column."""
    head, *lines = text.split("\n")
    assert re.match(r"[A-Z]{3,4}-[0-9]{3} (MUST|SHOULD|OBSERVE) ", head)
    findings: list[dict[str, list[str]]] = []
    label = ""
    for line in lines:
        assert (line[:2], line[11]) == ("  ", " ")
        new = line[2:11].strip()
        if new == "expected":
            findings.append({})
        label = new or label
        findings[-1].setdefault(label, []).append(line[12:])
    return tuple(Broken(item["expected"][0], item["got"][0], tuple(item["reproduce"])) for item in findings)


def in_junit(text: str) -> Facts:
    root = ET.fromstring(text.encode())  # noqa: S314 - our own output
    (suite,) = root
    properties = {node.attrib["name"]: node.attrib["value"] for node in suite.iterfind("properties/property")}
    requirements, findings = {}, {}
    for case in suite.iterfind("testcase"):
        key = case.attrib["name"].split(" ")[0]
        (outcome,) = list(case) or [ET.Element("passed")]
        if outcome.tag == "error":
            assert outcome.attrib["type"] == properties["verdict"]
            continue
        verdicts = {"failure": "fail", "system-err": "warn", "skipped": outcome.attrib.get("type", "")}
        requirements[key] = verdicts.get(outcome.tag, "pass")
        if outcome.tag in ("failure", "system-err"):
            findings[key] = broken(outcome.text or "")
            assert outcome.attrib.get("message", findings[key][0].actual) == findings[key][0].actual
    return Facts(properties["verdict"], requirements, findings)


def in_sarif(text: str) -> Facts:
    (run,) = json.loads(text)["runs"]
    (invocation,) = run["invocations"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    requirements = dict.fromkeys(rules, "pass")
    findings: dict[str, tuple[Broken, ...]] = {}
    for notification in invocation["toolExecutionNotifications"]:
        rule = notification.get("associatedRule")
        if rule is not None:
            assert rules[rule["index"]] == rule["id"]
            requirements[rule["id"]] = {"warning": "inconclusive", "note": "skipped"}[notification["level"]]
    for result in run["results"]:
        key, facts = result["ruleId"], result["properties"]
        assert rules[result["ruleIndex"]] == key
        requirements[key] = "fail" if result["level"] == "error" else "warn"
        findings[key] = (
            *findings.get(key, ()),
            Broken(facts["expected"], facts["actual"], tuple(facts["curl"])),
        )
    return Facts(invocation["exitCodeDescription"], requirements, findings)


def in_markdown(text: str) -> Facts:
    """Return the facts of a summary, which does not name the requirements that passed."""
    tokens = MARKDOWN.parse(text)
    requirements, findings = {}, {}
    key = ""
    for number, token in enumerate(tokens):
        if token.type == "html_block" and token.content != "</details>\n":
            found = re.fullmatch(r"<details><summary>(fail|warn): ([A-Z0-9-]+) .*</summary>\n", token.content)
            assert found, token.content
            key = found[2]
            requirements[key] = found[1]
        elif token.type == "fence":
            findings[key] = broken(token.content.removesuffix("\n"))
        elif token.type == "list_item_open":
            text = words(tokens[number + 2])
            if text.startswith(("inconclusive, ", "skipped, ")):
                verdict, ids = text.split(",")[0], text.rsplit(": ", 1)[1]
                requirements |= dict.fromkeys(ids.split(", "), verdict)
    return Facts(words(tokens[1]).removeprefix("DRS conformance: "), requirements, findings)


def in_badge(text: str) -> str:
    """Return the verdict on a badge."""
    return str(json.loads(text)["message"]).split(" ")[0]


def words(token: Token) -> str:
    """Return the text of a line of Markdown, as a browser shows it."""
    return "".join(child.content for child in token.children or () if child.content != MENTIONS)


def markup(tokens: Iterable[Token]) -> set[str]:
    """Return the types of inline markup in Markdown."""
    inline = [child for token in tokens for child in token.children or () if child.content != MENTIONS]
    return {child.type for child in inline} - {"text"}

"""What a report says, read off its formats; each reader refuses what it does not know.

A format that cannot carry a character, or whose readers would obey it, carries its escape: `printable` in all that
people look at, and the text of the escape for a lone surrogate in conformance.json.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.reports.model import Report
from conformance.reports.rows import printable

MARKDOWN = MarkdownIt("commonmark").enable("table")
MENTIONS = "<!-- -->"
"""What keeps a name or a number apart from the character that makes GitHub look for it."""


@dataclass(frozen=True)
class Broken:
    """A finding: what was expected, what came, and the commands that show it, line by line."""

    expected: str
    actual: str
    curl: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The verdict on the run, that on each requirement, and the findings by requirement."""

    verdict: str
    requirements: dict[str, str]
    findings: dict[str, tuple[Broken, ...]]


def of(report: Report) -> Facts:
    """The facts of a report, as people are shown them."""
    return Facts(
        report.verdict.value,
        {requirement.id: requirement.verdict.value for requirement in report.requirements},
        {
            requirement.id: tuple(
                Broken(
                    printable(finding.expected),
                    printable(finding.actual),
                    tuple(printable(line) for line in finding.curl.splitlines()),
                )
                for finding in requirement.findings
            )
            for requirement in report.requirements
            if requirement.findings
        },
    )


def broken(told: str) -> tuple[Broken, ...]:
    """The findings in the text of the console, in which the first column names what stands in the second."""
    head, *lines = told.split("\n")
    assert re.match(r"[A-Z]{3,4}-[0-9]{3} (MUST|SHOULD|OBSERVE) ", head)
    findings: list[dict[str, list[str]]] = []
    label = ""
    for line in lines:
        assert (line[:2], line[11]) == ("  ", " ")
        begun = line[2:11].strip()
        if begun == "expected":
            findings.append({})
        label = begun or label
        findings[-1].setdefault(label, []).append(line[12:])
    return tuple(Broken(item["expected"][0], item["got"][0], tuple(item["again"])) for item in findings)


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
        key, told = result["ruleId"], result["properties"]
        assert rules[result["ruleIndex"]] == key
        requirements[key] = "fail" if result["level"] == "error" else "warn"
        findings[key] = (
            *findings.get(key, ()),
            Broken(told["expected"], told["actual"], tuple(told["curl"])),
        )
    return Facts(invocation["exitCodeDescription"], requirements, findings)


def in_markdown(text: str) -> Facts:
    """The facts of a summary, which does not name what is met."""
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
            told = words(tokens[number + 2])
            if told.startswith(("inconclusive, ", "skipped, ")):
                verdict, ids = told.split(",")[0], told.rsplit(": ", 1)[1]
                requirements |= dict.fromkeys(ids.split(", "), verdict)
    return Facts(words(tokens[1]).removeprefix("DRS conformance: "), requirements, findings)


def in_badge(text: str) -> str:
    """The verdict on a badge."""
    return str(json.loads(text)["message"]).split(" ")[0]


def words(token: Token) -> str:
    """The text of a line of Markdown, as a browser shows it."""
    return "".join(child.content for child in token.children or () if child.content != MENTIONS)


def markup(tokens: Iterable[Token]) -> set[str]:
    """What is more than text within the lines of Markdown."""
    inline = [child for token in tokens for child in token.children or () if child.content != MENTIONS]
    return {child.type for child in inline} - {"text"}

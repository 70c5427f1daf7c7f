"""Hypothesis strategies for whole reports, with hostile text in every text field."""

import datetime as dt
import json
from dataclasses import replace
from urllib.parse import quote

from hypothesis import settings
from hypothesis import strategies as st

from conformance.exchange.classification import BatchState
from conformance.exchange.verdicts import BROKEN, RequirementVerdict, Verdict
from conformance.findings.placeholders import escape
from conformance.reports.marking import marked
from conformance.reports.model import (
    Finding,
    Latency,
    Message,
    Repeats,
    Report,
    RequirementReport,
    SpecPlace,
    Step,
    Traffic,
)
from conformance.selftest.support.reports.samples import FAILURE, REPORT, requirement
from conformance.spec.catalogue import LEVELS

# Rendering takes longer than the default deadline on a busy machine.
PROPERTY = settings(deadline=None, max_examples=60)

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></style></script></pre></code></textarea>-->",
    "<!--",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///'>]>&y;]]>",
    "{{ 7 * 7 }}{% raw %}{#",
    "\n```\n# heading\n<b>\n",
    "```````````\n\n<div>\n",
    "~~~",
    "- item",
    "1. item",
    "===",
    "    indented",
    "| a | b |\n|---|---|",
    "[link](javascript:alert(1)) ![image](x) <https://a.example>",
    "**bold** _emphasis_ `code` &copy; \\",
    "[bold red]rich[/] :bug:",
    "\x00\x07\x1b[31m\x1b]0;title\x07\x7f\x85\x9b",
    "\r\n\tX-Injected: 1\r\u2028\u2029",
    "\u202eright to left\u2066\u200b\ufeff\u00ad",
    "\ufffe\uffff\U0001fffe",
    "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe0f\uffa0\U000e0001\U000e0100\ue000",
    "see https://a.example/?q=1, HTTP://b.example, www.c.example and me@d.example",
    "@org/team #1 GH-2 org/repo#3 054ba152d480d55b2f5dc0069e7ddef012345678",
    "批量任务",
)
SURROGATES = ("\ud800", "\udfff x", "\udc00\ud800")


def texts(*, surrogates: bool = True) -> st.SearchStrategy[str]:
    attacks = ATTACKS + SURROGATES if surrogates else ATTACKS
    characters = st.characters() if surrogates else st.characters(exclude_categories=["Cs"])
    pieces = st.sampled_from(attacks) | st.text(characters, min_size=1, max_size=8)
    return st.lists(pieces, min_size=1, max_size=3).map("".join)


PARTS = st.sampled_from(["status", "body/a", "header/Allow", "header/content-type"])


def messages(text: st.SearchStrategy[str]) -> st.SearchStrategy[Message]:
    headers = st.lists(st.tuples(st.sampled_from(["Allow", "content-type"]) | text, text), max_size=3).map(tuple)
    bodies = st.just("") | text | text.map(lambda value: json.dumps({"a": value}, ensure_ascii=False))
    starts = text | st.just("HTTP/1.1 400")
    return st.builds(lambda part, *parts: marked(Message(*parts), part), PARTS, starts, headers, bodies)


def places(text: st.SearchStrategy[str]) -> st.SearchStrategy[SpecPlace]:
    steps = st.lists(text.map(lambda step: "/" + step.replace("~", "~0").replace("/", "~1")), max_size=2)
    return st.builds(SpecPlace, pointer=steps.map("".join), line=st.integers(1, 9999))


def repeats(text: st.SearchStrategy[str]) -> st.SearchStrategy[Repeats]:
    pairs = st.tuples(st.integers(1, 10), st.integers(1, 10)).map(sorted)
    return st.builds(Repeats, reason=st.just("") | text) | st.builds(
        lambda pair, sequence: Repeats(pair[1], pair[0], sequence=sequence), pairs, st.booleans()
    )


STATES = st.sampled_from([state.value for state in BatchState])
WRONG_TOKENS = st.sampled_from(["{token}", "{token-cut}", "{token-twice}", "{expired-token}", "", "null"])
METHODS = st.sampled_from(["POST", "GET", "BREW"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Draw a request with hostile octets in every field that can have them."""
    text = texts(surrogates=False).map(escape)
    state = draw(st.just("") | STATES)
    target = draw(st.sampled_from(["/v5/{project}", "/v5/{foreign-project}", "/"]) | text.map("/".__add__))
    odd = text.map(lambda value: quote(value, safe=""))
    return Step(
        method=draw(METHODS),
        target=f"{target}/{{batch}}/commit" if state else target,
        headers=(
            *draw(st.lists(st.tuples(st.sampled_from(["X-Language", "Accept"]) | text, text), max_size=3)),
            *draw(st.lists(st.tuples(st.sampled_from(["X-Auth-Token", "x-auth-token"]), WRONG_TOKENS), max_size=1)),
        ),
        body=draw(st.binary(max_size=20) | text.map(str.encode)),
        batch=state,
        segment=draw(st.none() | odd) if state else None,
    )


def findings(text: st.SearchStrategy[str]) -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding,
        expected=text,
        actual=text,
        clause=text,
        spec=places(text),
        stimulus=text,
        occurrences=st.integers(1, 99),
        request=messages(text),
        response=st.none() | messages(text),
        curl=text,
        repeats=repeats(text),
    )


IDS = st.from_regex(r"[A-Z]{3,4}-[0-9]{3}", fullmatch=True)
ALLOWED = {RequirementVerdict.FAIL: LEVELS[:1], RequirementVerdict.WARN: LEVELS[1:]}
"""The levels of a violated requirement, unless the violation is accepted."""


@st.composite
def requirements(draw: st.DrawFn, requirement_id: str, text: st.SearchStrategy[str]) -> RequirementReport:
    verdict = draw(st.sampled_from(RequirementVerdict))
    broken = verdict in BROKEN
    level = "MUST" if verdict is RequirementVerdict.FAIL else draw(st.sampled_from(LEVELS))
    accepted = verdict is RequirementVerdict.WARN and level == "MUST"
    return RequirementReport(
        id=requirement_id,
        area=draw(text),
        level=level,
        title=draw(text),
        clause=draw(text),
        source=draw(text),
        url="https://docs.example/page?a=1&b=%22",
        spec=draw(places(text)),
        verdict=verdict,
        reason=("known deviation: " if accepted else "") + draw(text),
        exercised=0 if verdict is RequirementVerdict.SKIPPED else draw(st.integers(1, 99)),
        findings=tuple(draw(st.lists(findings(text), min_size=1, max_size=2))) if broken else (),
        also_affected=tuple(draw(st.lists(IDS, max_size=2, unique=True))) if broken else (),
    )


def traffics() -> st.SearchStrategy[Traffic]:
    counts = st.integers(1, 10**6)
    statuses = st.dictionaries(st.just(0) | st.integers(100, 599), counts, max_size=4).map(
        lambda seen: tuple(seen.items())
    )
    names = st.from_regex(r"[a-z]{1,9}(-[a-z]{1,9}){0,3}", fullmatch=True)
    scenarios = st.dictionaries(names, counts, max_size=4).map(lambda sent: tuple(sent.items()))
    return st.builds(Traffic, statuses=statuses, stimuli=scenarios)


@st.composite
def latencies(draw: st.DrawFn) -> Latency:
    median, p95, longest = sorted(draw(st.lists(st.floats(0, 10**5), min_size=3, max_size=3)))
    counts = draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
    return Latency(median, p95, longest, tuple((2.0**power, number) for power, number in enumerate(counts)))


@st.composite
def reports(draw: st.DrawFn, *, surrogates: bool = True) -> Report:
    text = texts(surrogates=surrogates)
    ids = draw(st.lists(IDS, max_size=3, unique=True))
    started = draw(st.integers(0, 2**32).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)))
    known = IDS | st.sampled_from(ids) if ids else IDS
    states = st.sampled_from(["deviates", "deviates no longer", "not exercised", "expired on 2029-12-31"])
    return Report(
        verdict=draw(st.sampled_from(Verdict)),
        reason=draw(text),
        profile=draw(st.sampled_from(["safe", "full"])),
        target=draw(text),
        seed=draw(st.integers(0, 2**64)),
        spec_version=draw(text),
        spec_sha256=draw(st.from_regex(r"[0-9a-f]{64}", fullmatch=True)),
        suite_version=draw(text),
        started=started.isoformat(timespec="seconds"),
        requests=draw(st.integers(0, 10**6)),
        requests_sha256="0f" * 32,
        seconds=draw(st.floats(0, 10**6)),
        command=draw(text),
        requirements=tuple(draw(requirements(requirement_id, text)) for requirement_id in ids),
        deviations=tuple((requirement_id, draw(states)) for requirement_id in draw(st.lists(known, max_size=2))),
        traffic=draw(traffics()),
        latency=draw(st.none() | latencies()),
    )


@st.composite
def judgements(draw: st.DrawFn) -> Report:
    """Draw a small report for comparisons, with hostile text in every field that they show."""
    text = texts()
    items = []
    for key in draw(st.lists(st.sampled_from(("REQ-001", "REQ-002", "ERR-003")), unique=True)):
        verdict = draw(st.sampled_from(RequirementVerdict))
        level = draw(st.sampled_from(ALLOWED.get(verdict, LEVELS)))
        found = (replace(FAILURE, actual=draw(text)),) if verdict in BROKEN else ()
        item = requirement(key, level, verdict, found, reason=draw(st.just("") | text))
        items.append(replace(item, title=draw(text), area=draw(st.just("Request") | text)))
    return replace(
        REPORT,
        verdict=draw(st.sampled_from(Verdict)),
        reason=draw(text),
        target=draw(text),
        spec_version=draw(text),
        suite_version=draw(st.just(REPORT.suite_version) | text),
        requirements=tuple(items),
    )

"""No oracle raises, whatever the answer: `pytest --hypothesis-profile=long` tries many more answers."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.exchange import wire
from conformance.exchange.exchange import Exchange, FailureKind, Response, TransportFailure
from conformance.requirements import oracle_registry
from conformance.selftest.support import played
from conformance.selftest.support.invented_exchanges import BATCH
from conformance.spec import catalogue

if TYPE_CHECKING:
    from conformance.requirements.oracle_registry import Judgement

CATALOGUE = catalogue.load()
few = settings(max_examples=settings().max_examples // 6)
"""Fewer examples than other tests have, since this is done for each oracle."""

MEMBERS = ("job", "async_job_id", "status", "msg", "error_code", "error_msg", "request_id")
FIELDS = (
    "Content-Type",
    "Allow",
    "X-Request-Id",
    "Content-Encoding",
    "Content-Length",
    "Transfer-Encoding",
    "Location",
    "Date",
    "Last-Modified",
    "Server",
    "WWW-Authenticate",
    "Trailer",
)
STATUSES = (200, 201, 204, 302, 400, 401, 403, 404, 405, 413, 415, 429, 500, 501, 503, 0, 99, 1000, 10**9)
KINDS: tuple[FailureKind, ...] = (
    "not-sent",
    "unsendable",
    "unreachable",
    "insecure",
    "timeout",
    "protocol",
    "too-large",
)
PIECES = (
    *(
        "application/json",
        "text/html",
        ";",
        "charset=",
        "charset*=utf-8''",
        "utf-8",
        "utf-16",
        "idna",
        "punycode",
        "hex",
    ),
    *(
        '"',
        "\\",
        ",",
        " ",
        "\t",
        "=",
        "/",
        "GET",
        "POST",
        "identity",
        "gzip",
        "chunked",
        "9" * 5000,
        "-1",
        "\xff",
        "\0",
    ),
)
BODIES = (
    b"",
    b"\xef\xbb\xbf{}",
    b"NaN",
    b"-Infinity",
    b"1e999999",
    b"9" * 5000,
    b"[" * 100_000,
    b"[" * 100 + b"]" * 100,
    b"[" * 101 + b"]" * 101,
    b'{"error_code":{"a":1,"a":2}}',
    b'{"\\ud800":"\\udfff","\\ud800\\udc00":1}',
    b'{"job":[],"error_code":"","error_msg":""}',
    b'{"job":{"async_job_id":"\\ud800","status":1e999,"msg":-0}}',
    b'\nFile "x", line 3\nat a.b(c.java:1 /usr/x.py',
)

LINES = (b"HTTP/1.1 200 ", b"Transfer-Encoding: chunked", b"Trailer: Age", b"", b"2;a", b"{}", b"0", b"Age: 1")
"""Lines of an answer with a trailer."""

texts = st.text(max_size=20) | st.sampled_from(["DRS.10000001", "APIGW.0301", BATCH, "\ud800", "失败", "x" * 600])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(10**400) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS) | texts, inner, max_size=4),
)
documents = st.dictionaries(st.sampled_from(MEMBERS), st.dictionaries(st.sampled_from(MEMBERS), values) | values)
bodies = st.one_of(
    st.binary(max_size=60),
    st.builds(lambda value: json.dumps(value).encode(), documents | values),
    st.builds(lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"), documents),
    st.sampled_from(BODIES),
)
names = st.sampled_from(FIELDS) | st.text(st.characters(max_codepoint=255), max_size=9)
contents = st.text(st.characters(max_codepoint=255)) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
wires = st.builds(
    partial(wire.read, ended=True),
    st.lists(st.binary(max_size=9) | st.sampled_from(LINES)).map(lambda lines: b"\r\n".join((*lines, b"", b""))),
    st.sampled_from(["POST", "HEAD"]),
)
answers = st.builds(
    Response,
    st.sampled_from(STATUSES) | st.integers(),
    st.lists(st.tuples(names, contents), max_size=5).map(tuple),
    bodies,
    wire=wires,
)
outcomes: st.SearchStrategy[Response | TransportFailure] = answers | st.builds(
    TransportFailure, st.sampled_from(KINDS), st.text(min_size=1, max_size=9)
)
PROTOTYPES: tuple[Response | TransportFailure, ...] = (
    *(Response(status, (), b"{}") for status in STATUSES),
    *(
        Response(status, (("Content-Type", "application/json"),), json.dumps(document).encode())
        for status, document in (
            (200, {"job": {"async_job_id": BATCH, "status": "s", "msg": "m"}}),
            (400, {"error_code": "DRS.10000001", "error_msg": "no"}),
            (401, {"error_code": "APIGW.0301", "error_msg": "no", "request_id": "r"}),
        )
    ),
    *(Response(405, (("Allow", "POST"), ("X-Request-Id", "r")), b'{"error_code": "APIGW.0301", "request_id": "r"}'),),
    TransportFailure("protocol", "it is cut off"),
    Response(200, (), b"", wire=wire.read(b"\r\n".join((*LINES, b"", b"")), "POST", ended=True)),
)
"""Answers of which at least one is judged by each requirement, on some exchange."""


@cache
def judged() -> dict[str, list[Exchange]]:
    """Return the exchanges on which each requirement of single exchanges judges one of the prototypes."""
    found: dict[str, list[Exchange]] = {}
    for seen in played.exchanges():
        keys = {key for outcome in (seen.outcome, *PROTOTYPES) for key in _judged(replace(seen, outcome=outcome))}
        for key in keys:
            found.setdefault(key, []).append(seen)
    return found


def _judged(seen: Exchange) -> dict[str, Judgement]:
    return oracle_registry.judge(seen, CATALOGUE)


def _check(judgements: dict[str, Judgement]) -> None:
    for judgement in judgements.values():
        assert judgement.passed or (judgement.expected and judgement.actual)
        (judgement.expected + judgement.actual).encode(errors="surrogatepass")


@pytest.mark.parametrize("key", oracle_registry.exchange_oracles(CATALOGUE))
@few
@given(st.data())
def test_no_answer_makes_an_oracle_raise(key: str, data: st.DataObject) -> None:
    seen = data.draw(st.sampled_from(judged()[key]))

    _check(_judged(replace(seen, outcome=data.draw(outcomes))))


@pytest.mark.parametrize(
    ("key", "scenario"),
    [(key, scenario) for key, scenarios in oracle_registry.judged_scenarios().items() for scenario in scenarios],
)
@few
@given(st.data())
def test_no_answers_make_an_oracle_of_a_scenario_raise(key: str, scenario: str, data: st.DataObject) -> None:
    seen = played.sequences()[scenario]
    drawn = data.draw(st.lists(outcomes | st.none(), min_size=len(seen), max_size=len(seen)))

    judgements = oracle_registry.judge_sequence(
        scenario,
        [one if outcome is None else replace(one, outcome=outcome) for one, outcome in zip(seen, drawn, strict=True)],
    )

    assert set(judgements) <= set(oracle_registry.judged_scenarios())
    _check({name: judgement for name, judgement in judgements.items() if name == key})

"""Oracles on invented exchanges, with answers that the mock does not give."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.classification import BatchState, Classifier, Place
from conformance.exchange.exchange import THROTTLED, Exchange, FailureKind, Form, Request, Response, TransportFailure
from conformance.exchange.paths import path
from conformance.requirements import oracle_registry
from conformance.requirements.oracle_helpers import chinese, measured
from conformance.selftest.support.invented_exchanges import (
    BATCH,
    CLASSIFIER,
    DOCUMENTED,
    FOREIGN,
    OPERATION,
    PROJECT,
    TOKEN,
    exchange,
)
from conformance.spec import catalogue, openapi
from conformance.spec.catalogue import Level

CATALOGUE = catalogue.load()

REFUSAL = {"error_code": "DRS.10000001", "error_msg": "Failed."}
RESULT = {"job": {"async_job_id": BATCH, "status": "COMMIT_SUCCESS", "msg": "Done."}}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
)
members = st.sampled_from(["job", "async_job_id", "status", "msg", "error_code", "error_msg", "request_id"])
documents = st.dictionaries(members, st.dictionaries(members, json_values) | json_values)
bodies = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda value: json.dumps(value).encode(), documents | json_values),
    st.sampled_from(
        [b"[" * 100_000, b'"\\ud800"', b"1e999", b"-1e999", b"9" * 5000, b'{"a":1,"a":2}', b"\xef\xbb\xbf{}"]
    ),
)
answers = st.builds(
    Response,
    st.sampled_from([200, 201, 202, 204, 301, 400, 401, 403, 404, 405, 415, 429, 500, 503, 999]),
    st.lists(st.tuples(st.sampled_from(["Content-Type", "Allow", "X"]), texts), max_size=3).map(tuple),
    bodies,
)


def answer(status: int, document: object, *headers: tuple[str, str]) -> Response:
    return Response(status, headers or (("Content-Type", "application/json"),), json.dumps(document).encode())


def violated(seen: Exchange) -> set[str]:
    return {key for key, judgement in oracle_registry.judge(seen, CATALOGUE).items() if not judgement.passed}


@given(answers, st.sampled_from(BatchState), texts.filter(bool))
def test_no_answer_causes_an_error_of_the_suite(outcome: Response, state: BatchState, batch: str) -> None:
    seen = exchange(outcome, state=state, batch=batch)

    judgements = oracle_registry.judge(seen, CATALOGUE)

    assert all(judgement.expected and judgement.actual for judgement in judgements.values() if not judgement.passed)
    assert not {key for key in judgements if CATALOGUE[key].level is Level.OBSERVE} & violated(seen)
    "".join(judgement.actual for judgement in judgements.values()).encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=12), st.text(min_size=1, max_size=512))
def test_every_refusal_within_the_limits_is_accepted(code: str, message: str) -> None:
    message = message.encode(errors="replace").decode()

    assert violated(exchange(answer(400, {"error_code": code, "error_msg": message}))) == set()


@pytest.mark.parametrize("state", BatchState)
@given(st.dictionaries(texts.filter(lambda name: name not in ("error_code", "error_msg")), json_values))
def test_every_result_with_the_documented_members_is_accepted(state: BatchState, more: dict[str, object]) -> None:
    if state in (BatchState.UNKNOWN, BatchState.VALIDATING, BatchState.FAILED, BatchState.FOREIGN):
        assert violated(exchange(answer(200, {**more, **RESULT}), state=state))
    else:
        assert violated(exchange(answer(200, {**more, **RESULT}), state=state)) == set()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("application/json", set()),
        ('Application/JSON ; Charset="UTF-8"', set()),
        ("application/json;profile=x;charset=utf-8", set()),
        ('application/json; note="; charset=none"', set()),
        ("application/json; charset=us-ascii", set()),
        ("application/json; charset=utf-16", {"ERR-006"}),
        ("application/json; charset=none", {"ERR-006"}),
        ("application/problem+json", {"ERR-006"}),
        ("text/json", {"ERR-006"}),
        ("", {"ERR-006", "MSG-003"}),
    ],
)
def test_the_media_type_is_parsed_according_to_http(value: str, expected: set[str]) -> None:
    assert violated(exchange(answer(400, REFUSAL, ("Content-Type", value)))) == expected


@pytest.mark.parametrize(
    "message",
    [
        'Traceback (most recent call last):\n  File "x.py", line 3',
        "at com.huawei.drs.Commit.run(Commit.java:42)",
        "java.lang.IllegalStateException: no batch",
        "You have an error in your SQL syntax; check the manual",
        "cannot open /opt/drs/conf/database.conf",
        "goroutine 17 [running]:",
        "thread 'main' panicked at src/main.rs:42:9:",
        "called `Option::unwrap()` on a `None` value, src/commit.rs:7:13",
        r"Could not find file 'C:\inetpub\drs\batches.json'.",
        "open /var/lib/drs/batches: permission denied",
        "exec: /usr/local/bin/drs-worker: not found",
        "cannot read /etc/shadow",
    ],
)
def test_internals_of_a_server_are_recognised_in_a_message(message: str) -> None:
    assert violated(exchange(answer(400, {**REFUSAL, "error_msg": message}))) == {"HTTP-006"}


@pytest.mark.parametrize(
    "message",
    [
        "The batch is at the state VALIDATING (check it later).",
        "Migration from Oracle to GaussDB failed: see /en-us/api-drs/drs_05_0004.html",
        "Exception: the task must be stopped first.",
        "Source database: ORA-12541: TNS: no listener. Check its port.",
        "path /v5/project/batch-async-jobs is unknown",
        r"Use one of A:\ and B:\ as the drive.",
        "See https://example.com/var/log/commit for more, or /home/help.",
        "The schema is in tables.rs: see there.",
    ],
)
def test_a_message_that_resembles_internals_is_accepted(message: str) -> None:
    assert violated(exchange(answer(400, {**REFUSAL, "error_msg": message}))) == set()


@given(texts.filter(lambda text: len(text) > 4))
def test_an_id_in_the_answer_does_not_count_as_internals(text: str) -> None:
    batch = f"java.lang.Object {text}"

    assert violated(exchange(answer(400, {**REFUSAL, "error_msg": f"No batch {batch}."}), batch=batch)) == set()


def test_a_line_of_the_id_returned_as_a_header_is_reported() -> None:
    seen = answer(400, REFUSAL, ("Content-Type", "application/json"), ("x-injected", "1"))

    assert violated(exchange(seen, batch="a\r\nX-Injected: 1")) == {"HTTP-009"}
    assert violated(exchange(seen, batch="a\r\nX-Injected: 2")) == set()


def test_a_charset_that_is_not_that_of_the_content_is_reported() -> None:
    content = {**REFUSAL, "error_msg": "失败"}
    body = json.dumps(content, ensure_ascii=False).encode()
    header = ("Content-Type", "application/json; charset=gbk")

    assert violated(exchange(Response(400, (header,), body))) == {"ERR-006"}
    assert violated(exchange(Response(400, (header,), json.dumps(content).encode()))) == set()


def test_a_lone_surrogate_in_another_member_is_accepted() -> None:
    body = b'{"error_code":"DRS.10000001","error_msg":"Failed.","\\ud83d":"\\udcbe"}'

    assert violated(exchange(Response(400, (("Content-Type", "application/json"),), body))) == set()


def test_content_length_with_transfer_encoding_is_reported() -> None:
    framing = (("Content-Type", "application/json"), ("Content-Length", "9"), ("transfer-encoding", "chunked"))

    assert violated(exchange(answer(400, REFUSAL, *framing))) == {"HTTP-008"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("protocol", {"HTTP-001"}), ("too-large", {"HTTP-001"}), ("timeout", {"HTTP-002"}), ("unreachable", set())],
)
def test_a_call_without_an_answer_violates_http(kind: FailureKind, expected: set[str]) -> None:
    assert violated(exchange(TransportFailure(kind, "nothing came"))) == expected


@pytest.mark.parametrize("status", THROTTLED)
def test_an_answer_that_asks_to_retry_later_is_judged_by_its_form_alone(status: int) -> None:
    judged = oracle_registry.judge(exchange(Response(status, (), b"")), CATALOGUE)

    assert judged.keys() == ({"GATE-001"} if status == 429 else set())


def test_compression_is_compared_with_the_uncompressed_answer() -> None:
    plain = exchange(answer(400, REFUSAL))
    zipped = exchange(answer(400, REFUSAL), headers=(("Accept-Encoding", "gzip"), *DOCUMENTED[1:]))
    other = replace(zipped, outcome=answer(400, {**REFUSAL, "error_code": "DRS.10000002"}))
    garbled = replace(zipped, outcome=TransportFailure("protocol", "cannot be decoded"))

    def judged(last: Exchange, *control: Exchange) -> bool | None:
        judgement = oracle_registry.judge_sequence("calls-that-accept-compression", [*control, last]).get("HTTP-007")
        return None if judgement is None else judgement.passed

    assert judged(zipped, plain, plain, plain) is True
    assert judged(other, plain, plain, plain) is False
    assert judged(garbled, plain, plain, plain) is False
    assert judged(other, plain, replace(plain, outcome=answer(304, {})), plain) is None
    assert violated(garbled) == set()


def test_a_body_that_is_compressed_and_not_labelled_is_judged_as_json() -> None:
    plain = exchange(answer(400, REFUSAL))
    zipped = replace(plain, outcome=replace(plain.response, body=b"\x1f\x8b\x08\x00"))
    zipped = replace(zipped, request=replace(zipped.request, headers=(("Accept-Encoding", "gzip"), *DOCUMENTED[1:])))

    judged = oracle_registry.judge_sequence("calls-that-accept-compression", [plain, plain, plain, zipped])

    assert judged["HTTP-007"].passed
    assert "ERR-001" in violated(zipped)


@pytest.mark.parametrize(("status", "expected"), [(206, set()), (404, {"HTTP-011"})])
def test_a_part_of_a_body_need_not_be_json(status: int, expected: set[str]) -> None:
    part = exchange(answer(status, REFUSAL), headers=(("Range", "bytes=0-9"), *DOCUMENTED))
    part = replace(part, outcome=replace(part.response, body=part.response.body[:10]))

    assert violated(part) & {"HTTP-011"} == expected


@pytest.mark.parametrize(("framing", "expected"), [("chunked", set()), ("none", {"HTTP-003"})])
def test_a_transfer_coding_may_be_unknown(framing: Literal["chunked", "none"], expected: set[str]) -> None:
    refused = exchange(answer(501, REFUSAL))
    request = replace(refused.request, form=Form(framing=framing))
    refused = replace(refused, request=request, situation=CLASSIFIER.classify(request, {}))

    assert violated(refused) & {"HTTP-003"} == expected


def test_header_names_and_reused_connections_are_compared_with_the_usual_answer() -> None:
    plain, refused = exchange(answer(400, REFUSAL)), exchange(answer(401, {}))
    restless = replace(plain, outcome=answer(304, {}))

    for scenario, key in (("header-names-in-other-cases", "REQ-015"), ("calls-on-one-connection", "HTTP-010")):
        assert oracle_registry.judge_sequence(scenario, [plain] * 6)[key].passed
        assert not oracle_registry.judge_sequence(scenario, [plain, plain, plain, plain, refused, plain])[key].passed
        assert oracle_registry.judge_sequence(scenario, [plain, plain, restless, plain, refused, plain]) == {}


def test_a_failure_on_a_reused_connection_does_not_violate_http_001() -> None:
    cut = exchange(TransportFailure("protocol", "too short"))

    assert violated(cut) == {"HTTP-001"}
    assert violated(replace(cut, reused=True)) == set()


def test_a_call_with_header_names_in_another_case_is_not_documented() -> None:
    small = tuple((name.lower(), value) for name, value in DOCUMENTED)
    refusal = answer(401, {}, ("WWW-Authenticate", "Token"))

    assert violated(exchange(refusal)) == {"REQ-001"}
    assert violated(exchange(refusal, headers=small)) == set()


@pytest.mark.parametrize("header", [("Accept", "application/xml"), ("X-Forwarded-For", "x" * 1024), ("X-Odd", "é")])
def test_a_call_may_be_refused_because_of_odd_headers(header: tuple[str, str]) -> None:
    assert violated(exchange(answer(406, {}), headers=(*DOCUMENTED, header))) == set()
    assert violated(exchange(answer(406, {}), headers=(*DOCUMENTED, ("Accept", "*/*")))) == {"REQ-001"}


@pytest.mark.parametrize("status", [400, 406, 409, 412, 413, 415, 416, 417])
def test_a_status_is_about_a_part_that_the_call_has(status: int) -> None:
    other = exchange(answer(status, {}), headers=tuple(header for header in DOCUMENTED if header[0] != "Content-Type"))

    assert ("MSG-011" in violated(other)) == (status not in (400, 409, 415))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit", Place.OPERATION),
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit?x=/", Place.OPERATION),
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/commit/", Place.SPELLING),
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}//commit", Place.SPELLING),
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}/%63ommit", Place.SPELLING),
        (f"/V5/{PROJECT}/batch-async-jobs/{BATCH}/Commit", Place.SPELLING),
        (f"/v3/{PROJECT}/batch-async-jobs/{BATCH}/commit", Place.NEIGHBOUR),
        (f"/v5/{PROJECT}/batch-async-jobs/{BATCH}", Place.NEIGHBOUR),
        (f"/v5/{PROJECT}/batch-async-jobs", Place.ELSEWHERE),
    ],
)
def test_a_path_is_distinguished_from_its_neighbours(target: str, expected: Place) -> None:
    situation = CLASSIFIER.classify(Request("POST", target, DOCUMENTED), {BATCH: BatchState.READY})

    assert situation.place is expected
    assert (situation.batch_id == BATCH) is (expected is not Place.ELSEWHERE)


def test_a_batch_of_another_project_is_ready_there_and_foreign_here() -> None:
    def state(project: str) -> BatchState:
        request = Request("POST", path(OPERATION, project_id=project, async_job_id=BATCH), DOCUMENTED)
        return CLASSIFIER.classify(request, {BATCH: BatchState.FOREIGN}).batch

    assert (state(PROJECT), state(FOREIGN)) == (BatchState.FOREIGN, BatchState.READY)


@pytest.mark.parametrize(("project", "broken"), [(FOREIGN, set()), (PROJECT, {"GATE-002"})])
def test_the_service_answers_another_customer_in_the_project_of_that_one(project: str, broken: set[str]) -> None:
    classifier = Classifier(openapi.load(), token=TOKEN, project_id=PROJECT, foreign=FOREIGN, foreign_token="theirs")
    target = path(OPERATION, project_id=project, async_job_id=BATCH)
    request = Request("POST", target, (*DOCUMENTED[:-1], ("X-Auth-Token", "theirs")))
    of_the_service = answer(404, REFUSAL)
    seen = replace(exchange(of_the_service), request=request, situation=classifier.classify(request, {}))

    assert violated(seen) & {"GATE-002"} == broken


def test_a_report_that_cuts_a_long_string_keeps_its_length() -> None:
    assert measured("DRS.1000001") == '"DRS.1000001" (11 characters)'
    assert measured("x" * 513).startswith('513 characters: "xxx')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"404 page not found\n", "the text '404 page not found'"),
        (b"not found", "the text 'not found'"),
        (b"", "the body is empty"),
        (b'{"error_code": 1} {}', "Extra data: line 1 column 19"),
    ],
)
def test_a_body_that_is_not_json_is_quoted_unless_it_resembles_json(body: bytes, reason: str) -> None:
    seen = exchange(Response(400, (), body))

    assert reason in oracle_registry.judge(seen, CATALOGUE)["ERR-001"].actual


@pytest.mark.parametrize(
    ("allow", "accepted"), [("POST", True), ("POST, OPTIONS, HEAD", True), ("GET, POST", False), ("OPTIONS", False)]
)
def test_allow_lists_no_method_that_the_path_does_not_have(allow: str, accepted: bool) -> None:  # noqa: FBT001 - a case
    usual = exchange(answer(405, {}, ("Allow", allow)))
    request = replace(usual.request, method="TRACE")
    seen = replace(usual, request=request, situation=CLASSIFIER.classify(request, {}))

    assert oracle_registry.judge(seen, CATALOGUE)["HTTP-004"].passed is accepted


def test_a_refusal_of_an_unusual_id_says_that_the_document_allows_it() -> None:
    usual, unusual = (
        oracle_registry.judge(exchange(answer(414, {}), batch=batch), CATALOGUE) for batch in (BATCH, "x" * 136)
    )

    assert usual["REQ-001"].expected == "status 200 or 400"
    assert unusual["REQ-001"].expected == "status 200 or 400 for an ID of 136 characters, which the document allows"


NAMES = st.text(st.sampled_from("批次任务 abc-1"), max_size=20)


@given(NAMES, st.sampled_from(["''", '""', "\u2018\u2019", "\u201c\u201d", "\u300a\u300b"]))
def test_a_quoted_name_does_not_change_the_language_of_a_message(name: str, marks: str) -> None:
    quoted = f"{marks[0]}{name}{marks[1]}"

    assert not chinese(f"The batch {quoted} was submitted.")
    assert chinese(f"批次{quoted}已提交。")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("批次 8ad3a9bb-6b5d-4b5c-8f0d-abcdefabcdef 不存在。", True),
        ("The batch 批 does not exist.", False),
        ("Failed.", False),
        ("失败", True),
        ("", False),
    ],
)
def test_a_message_has_the_language_of_most_of_its_words(text: str, expected: bool) -> None:  # noqa: FBT001 - a case
    assert chinese(text) is expected


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("????", False),
        ("\ufffd\ufffd \ufffd\ufffd.?", False),
        ("æ\x89¹æ¬¡", False),
        ("Why?? Ask.", True),
        ("?", True),
        ("批次", True),
    ],
)
def test_a_message_is_readable_unless_its_characters_were_lost(text: str, passed: bool) -> None:  # noqa: FBT001 - a case
    seen = exchange(answer(400, {"error_code": "DRS.10000001", "error_msg": text}))

    assert oracle_registry.judge(seen, CATALOGUE)["ERR-013"].passed is passed

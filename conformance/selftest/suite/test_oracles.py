"""Oracles on invented exchanges: what they say of answers that no mock gives."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange import Exchange, FailureKind, Request, Response, TransportFailure
from conformance.requirements import oracle_registry
from conformance.selftest.suite.invented_exchanges import (
    BATCH,
    DOCUMENTED,
    FOREIGN,
    OPERATION,
    PROJECT,
    READER,
    exchange,
)
from conformance.situation import BatchState, Place, path
from conformance.spec import catalogue
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


def broken(seen: Exchange) -> set[str]:
    return {key for key, judgement in oracle_registry.judge(seen, CATALOGUE).items() if not judgement.holds}


@given(answers, st.sampled_from(BatchState), texts.filter(bool))
def test_no_answer_makes_the_suite_contradict_itself(outcome: Response, state: BatchState, batch: str) -> None:
    seen = exchange(outcome, state=state, batch=batch)

    judgements = oracle_registry.judge(seen, CATALOGUE)

    assert all(judgement.expected and judgement.actual for judgement in judgements.values() if not judgement.holds)
    assert not {key for key in judgements if CATALOGUE[key].level is Level.OBSERVE} & broken(seen)
    "".join(judgement.actual for judgement in judgements.values()).encode()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=12), st.text(min_size=1, max_size=512))
def test_every_refusal_within_the_limits_is_met_with_silence(code: str, message: str) -> None:
    message = message.encode(errors="replace").decode()

    assert broken(exchange(answer(400, {"error_code": code, "error_msg": message}))) == set()


@pytest.mark.parametrize("state", BatchState)
@given(st.dictionaries(texts.filter(lambda name: name not in ("error_code", "error_msg")), json_values))
def test_every_result_with_the_documented_members_is_met_with_silence(
    state: BatchState, more: dict[str, object]
) -> None:
    if state in (BatchState.UNKNOWN, BatchState.VALIDATING, BatchState.FAILED, BatchState.FOREIGN):
        assert broken(exchange(answer(200, {**more, **RESULT}), state=state))
    else:
        assert broken(exchange(answer(200, {**more, **RESULT}), state=state)) == set()


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
        ("", {"ERR-006"}),
    ],
)
def test_the_media_type_is_read_as_http_has_it(value: str, expected: set[str]) -> None:
    assert broken(exchange(answer(400, REFUSAL, ("Content-Type", value)))) == expected


@pytest.mark.parametrize(
    "message",
    [
        'Traceback (most recent call last):\n  File "x.py", line 3',
        "at com.huawei.drs.Commit.run(Commit.java:42)",
        "java.lang.IllegalStateException: no batch",
        "You have an error in your SQL syntax; check the manual",
        "cannot open /opt/drs/conf/database.conf",
        "goroutine 17 [running]:",
    ],
)
def test_the_inside_of_a_server_is_recognised_in_what_it_says(message: str) -> None:
    assert broken(exchange(answer(400, {**REFUSAL, "error_msg": message}))) == {"HTTP-006"}


@pytest.mark.parametrize(
    "message",
    [
        "The batch is at the state VALIDATING (check it later).",
        "Migration from Oracle to GaussDB failed: see /en-us/api-drs/drs_05_0004.html",
        "Exception: the task must be stopped first.",
        "Source database: ORA-12541: TNS: no listener. Check its port.",
        "path /v5/project/batch-async-jobs is unknown",
    ],
)
def test_what_merely_resembles_it_is_met_with_silence(message: str) -> None:
    assert broken(exchange(answer(400, {**REFUSAL, "error_msg": message}))) == set()


@given(texts.filter(lambda text: len(text) > 4))
def test_an_id_that_comes_back_is_not_the_inside_of_the_server(text: str) -> None:
    batch = f"java.lang.Object {text}"

    assert broken(exchange(answer(400, {**REFUSAL, "error_msg": f"No batch {batch}."}), batch=batch)) == set()


def test_a_line_of_the_id_that_comes_back_as_a_header_is_found() -> None:
    seen = answer(400, REFUSAL, ("Content-Type", "application/json"), ("x-injected", "1"))

    assert broken(exchange(seen, batch="a\r\nX-Injected: 1")) == {"HTTP-009"}
    assert broken(exchange(seen, batch="a\r\nX-Injected: 2")) == set()


def test_a_charset_that_is_not_the_contents_is_found() -> None:
    content = {**REFUSAL, "error_msg": "失败"}
    body = json.dumps(content, ensure_ascii=False).encode()
    header = ("Content-Type", "application/json; charset=gbk")

    assert broken(exchange(Response(400, (header,), body))) == {"ERR-006"}
    assert broken(exchange(Response(400, (header,), json.dumps(content).encode()))) == set()


def test_half_a_character_in_a_member_of_its_own_is_met_with_silence() -> None:
    body = b'{"error_code":"DRS.10000001","error_msg":"Failed.","\\ud83d":"\\udcbe"}'

    assert broken(exchange(Response(400, (("Content-Type", "application/json"),), body))) == set()


def test_two_framings_are_found() -> None:
    framing = (("Content-Type", "application/json"), ("Content-Length", "9"), ("transfer-encoding", "chunked"))

    assert broken(exchange(answer(400, REFUSAL, *framing))) == {"HTTP-008"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("protocol", {"HTTP-001"}), ("too-large", {"HTTP-001"}), ("timeout", {"HTTP-002"}), ("unreachable", set())],
)
def test_a_call_without_an_answer_is_laid_at_the_door_of_http(kind: FailureKind, expected: set[str]) -> None:
    assert broken(exchange(TransportFailure(kind, "nothing came"))) == expected


@pytest.mark.parametrize("status", oracle_registry.LATER)
def test_an_answer_that_asks_to_come_later_is_not_judged(status: int) -> None:
    assert oracle_registry.judge(exchange(Response(status, (), b"")), CATALOGUE) == {}


def test_compression_is_judged_by_what_it_changes() -> None:
    plain = exchange(answer(400, REFUSAL))
    zipped = exchange(answer(400, REFUSAL), headers=(("Accept-Encoding", "gzip"), *DOCUMENTED[1:]))
    other = replace(zipped, outcome=answer(400, {**REFUSAL, "error_code": "DRS.10000002"}))
    garbled = replace(zipped, outcome=TransportFailure("protocol", "cannot be decoded"))

    def judged(last: Exchange, *control: Exchange) -> bool | None:
        judgement = oracle_registry.judge_sequence("calls-that-accept-compression", [*control, last]).get("HTTP-007")
        return None if judgement is None else judgement.holds

    assert judged(zipped, plain, plain, plain) is True
    assert judged(other, plain, plain, plain) is False
    assert judged(garbled, plain, plain, plain) is False
    assert judged(other, plain, replace(plain, outcome=answer(304, {})), plain) is None
    assert broken(garbled) == set()


def test_header_names_and_reused_connections_are_judged_by_what_differs_from_the_usual() -> None:
    plain, refused = exchange(answer(400, REFUSAL)), exchange(answer(401, {}))
    restless = replace(plain, outcome=answer(304, {}))

    for scenario, key in (("header-names-in-other-cases", "REQ-015"), ("calls-on-one-connection", "HTTP-010")):
        assert oracle_registry.judge_sequence(scenario, [plain] * 6)[key].holds
        assert not oracle_registry.judge_sequence(scenario, [plain, plain, plain, plain, refused, plain])[key].holds
        assert oracle_registry.judge_sequence(scenario, [plain, plain, restless, plain, refused, plain]) == {}


def test_a_call_on_a_reused_connection_that_breaks_off_has_a_requirement_of_its_own() -> None:
    cut = exchange(TransportFailure("protocol", "too short"))

    assert broken(cut) == {"HTTP-001"}
    assert broken(replace(cut, reused=True)) == set()


def test_header_names_in_another_case_are_not_what_the_page_documents() -> None:
    small = tuple((name.lower(), value) for name, value in DOCUMENTED)

    assert broken(exchange(answer(401, {}))) == {"REQ-001"}
    assert broken(exchange(answer(401, {}), headers=small)) == set()


@pytest.mark.parametrize("header", [("Accept", "application/xml"), ("X-Forwarded-For", "x" * 1024), ("X-Odd", "é")])
def test_a_call_with_odd_headers_may_be_refused_for_these(header: tuple[str, str]) -> None:
    assert broken(exchange(answer(406, {}), headers=(*DOCUMENTED, header))) == set()
    assert broken(exchange(answer(406, {}), headers=(*DOCUMENTED, ("Accept", "*/*")))) == {"REQ-001"}


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
def test_a_path_is_told_from_its_neighbours(target: str, expected: Place) -> None:
    situation = READER.read(Request("POST", target, DOCUMENTED), {BATCH: BatchState.READY})

    assert situation.place is expected
    assert (situation.batch_id == BATCH) is (expected is not Place.ELSEWHERE)


def test_a_batch_of_another_project_is_validated_there_and_foreign_here() -> None:
    def state(project: str) -> BatchState:
        request = Request("POST", path(OPERATION, project_id=project, async_job_id=BATCH), DOCUMENTED)
        return READER.read(request, {BATCH: BatchState.FOREIGN}).batch

    assert (state(PROJECT), state(FOREIGN)) == (BatchState.FOREIGN, BatchState.READY)

"""Tests of make interop: its checks find each mistake, and its table, programs and page agree."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from conformance.mock.record import RecordedRequest
from conformance.mock.settings import PROJECT_ID
from conformance.spec import openapi
from scripts.interop.__main__ import _conclude
from scripts.interop.matrix import PAGE, read_rows, render
from scripts.interop.pair import PROGRAMS, UnknownPairError, choose, read_table
from scripts.interop.trial import STAGES, PairResult, try_pair
from scripts.interop.wire import CALLS, READY_ID, judge_output, judge_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAIRS = read_table()
OUTPUT = {
    "ready": ["batch 1/ü?%2F", "COMMIT_SUCCESS"],
    "unknown": ["400", "DRS.10000010"],
    "wrong": ["401", "APIGW.0301", "0123456789abcdef0123456789abcdef"],
    "chinese": ["400", "DRS.10000010", "无此任务"],
}
ENCODED = {"batch 1/ü?%2F": "batch%201%2F%C3%BC%3F%252F", "no batch#2+é": "no%20batch%232%2B%C3%A9"}


def printed(**changed: list[str]) -> str:
    return "".join("\t".join([name, *values]) + "\n" for name, values in {**OUTPUT, **changed}.items())


def recorded() -> list[RecordedRequest]:
    """Return the recorded requests of a correct client."""
    return [
        RecordedRequest(
            method="POST",
            target=f"/v5/{PROJECT_ID}/batch-async-jobs/{ENCODED[call.async_job_id]}/commit",
            headers=(
                ("content-type", "application/json"),
                ("x-auth-token", "[hidden]"),
                *((("x-language", call.language),) if call.language else ()),
                ("content-length", "0"),
            ),
            status=call.status,
            operation_id="CommitAsyncJob",
            path_parameters={},
        )
        for call in CALLS
    ]


def _header(name: str, *values: str) -> Callable[[RecordedRequest], RecordedRequest]:
    """Return a change that replaces all values of a header."""

    def change(request: RecordedRequest) -> RecordedRequest:
        kept = [header for header in request.headers if header[0] != name]
        return replace(request, headers=(*kept, *((name, value) for value in values)))

    return change


def _target(old: str, new: str) -> Callable[[RecordedRequest], RecordedRequest]:
    return lambda request: replace(request, target=request.target.replace(old, new))


def test_a_correct_client_has_no_mistakes() -> None:
    assert list(judge_output(printed())) == []
    assert list(judge_record(recorded())) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ready", ["batch 1", "COMMIT_SUCCESS"]),
        ("ready", [READY_ID]),
        ("unknown", ["400", "DRS.1000001"]),
        ("unknown", ["500", "DRS.10000010"]),
        ("wrong", ["401", "DRS.10000010", "0123456789abcdef0123456789abcdef"]),
        ("wrong", ["401", "APIGW.0301", ""]),
        ("chinese", ["400", "DRS.10000010", "No such batch"]),
    ],
)
def test_unexpected_output_is_found(name: str, values: list[str]) -> None:
    [mistake] = judge_output(printed(**{name: values}))

    assert mistake.startswith(f"{name}: the program printed ")


@pytest.mark.parametrize("name", OUTPUT)
def test_a_missing_call_is_found(name: str) -> None:
    lines = [line for line in printed().splitlines() if not line.startswith(name)]

    assert list(judge_output("\n".join(lines))) == [f"{name}: the program printed no line"]


WRONG: dict[str, tuple[Callable[[RecordedRequest], RecordedRequest], str]] = {
    "another method": (lambda request: replace(request, method="PUT"), "the method is PUT"),
    "a percent sign that is not encoded": (_target("%252F", "%2F"), "the target is "),
    "a space that is encoded as in a form": (_target("%20", "+"), "the target is "),
    "a query": (_target("/commit", "/commit?x=1"), "the target is "),
    "another answer": (lambda request: replace(request, status=415), "the mock answered 415"),
    "no token": (_header("x-auth-token"), "X-Auth-Token was sent 0 times"),
    "two tokens": (_header("x-auth-token", "[hidden]", "[hidden]"), "X-Auth-Token was sent 2 times"),
    "no media type": (_header("content-type"), "Content-Type was sent as []"),
    "two media types": (_header("content-type", *["application/json"] * 2), "Content-Type was sent as "),
    "another media type": (_header("content-type", "text/plain"), "Content-Type was sent as ['text/plain']"),
    "a language": (_header("x-language", "zh-cn"), "X-Language was sent as ['zh-cn']"),
    "a body": (_header("content-length", "2"), "a body was sent"),
    "a body in chunks": (_header("transfer-encoding", "chunked"), "a body was sent"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_found(name: str) -> None:
    change, mistake = WRONG[name]
    first, *others = recorded()

    [found] = judge_record([change(first), *others])

    assert found.startswith(f"ready: {mistake}")


def test_characters_that_a_client_sends_wrongly_are_not_required() -> None:
    reduced = [_target("%20", "")(request) for request in recorded()]

    assert list(judge_record(reduced, lost=" ")) == []
    assert list(judge_output(printed(ready=["batch1/ü?%2F", "COMMIT_SUCCESS"]), lost=" ")) == []
    assert len(list(judge_record(reduced))) == len(CALLS)
    assert len(list(judge_record(recorded(), lost=" "))) == len(CALLS)


def test_an_additional_call_is_found() -> None:
    assert list(judge_record([*recorded(), recorded()[0]])) == ["5 requests were sent for 4 calls"]


def test_a_missing_language_is_found() -> None:
    *others, last = recorded()

    assert list(judge_record([*others, _header("x-language")(last)])) == ["chinese: X-Language was sent as []"]


def test_each_pair_has_a_program_and_each_program_a_pair() -> None:
    assert {pair.name for pair in PAIRS} == {path.name for path in PROGRAMS.iterdir()}
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)


def test_the_page_lists_the_pairs_of_the_table_and_is_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = read_rows(page)

    assert f"`{openapi.load().sha256[:16]}`" in page, "openapi.yaml has changed: run make interop"
    assert rows == {pair.name: (pair.language, pair.generator, pair.version) for pair in PAIRS}


def test_a_pair_without_its_toolchain_is_not_run(tmp_path: Path) -> None:
    lacking = replace(PAIRS[0], needs=("no-such-program",))

    outcome = try_pair(lacking, tmp_path)

    assert outcome.verdict == "not run"
    assert "no-such-program" in outcome.missing
    assert "not run (no-such-program" in render([lacking], [outcome], [])


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (PairResult("x", list(STAGES)), "passed"),
        (PairResult("x", list(STAGES), mistakes=["one"]), "failed"),
        (PairResult("x", list(STAGES)[:-1]), "failed"),
        (PairResult("x"), "failed"),
    ],
)
def test_a_pair_passes_if_every_stage_passes(outcome: PairResult, verdict: str) -> None:
    assert outcome.verdict == verdict


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["passed", "passed"], 0),
        (["passed", "not run"], 0),
        (["passed", "failed", "not run"], 1),
        (["not run"], 3),
    ],
)
def test_pairs_that_were_not_run_are_listed_and_do_not_pass_alone(
    verdicts: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {
        "passed": PairResult("good", list(STAGES)),
        "failed": PairResult("bad"),
        "not run": PairResult("absent", missing=["cobol"]),
    }

    assert _conclude([made[verdict] for verdict in verdicts]) == code
    output = capsys.readouterr()
    assert ("not run: absent" in output.out) == (code == 0 and "not run" in verdicts)
    assert ("bad" in output.err) == (code == 1)


def test_an_unknown_pair_is_refused_with_the_list_of_names() -> None:
    with pytest.raises(UnknownPairError, match="unknown pair 'cobol'; use all, quick, "):
        choose(PAIRS, "cobol")


def test_pairs_are_chosen_by_name_and_by_subset() -> None:
    assert choose(PAIRS, "all") == PAIRS
    assert {pair.name for pair in choose(PAIRS, f"{PAIRS[0].name}, {PAIRS[1].name}")} == {
        PAIRS[0].name,
        PAIRS[1].name,
    }
    assert 0 < len(choose(PAIRS, "quick")) < len(PAIRS)


def test_an_unknown_key_in_the_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "pairs.yaml"
    row = {"name": "x", "language": "X", "generator": "x", "version": "1", "run": "x", "wrokaround": "none"}
    table.write_text(yaml.safe_dump({"abbreviations": {}, "pairs": [row]}), encoding="utf-8")

    with pytest.raises(TypeError, match=re.escape("wrokaround")):
        read_table(table)


def test_the_page_has_the_current_texts() -> None:
    page = PAGE.read_text(encoding="utf-8")
    outcomes = [PairResult(pair.name, missing=["x"]) for pair in PAIRS]
    results = re.compile(r"^(\| `|\d+ of|The SHA-256|Toolchains|`make interop PAIRS)")

    current, expected = (
        [line for line in text.splitlines() if not results.match(line)] for text in (page, render(PAIRS, outcomes, []))
    )

    assert current == expected, "the texts have changed: run make interop"

"""The variants of the mock: each can be switched on, and has the effect that its summary describes."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from conformance.mock.__main__ import main
from conformance.mock.faults import FAULTS
from conformance.mock.settings import MockSettings
from conformance.mock.variants import VARIANTS, UnknownVariantError, step_variant
from conformance.selftest.support.mock_client import READY, MockClient, assert_documented, running_mock

FAILED = "ASYNC_JOB_VALIDATE_FAILED"
ID = "bd4193aa-072d-4ce6-beec-adffc7252341"


@pytest.fixture
def registry() -> Iterator[None]:
    known = dict(VARIANTS)
    yield
    VARIANTS.clear()
    VARIANTS.update(known)


@contextmanager
def varied(*names: str) -> Iterator[MockClient]:
    with running_mock(MockSettings(variants=names)) as mock:
        yield mock


def other(mock: MockClient, method: str, path: str | None = None, **changes: object) -> httpx.Response:
    """Send a request other than a documented commit, with valid credentials unless others are given."""
    return mock.client.request(method, path or mock.path(ID), **{"headers": mock.headers, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in VARIANTS if not name.startswith("throttling")])
def test_each_variant_commits_and_refuses_as_documented(name: str) -> None:
    with varied(name) as mock:
        for response, status in ((mock.commit(mock.make()), 200), (mock.commit("unknown"), 400)):
            essence = response.headers["Content-Type"].partition(";")[0].lower()
            assert (response.status_code, essence) == (status, "application/json")
            response.headers["Content-Type"] = "application/json"
            response.headers.setdefault("X-Request-Id", "none")
            assert_documented(response)
    assert VARIANTS[name].summary.endswith(".")


def test_undocumented_members_are_in_every_object() -> None:
    with varied("extra-members") as mock:
        result, refusal = mock.commit(mock.make()).json(), mock.commit("unknown").json()
        gateway = mock.commit("unknown", X_Auth_Token="wrong").json()
    assert all("details" in part for part in (result, result["job"], refusal, gateway))
    assert {"async_job_id", "status", "msg"} < set(result["job"])


def test_json_is_pretty_or_escaped() -> None:
    with varied() as mock:
        plain = mock.commit(ID, X_Language="zh-cn")
    with varied("pretty-json") as mock:
        pretty = mock.commit(ID, X_Language="zh-cn")
    with varied("escaped-json") as mock:
        escaped = mock.commit(ID, X_Language="zh-cn")
    assert plain.json() == pretty.json() == escaped.json()
    assert list(plain.json()) == list(reversed(pretty.json()))
    assert pretty.content.startswith(b"\r\n {\n\t")
    assert re.fullmatch(rb'\{("(\\u[0-9a-fA-F]{4})+"[:,}])+', escaped.content)


def test_a_cut_message_ends_in_half_a_character() -> None:
    with varied("half-characters") as mock:
        assert mock.commit(ID).json()["error_msg"].endswith(" \ud83d")


@pytest.mark.parametrize(("name", "every"), [("codes-of-two-releases", 2), ("codes-of-one-node", 3)])
def test_refusals_of_one_cause_can_have_two_codes(name: str, every: int) -> None:
    with varied(name) as mock:
        codes = [mock.commit(ID).json()["error_code"] for _ in range(2 * every)]
    assert codes == [*codes[:1] * (every - 1), f"DRS.2{codes[0][5:]}"] * 2


def test_values_can_be_empty() -> None:
    with varied("empty-values") as mock:
        job = mock.make()
        assert mock.commit(job).json() == {"job": {"async_job_id": job, "status": "", "msg": ""}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("odd-media-type", 'Application/JSON;Charset="UTF-8"'),
        ("media-type-parameters", 'application/json; note="a; charset=none"; profile=x'),
        ("ascii", "application/json; charset=us-ascii"),
    ],
)
def test_the_media_type_can_have_other_spellings(name: str, expected: str) -> None:
    with varied(name) as mock:
        response = mock.commit(ID, X_Language="zh-cn")
    assert response.headers["Content-Type"] == expected
    assert response.content.isascii() is (name == "ascii")


def test_headers_can_be_few_or_many() -> None:
    with varied("few-headers") as mock:
        assert "X-Request-Id" not in mock.commit(ID).headers
    with varied("many-headers") as mock:
        headers = mock.commit(ID).headers
    assert (len(headers.multi_items()) > 80, headers["X-Field-00"]) == (True, "")
    assert len(headers.get_list("Set-Cookie")) == 2


def test_the_path_can_be_repeated_in_a_header() -> None:
    with varied("path-in-a-header") as mock:
        assert mock.commit("%0D%0AX%3A1").headers["Content-Location"] == mock.path("%0D%0AX%3A1")


def test_answers_can_be_chunked() -> None:
    with varied("chunked") as mock:
        headers = mock.commit(ID).headers
    assert (headers["Transfer-Encoding"], "Content-Length" in headers) == ("chunked", False)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_answers_are_compressed_only_for_clients_that_accept_it(coding: str) -> None:
    with varied(coding) as mock:
        answers = {
            accepted: mock.commit(ID, Accept_Encoding=accepted)
            for accepted in ("identity", f"{coding};q=0", "br", f"br, {coding}", f"{coding.upper()} ;q=0.5")
        }
    assert len({answer.json()["error_code"] for answer in answers.values()}) == 1
    codings = [answer.headers.get("Content-Encoding", "").lower() for answer in answers.values()]
    assert codings == ["", "", "", coding, coding]


def test_connections_are_closed() -> None:
    with varied("connection-close") as mock:
        assert mock.commit(ID).headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("longest-messages", "\U0001f4be" * 512), ("shortest-messages", " "), ("one-code", "Failed.")],
)
def test_messages_have_the_extreme_lengths(name: str, expected: str) -> None:
    with varied(name) as mock:
        assert mock.commit(ID).json()["error_msg"] == expected


def test_messages_can_be_about_databases() -> None:
    with varied("database-messages") as mock:
        assert "MySQL" in mock.commit(ID).json()["error_msg"]
    with varied("source-errors") as mock:
        messages = [mock.commit(job).json()["error_msg"] for job in (mock.make(FAILED), ID)]
    assert ["ORA-12541" in message for message in messages] == [True, False]


def test_no_two_messages_are_the_same() -> None:
    with varied("messages-of-the-moment") as mock:
        answers = [mock.commit(ID) for _ in range(2)]
    assert answers[0].json()["error_msg"] != answers[1].json()["error_msg"]
    assert answers[0].json()["error_code"] == answers[1].json()["error_code"]


def test_codes_of_another_form_still_differ_by_reason() -> None:
    with varied("other-codes") as mock:
        codes = [mock.commit(job).json()["error_code"] for job in (ID, mock.make(FAILED))]
    assert codes == ["0" * 12, "DBS-2.000.17"]


Action = Callable[[MockClient], httpx.Response]


@pytest.mark.parametrize(
    ("name", "action", "status", "code"),
    [
        ("older-codes", lambda mock: mock.commit(ID, X_Auth_Token="wrong"), 401, "DRS.M00103"),
        ("older-codes", lambda mock: mock.commit(ID, "f" * 32), 403, "DRS.M00261"),
        ("method-404", lambda mock: other(mock, "PUT"), 404, "APIGW.0101"),
        ("token-403", lambda mock: mock.commit(ID, X_Auth_Token="wrong"), 403, "APIGW.0301"),
        ("foreign-401", lambda mock: mock.commit(ID, "f" * 32), 401, "APIGW.0302"),
        ("media-type-400", lambda mock: mock.commit(ID, Content_Type="text/plain"), 400, "APIGW.0201"),
        ("token-before-path", lambda mock: other(mock, "PUT", "/elsewhere", headers={}), 401, "APIGW.0301"),
        ("token-before-path", lambda mock: other(mock, "PUT", "/elsewhere"), 404, "APIGW.0101"),
        ("form-before-token", lambda mock: other(mock, "POST", headers={}), 415, "APIGW.0201"),
        ("odd-ids-refused", lambda mock: mock.commit("a%2Fb"), 400, "APIGW.0201"),
        ("any-language", lambda mock: mock.commit(ID, X_Language="fr"), 400, "DRS.10000010"),
        ("body-400", lambda mock: other(mock, "POST", content=b"{}"), 400, "DRS.10000009"),
        ("body-413", lambda mock: other(mock, "POST", content=b"{}"), 413, "APIGW.0201"),
        ("query-400", lambda mock: other(mock, "POST", f"{mock.path(ID)}?x"), 400, "APIGW.0201"),
        ("short-lines", lambda mock: mock.commit("x" * 8000), 414, "APIGW.0201"),
        ("short-lines", lambda mock: mock.commit(ID, X_Language="x" * 8000), 431, "APIGW.0201"),
        (
            "any-parameters",
            lambda mock: mock.commit(ID, Content_Type="application/json;charset=x"),
            400,
            "DRS.10000010",
        ),
        ("any-spelling", lambda mock: other(mock, "POST", f"/%56{mock.path(ID)[2:-6]}%63OMMIT/"), 400, "DRS.10000010"),
        ("any-spelling", lambda mock: mock.commit("..%2F..%2Fv5"), 404, "APIGW.0101"),
        ("sister-operations", lambda mock: other(mock, "POST", mock.path(ID)[:-7]), 405, "APIGW.0101"),
    ],
)
def test_a_variant_has_its_own_errors(name: str, action: Action, status: int, code: str) -> None:
    with varied(name) as mock:
        response = action(mock)
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert ("Allow" in response.headers) is (status == 405)
    assert ("request_id" in response.json()) is code.startswith("APIGW.")


@pytest.mark.parametrize(("name", "language"), [("always-english", "zh-cn"), ("always-chinese", "en-us")])
def test_the_language_can_be_ignored(name: str, language: str) -> None:
    with varied(name) as mock:
        message = mock.commit(ID, X_Language=language).json()["error_msg"]
    assert message.isascii() is (name == "always-english")


def test_all_of_several_simultaneous_commits_can_be_accepted() -> None:
    with varied("idempotent") as mock, ThreadPoolExecutor(4) as threads:
        job = mock.make()
        answers = list(threads.map(lambda _: mock.commit(job), range(4)))
        assert [answer.status_code for answer in answers] == [200] * 4
        assert len({answer.text for answer in answers}) == 1
        assert mock.commit(mock.make(FAILED)).status_code == 400


@pytest.mark.parametrize(("name", "every"), [("throttling", 7), ("throttling-by-date", 5)])
def test_throttled_calls_have_no_effect_and_can_be_retried(name: str, every: int) -> None:
    with varied(name) as mock:
        jobs = [mock.make() for _ in range(every)]
        answers = [mock.commit(job) for job in jobs]
        assert [answer.status_code for answer in answers] == [200] * (every - 1) + [429]
        assert answers[-1].json()["error_code"] == "APIGW.0308"
        assert answers[-1].headers["Retry-After"]
        assert mock.status(jobs[-1]) == READY
        assert mock.commit(jobs[-1]).status_code == 200


def test_other_paths_and_methods_can_be_in_use() -> None:
    with varied("slash-redirected", "sister-operations", "options-answered") as mock:
        redirection = other(mock, "POST", mock.path(ID) + "/")
        related = other(mock, "GET", mock.path(ID).removesuffix("/commit"))
        unauthenticated = other(mock, "GET", mock.path(ID).removesuffix("/commit"), headers={})
        options = other(mock, "OPTIONS", headers={})
    assert (redirection.status_code, redirection.headers["Location"]) == (308, mock.path(ID))
    assert (related.status_code, unauthenticated.status_code) == (200, 404)
    assert (options.status_code, options.headers["Allow"]) == (200, "POST, OPTIONS")


def test_variants_combine_with_each_other_and_with_faults() -> None:
    with running_mock(MockSettings(variants=("extra-members", "pretty-json"), faults=("error-code-11",))) as mock:
        document = json.loads(mock.commit(ID).content)
    assert (len(document["error_code"]), "details" in document) == (11, True)


def test_an_unknown_variant_is_refused_with_close_matches() -> None:
    with pytest.raises(UnknownVariantError, match=r"unknown variant 'chunks'; did you mean: .*chunked"):
        running_mock(MockSettings(variants=("chunks",))).__enter__()


@pytest.mark.usefixtures("registry")
def test_two_variants_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="chunked"):
        step_variant("chunked")(lambda pipeline: pipeline)


def test_the_command_line_lists_all_variants_and_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"--variant chunked: {VARIANTS['chunked'].summary}" in lines
    assert len(lines) == len(VARIANTS) + len(FAULTS)


def test_the_command_line_refuses_an_unknown_variant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--variant", "slowly"]) == 2
    assert capsys.readouterr().err.startswith("error: unknown variant 'slowly'; did you mean: slow")

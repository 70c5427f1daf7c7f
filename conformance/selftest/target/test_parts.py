"""Properties of the suite's parts."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.auth.authentication import Authentication
from conformance.engine.log import RunLog
from conformance.errors import LimitError, SafetyError
from conformance.exchange.classification import BatchState, Classifier, Credentials, Language, MediaType, Project, path
from conformance.exchange.exchange import MalformedError, Request, Response
from conformance.exchange.redaction import Redactor
from conformance.findings import curl
from conformance.mock.embedded import EmbeddedServer
from conformance.selftest.support.servers import answering
from conformance.spec import catalogue
from conformance.spec.openapi import load
from conformance.target.batches import Batches
from conformance.target.session import Account, Session
from conformance.target.transport import DryRunTransport, HttpTransport, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "t0ken-of-mine"
OPERATION = load().operation("CommitAsyncJob")

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=64)
neighbours = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9)
encodings = st.sampled_from(
    [
        str,
        quote,
        quote_plus,
        lambda text: re.sub("%..", lambda match: match[0].lower(), quote(text, safe="")),
        json.dumps,
        lambda text: json.dumps(text).replace("/", "\\/"),
        lambda text: "".join(f"\\u{ord(character):04X}" for character in text),
        html.escape,
        lambda text: "".join(f"&#{ord(character)};" for character in text),
        lambda text: text.encode().hex().upper(),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: text.encode().hex(),
    ]
)
identifiers = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)
headers = st.lists(
    st.tuples(
        st.sampled_from(["X-Auth-Token", "X-Language", "Content-Type", "X-Other"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    ),
    max_size=4,
)
requests = st.builds(
    lambda batch_id, lines, body: Request(
        "POST", path(OPERATION, project_id="p", async_job_id=batch_id), tuple(lines), body
    ),
    identifiers,
    headers,
    st.binary(max_size=40),
)


@given(secrets, neighbours, neighbours, encodings)
def test_a_secret_is_found_in_every_encoding_among_any_neighbours(
    secret: str, before: str, after: str, encode: Callable[[str], str]
) -> None:
    text = Redactor(secret)(encode(before + secret + after))

    assert secret not in text
    assert "[redacted]" in text


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=24, max_size=80), st.data(), encodings)
def test_a_secret_that_is_cut_off_is_found_by_what_is_left(
    secret: str, data: st.DataObject, encode: Callable[[str], str]
) -> None:
    start, length = data.draw(st.integers(0, 12)), data.draw(st.integers(12, 24))

    assert "[redacted]" in Redactor(secret)(encode(secret[start : start + length]))


@given(neighbours)
def test_what_holds_no_secret_is_left_alone(text: str) -> None:
    assert Redactor("\uffff-no-such-secret-\uffff")(text) == text


def test_a_reference_without_end_is_no_harm() -> None:
    text = f"&#{'1' * 5000}; {TOKEN}"

    assert Redactor(TOKEN)(text) == text.replace(TOKEN, "[redacted]")


def test_a_redactor_shows_no_secret_of_its_own() -> None:
    assert TOKEN not in repr(Redactor(TOKEN))


@pytest.mark.parametrize("encode", [str, quote, json.dumps, lambda text: base64.b64encode(text.encode()).decode()])
def test_a_value_of_fewer_than_four_characters_is_not_a_secret(encode: Callable[[str], str]) -> None:
    text = encode("abc ab a \u00e4bc")

    assert Redactor("", "a", "ab", "abc", "%61%62%63", "\u00e4bc")(text) == text
    assert Redactor("abcd")("abcabcd") == "abc[redacted]"


@given(identifiers)
def test_an_identifier_of_any_characters_is_one_segment_and_reads_back_as_it_was(batch_id: str) -> None:
    request = Request("POST", path(OPERATION, project_id="p", async_job_id=batch_id), (("X-Auth-Token", TOKEN),))

    situation = Classifier(load(), token=TOKEN, project_id="p", foreign=None).read(
        request, {batch_id: BatchState.FAILED}
    )

    assert (situation.batch_id, situation.batch, situation.project) == (batch_id, BatchState.FAILED, Project.OWN)
    assert situation.operation == OPERATION


@given(requests)
def test_only_a_request_with_all_that_is_documented_counts_as_documented(request: Request) -> None:
    situation = Classifier(load(), token=TOKEN, project_id="p", foreign=None).read(request, {})
    values = {name: request.values(name) for name in ("X-Auth-Token", "X-Language", "Content-Type")}

    assert situation.documented == (
        values["X-Auth-Token"] == (TOKEN,)
        and values["Content-Type"] == ("application/json",)
        and values["X-Language"] in ((), ("en-us",), ("zh-cn",))
        and not request.values("X-Other")
        and not request.body
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Content-Type", "application/json", MediaType.DOCUMENTED),
        ("Content-Type", "application/JSON; charset=UTF-8", MediaType.EQUIVALENT),
        ("Content-Type", "application/json; charset=gbk", MediaType.OTHER),
        ("Content-Type", "", MediaType.OTHER),
        ("X-Language", "zh-cn", Language.ZH_CN),
        ("X-Language", "ZH-CN", Language.OTHER),
        ("X-Auth-Token", "", Credentials.EMPTY),
        ("X-Auth-Token", TOKEN, Credentials.VALID),
        ("X-Auth-Token", TOKEN[:-1], Credentials.SIMILAR),
        ("X-Auth-Token", TOKEN.upper(), Credentials.SIMILAR),
        ("X-Auth-Token", "another", Credentials.WRONG),
        ("X-Unknown", "", Credentials.MISSING),
    ],
)
def test_headers_are_read_literally(name: str, value: str, expected: object) -> None:
    request = Request("POST", path(OPERATION, project_id="p", async_job_id="b"), ((name, value),))

    situation = Classifier(load(), token=TOKEN, project_id="p", foreign="f").read(request, {})

    assert expected in (situation.media_type, situation.language, situation.credentials)


@given(requests)
def test_a_printed_command_runs_in_a_shell_and_says_the_same_as_the_request(request: Request) -> None:
    """With a stand-in for curl that prints its arguments and its input."""
    command = curl.commands([request], tokens=[TOKEN])
    placeholder_token = 'curl() { for word; do printf "%s\\0" "$word"; done; case "$*" in *"@-") cat;; esac; }\n'
    output = subprocess.run(
        ["/bin/sh", "-c", placeholder_token + command],
        env={"PATH": os.environ["PATH"], "DRS_TARGET": "http://target", "DRS_TOKEN": TOKEN},
        capture_output=True,
        check=True,
        timeout=10,
    ).stdout
    *words, body = output.split(b"\0", output.count(b"\0") - request.body.count(b"\0") if b"@-" in output else -1)
    arguments = [word.decode() for word in words]

    assert TOKEN not in command or any(TOKEN in value and value != TOKEN for _, value in request.headers)
    assert f"http://target{request.target}" in arguments
    assert [a for a in arguments if a.startswith("X-Other")] == [
        f"X-Other: {value}" if value else "X-Other;" for name, value in request.headers if name == "X-Other"
    ]
    if request.body:
        sent = body if "@-" in arguments else arguments[arguments.index("--data-raw") + 1].encode()
        assert sent == request.body


MALFORMED = {
    "not UTF-8": b'{"a": "\xff"}',
    "duplicate name": b'{"a": 1, "a": 1}',
    "not a number": b'{"a": NaN}',
    "infinite": b"Infinity",
    "cut off": b'{"a": ',
    "empty": b"",
    "two values": b"{} {}",
    "too deep": b"[" * 100_000,
    "byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_json_is_refused(case: str) -> None:
    with pytest.raises(MalformedError):
        Response(200, (), MALFORMED[case]).json()


@given(json_values)
def test_what_is_json_is_read(value: object) -> None:
    assert Response(200, (), json.dumps(value, ensure_ascii=False).encode()).json() == value


def test_no_request_may_name_an_untouchable_batch() -> None:
    sent = DryRunTransport()
    session = Session(
        operation=OPERATION,
        account=Account("p", Authentication(TOKEN)),
        transport=sent,
        reader=Classifier(load(), token=TOKEN, project_id="p", foreign=None),
        batches=Batches({}, seed=1, provider=None),
        log=RunLog(catalogue.load()),
        untouchable=frozenset(["b"]),
    )
    session.send(session.commit("a"))

    for request in (session.commit("b"), session.commit("b", token=None), replace(session.commit("b"), method="GET")):
        with pytest.raises(SafetyError, match="the batch b"):
            session.send(request)
    assert sent.sent == 1


@pytest.mark.parametrize("value", ["3600", "Fri, 31 Dec 2999 23:59:59 GMT"])
def test_a_long_wait_is_not_waited_for(value: str) -> None:
    with answering(429, b"{}", {"Retry-After": value}) as url, HttpTransport(url, Limits()) as transport:
        transport.send([Request("POST", "/", ())], repeatable=True)

        assert transport.sent == 1


def test_a_coded_body_is_decoded() -> None:
    with (
        answering(200, gzip.compress(b"{}"), {"Content-Encoding": "gzip"}) as url,
        HttpTransport(url, Limits()) as transport,
    ):
        outcome = transport.send([Request("GET", "/", ())])[0]

    assert isinstance(outcome, Response)
    assert outcome.body == b"{}"


@pytest.mark.parametrize(
    ("status", "code", "sent"),
    [(429, "DRS.1", 4), (503, "APIGW.0307", 4), (503, "DRS.1", 1), (500, "APIGW.0307", 1), (400, "APIGW.0307", 1)],
)
@pytest.mark.parametrize("repeatable", [True, False])
def test_a_request_is_sent_again_only_if_it_was_certainly_not_processed_and_may_be_repeated(
    status: int,
    code: str,
    sent: int,
    repeatable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    body = json.dumps({"error_code": code}).encode()
    with answering(status, body, {"Retry-After": "0"}) as url, HttpTransport(url, Limits()) as transport:
        outcome = transport.send([Request("POST", "/", ())], repeatable=repeatable)[0]
        assert isinstance(outcome, Response)
        assert transport.sent == (sent if repeatable else 1)


def test_no_more_requests_are_sent_than_allowed() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, Limits(max_requests=2)) as transport:
        transport.send([Request("GET", "/", ())] * 2)

        with pytest.raises(LimitError, match="--max-requests 2"):
            transport.send([Request("GET", "/", ())])


def test_no_request_is_started_after_the_budget() -> None:
    with answering(200, b"{}") as url, HttpTransport(url, Limits(budget=1e-9)) as transport, pytest.raises(LimitError):
        transport.send([Request("GET", "/", ())])


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with (
        answering(200, b"") as elsewhere,
        answering(302, b"", {"Location": elsewhere}) as url,
        HttpTransport(url, Limits()) as transport,
    ):
        outcome = transport.send([Request("POST", "/", (("X-Auth-Token", TOKEN),))])[0]

    assert isinstance(outcome, Response)
    assert outcome.status == 302


def test_a_target_goes_over_the_wire_as_it_is_behind_the_prefix() -> None:
    with EmbeddedServer() as mock:
        with HttpTransport(f"{mock.url}/prefix/", Limits()) as transport:
            transport.send([Request("POST", "/a/../b%2Fc?d=%20", ())])
        record = httpx.get(f"{mock.url}/_mock/requests", trust_env=False).json()["requests"]

    assert [entry["target"] for entry in record] == ["/prefix/a/../b%2Fc?d=%20"]

"""A secret that a server repeats is masked in every encoding, wherever the client shows it."""

from __future__ import annotations

import base64
import html
import json
import re
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import httpx
import pytest
from drs_batch_client import AccessKeyAuth, DrsError, TokenAuth, UnexpectedAnswerError
from drs_batch_client.runtime.redaction import on_one_line
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.selftest.support.client.clouds import PASSWORD, Cloud
from conformance.selftest.support.client.doors import GATEWAY_ERROR, SERVICE_ERROR
from conformance.spec.invisible import hidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.client.doors import Door

AWKWARD = 'Pa55"w\u00f6rd/+&<\\ \u4e00 %41'
TOKEN = 'a-token/with+odd&"characters<>%'
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "URL": quote,
    "whole URL": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "code points": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "HTML": html.escape,
    "references": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
}


def shown(error: DrsError) -> str:
    return "".join(traceback.format_exception(error)) + str(vars(error))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_password_that_iam_repeats_is_masked(commit: Door, encoding: str) -> None:
    cloud = Cloud()
    echo = ENCODINGS[encoding](AWKWARD)
    cloud.answer = httpx.Response(401, json={"error": {"message": f"not {echo}!"}})
    with pytest.raises(DrsError, match=r": not .*\[redacted\].*!\); check user") as caught:
        commit(auth=cloud.auth(password=AWKWARD), transport=httpx.MockTransport(cloud))
    assert echo not in shown(caught.value)
    assert AWKWARD not in shown(caught.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("status", [200, 401, 418, 500])
def test_a_token_that_the_service_repeats_is_masked(commit: Door, encoding: str, status: int) -> None:
    echo = ENCODINGS[encoding](TOKEN)
    answer = {**GATEWAY_ERROR, "error_msg": echo, "request_id": f"r: {echo}"}
    with pytest.raises(DrsError, match=r"\[redacted\]") as caught:
        commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(lambda _: httpx.Response(status, json=answer)))
    assert echo not in shown(caught.value)
    assert TOKEN not in shown(caught.value)
    assert "[redacted]" in (caught.value.error_msg or "")
    assert (caught.value.request_id or "").startswith("r: [redacted]")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_token_in_the_body_of_an_undocumented_answer_is_masked(commit: Door, encoding: str) -> None:
    content = f"before {ENCODINGS[encoding](TOKEN)} after".encode()
    with pytest.raises(UnexpectedAnswerError) as caught:
        commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(lambda _: httpx.Response(418, content=content)))
    assert b"[redacted]" in caught.value.content
    assert caught.value.content.startswith(b"before ")
    assert caught.value.content.endswith(b" after")
    assert ENCODINGS[encoding](TOKEN).encode() not in caught.value.content


@pytest.mark.parametrize("member", ["error_code", "error_msg", "request_id"])
def test_a_long_text_is_cut_after_the_token_at_its_end_is_masked(commit: Door, member: str) -> None:
    answer = {**GATEWAY_ERROR, member: "=" * (64 * 1024 - 5) + TOKEN + "=" * 1_000_000}
    with pytest.raises(DrsError) as caught:
        commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(lambda _: httpx.Response(500, json=answer)))
    assert getattr(caught.value, member) == "=" * (64 * 1024 - 5) + "[reda"


def test_a_long_argument_of_a_cause_is_cut_after_the_token_at_its_end_is_masked(commit: Door) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("=" * (64 * 1024 - 5) + TOKEN + "=" * 1_000_000)

    with pytest.raises(DrsError) as caught:
        commit(auth=TokenAuth(TOKEN), transport=httpx.MockTransport(fail))
    assert str(caught.value.__cause__) == "=" * (64 * 1024 - 5) + "[reda"


def test_a_part_of_a_secret_is_masked(commit: Door) -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(401, json={"error": {"message": f"not {PASSWORD[:13]}"}})
    with pytest.raises(DrsError, match=r"\(status 401: not \[redacted\]\)"):
        commit(auth=cloud.auth(), transport=httpx.MockTransport(cloud))


@pytest.mark.parametrize("later", [0, 1, 99])
def test_the_signatures_of_the_last_100_requests_with_a_key_are_masked(commit: Door, later: int) -> None:
    moments = iter(datetime(2026, 1, day, 12, tzinfo=UTC) + timedelta(minutes=n) for day in (1, 9) for n in range(100))
    auth = AccessKeyAuth(access_key="AK-of-an-example", secret_key=TOKEN, clock=lambda: next(moments))
    signed: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        signed.append(request)
        values = (
            [signed[-1 - later].headers[name] for name in ("Authorization", "X-Sdk-Date")] if signed[later:] else []
        )
        octets = base64.b64encode(bytes.fromhex(values[0].rpartition("=")[2])).decode() if values else ""
        return httpx.Response(400, json={**SERVICE_ERROR, "error_msg": " | ".join([*values, octets])})

    for _ in range(later + 1):
        with pytest.raises(DrsError) as caught:
            commit(auth=auth, transport=httpx.MockTransport(answer))

    assert re.sub(r"SignedHeaders=[a-z;-]+", "", caught.value.error_msg or "") == (
        "SDK-HMAC-SHA256 Access=[redacted], , Signature=[redacted] | [redacted] | [redacted]="
    )


def test_a_password_of_fewer_than_six_characters_garbles_no_message(commit: Door) -> None:
    cloud = Cloud()
    cloud.answer = httpx.Response(401, json={"error": {"message": "The username or password is wrong."}})
    with pytest.raises(DrsError, match=r"\(status 401: The username or password is wrong\.\)"):
        commit(auth=cloud.auth(password="wrong"), transport=httpx.MockTransport(cloud))


@given(st.text(max_size=60), st.integers(0, 60))
@example("".join(filter(hidden, map(chr, range(0x110000)))), 0x110000)
def test_a_text_on_one_line_can_be_printed(text: str, longest: int) -> None:
    line = on_one_line(text, longest)
    assert not any(map(hidden, line))
    assert line == line.strip()
    assert len(line) <= longest


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\r\nb", "a  b"), ("\x1b[31mred", "[31mred"), ("a\u202eb\u2028", "a b"), ("\u4e00\ufe0f\u3164b", "\u4e00  b")],
)
def test_characters_that_upset_a_terminal_are_replaced_by_blanks(text: str, line: str) -> None:
    assert on_one_line(text, 20) == line

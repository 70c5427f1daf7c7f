"""The JSON of a response is parsed strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange import wire
from conformance.exchange.exchange import Response
from conformance.exchange.strict_json import MalformedError

texts = st.text(st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)
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
def test_a_body_that_is_not_strict_json_is_an_error(case: str) -> None:
    with pytest.raises(MalformedError):
        Response(200, (), MALFORMED[case]).json()


@pytest.mark.parametrize(
    ("length", "body", "reason"),
    [
        (8, b'{"a": "\xe6\x89\xb9"}', "byte 7 is the last one, within a character, as the message ends too early"),
        (10, b'{"a": "\xe6\x89\xb9"}', "line 1 column 7 (char 6), as the message ends too early: also"),
        (4, b"\x1f\x8b\x08\x00", "compressed with gzip"),
    ],
)
def test_the_reason_says_what_cut_or_hid_the_text(length: int, body: bytes, reason: str) -> None:
    came = wire.read(b"HTTP/1.1 200 \r\nContent-Length: %d\r\n\r\n%b" % (length, body), "POST", ended=True)

    with pytest.raises(MalformedError) as error:
        Response(200, (), body[:length], wire=came).json()

    assert reason in str(error.value)


@given(json_values)
def test_any_json_value_is_parsed(value: object) -> None:
    assert Response(200, (), json.dumps(value, ensure_ascii=False).encode()).json() == value

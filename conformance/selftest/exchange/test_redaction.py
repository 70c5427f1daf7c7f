"""Secrets are redacted by their value, in each encoding."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "t0ken-of-mine"

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


@given(secrets, neighbours, neighbours, encodings)
def test_a_secret_is_redacted_in_every_encoding_and_any_context(
    secret: str, before: str, after: str, encode: Callable[[str], str]
) -> None:
    text = Redactor(secret)(encode(before + secret + after))

    assert secret not in text
    assert "[redacted]" in text


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=24, max_size=80), st.data(), encodings)
def test_a_part_of_a_secret_is_redacted(secret: str, data: st.DataObject, encode: Callable[[str], str]) -> None:
    start, length = data.draw(st.integers(0, 12)), data.draw(st.integers(12, 24))

    assert "[redacted]" in Redactor(secret)(encode(secret[start : start + length]))


@given(neighbours)
def test_a_text_without_a_secret_is_unchanged(text: str) -> None:
    assert Redactor("\uffff-no-such-secret-\uffff")(text) == text


def test_a_very_long_character_reference_is_unchanged() -> None:
    text = f"&#{'1' * 5000}; {TOKEN}"

    assert Redactor(TOKEN)(text) == text.replace(TOKEN, "[redacted]")


def test_the_repr_of_a_redactor_shows_no_secret() -> None:
    assert TOKEN not in repr(Redactor(TOKEN))


@pytest.mark.parametrize("encode", [str, quote, json.dumps, lambda text: base64.b64encode(text.encode()).decode()])
def test_a_value_of_fewer_than_four_characters_is_not_a_secret(encode: Callable[[str], str]) -> None:
    text = encode("abc ab a \u00e4bc")

    assert Redactor("", "a", "ab", "abc", "%61%62%63", "\u00e4bc")(text) == text
    assert Redactor("abcd")("abcabcd") == "abc[redacted]"

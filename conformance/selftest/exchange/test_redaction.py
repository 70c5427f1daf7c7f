"""Secrets are redacted by their value, in each encoding of conformance/docs/redaction.md."""

from __future__ import annotations

import base64
import hashlib
import string
import time
import tracemalloc
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

import pytest
from drs_batch_client.runtime.redaction import Redactor as ClientRedactor
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.auth import signing
from conformance.exchange.redaction import MASK, PART, SHORTEST, Redactor, is_long_enough
from conformance.selftest.support import canaries
from conformance.selftest.support.encodings import ASCII_ONLY, DIGITS, ENCODINGS, ESCAPES, documented
from conformance.spec.invisible import hidden

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = "t0ken-of-mine"
SECRET = '"s3cret" & t/0ken'
REST = 12
"""Characters that may be left of an encoded secret: brackets, padding, the prefix of the first octet."""

printable = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
ascii_secrets = st.text(printable, min_size=SHORTEST, max_size=40).filter(is_long_enough)
secrets = ascii_secrets | st.text(printable | st.sampled_from("\xe4\xdf\u0416\u6587\u5b57\U0001f98a"), min_size=9)
neighbours = st.text(printable, max_size=9)
# Beside an encoded text stands nothing that would be part of its first or last escape or number.
outside = st.text(st.sampled_from(string.ascii_letters + " .:!?(){}<>=+/-_"), max_size=12)
both = pytest.mark.parametrize("redactor", [Redactor, ClientRedactor], ids=["suite", "client"])


def _check(redact: Callable[[str], str], text: str, encoded: str, before: str, after: str) -> None:
    """Assert that nothing is left of an encoded text but what encloses it."""
    redacted = redact(before + encoded + after)

    assert MASK in redacted
    assert len(redacted.replace(MASK, "")) <= len(before) + len(after) + REST
    assert text not in redacted.replace(MASK, "")


def test_the_document_has_each_encoding_with_its_example() -> None:
    assert documented() == {name: encode(SECRET) for name, encode in ENCODINGS.items()}


@both
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=50)
@given(secret=secrets, before=outside, after=outside)
@example(secret="00000000\U0001f98a", before="", after="")
def test_a_secret_is_redacted_in_every_encoding(
    redactor: type[Redactor], encoding: str, secret: str, before: str, after: str
) -> None:
    if secret.isascii() or encoding not in ASCII_ONLY:
        _check(redactor(secret), secret, ENCODINGS[encoding](secret), before, after)


@both
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=50)
@given(secret=ascii_secrets, inside=st.tuples(neighbours, neighbours), around=st.tuples(outside, outside))
def test_a_secret_is_redacted_in_every_context(
    redactor: type[Redactor], encoding: str, secret: str, inside: tuple[str, str], around: tuple[str, str]
) -> None:
    text = "".join(inside).encode()
    redacted = redactor(secret)(around[0] + ENCODINGS[encoding](secret.join(inside)) + around[1])

    assert MASK in redacted
    if len(secret) >= canaries.MATCH_LENGTH and not canaries.traces(secret, text):
        assert canaries.traces(secret, redacted.encode()) == []


@pytest.mark.parametrize("outer", ESCAPES)
@pytest.mark.parametrize("inner", [*ESCAPES, *DIGITS])
@settings(max_examples=20)
@given(secret=ascii_secrets, before=outside, after=outside)
def test_a_secret_is_redacted_in_two_encodings(outer: str, inner: str, secret: str, before: str, after: str) -> None:
    text = ESCAPES[outer](before + ENCODINGS[inner](secret) + after)

    assert MASK in Redactor(secret)(text)


OCTETS: dict[str, Callable[[bytes], str]] = {
    "base64": lambda octets: base64.b64encode(octets).decode(),
    "base64url": lambda octets: base64.urlsafe_b64encode(octets).decode(),
    "hexadecimal": bytes.hex,
    "decimal octets": lambda octets: str([*octets]),
}


@both
@pytest.mark.parametrize("encoding", OCTETS)
@given(octets=st.binary(max_size=8).map(lambda seed: hashlib.sha256(seed).digest()), before=outside, after=outside)
@example(octets=b"\0A\0\xb5\0\xc0" * 5 + b"\xff ", before="", after="")
def test_the_octets_of_a_signature_are_redacted(
    redactor: type[Redactor], encoding: str, octets: bytes, before: str, after: str
) -> None:
    value = f"{signing.ALGORITHM} Access=AK, SignedHeaders=host, Signature={octets.hex()}"
    redact = redactor(*signing.sent_credentials([("Authorization", value)]))

    _check(redact, octets.hex(), OCTETS[encoding](octets), before, after)


escapes = st.sampled_from(sorted(ESCAPES))


@given(st.tuples(escapes, escapes, escapes), ascii_secrets, outside, outside)
def test_a_secret_is_redacted_in_three_escapes(
    names: tuple[str, str, str], secret: str, before: str, after: str
) -> None:
    text = secret
    for name in names:
        text = ESCAPES[name](before + text + after)

    assert MASK in Redactor(secret)(text)


@pytest.mark.parametrize("outer", DIGITS)
@pytest.mark.parametrize("inner", ESCAPES)
@settings(max_examples=20)
@given(secret=ascii_secrets, before=outside, after=outside)
def test_a_secret_is_redacted_in_escapes_within_digits(
    outer: str, inner: str, secret: str, before: str, after: str
) -> None:
    text = ESCAPES["percent-encoding"](ESCAPES["JSON"](DIGITS[outer](before + ESCAPES[inner](secret) + after)))

    assert MASK in Redactor(secret)(text)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(st.text(printable, min_size=24, max_size=80).filter(lambda text: " " not in text), st.data())
def test_a_part_of_a_secret_is_redacted(encoding: str, secret: str, data: st.DataObject) -> None:
    start, length = data.draw(st.integers(0, 12)), data.draw(st.integers(PART, 24))

    assert MASK in Redactor(secret)(ENCODINGS[encoding](secret[start : start + length]))


blanks = st.text(
    st.sampled_from(" \t\r\n\0\x1b\xa0\xad\u2003\u200d\u202e\u2060\u2063\u3164\ufe0f\ufeff\U000e0041"), max_size=3
)


@pytest.mark.parametrize("encoding", ["plain", *ESCAPES, "base64", "hexadecimal", "hexadecimal with blanks"])
@given(secret=ascii_secrets, gaps=st.lists(blanks, min_size=40, max_size=40))
def test_a_secret_with_blanks_between_is_redacted(encoding: str, secret: str, gaps: list[str]) -> None:
    encode = ENCODINGS[encoding]
    pieces = [encode(character) for character in secret] if encoding in ESCAPES else list(encode(secret))

    assert MASK in Redactor(secret)("".join(gap + piece for piece, gap in zip(pieces, gaps * 2, strict=False)))


@both
def test_a_secret_is_redacted_with_any_hidden_character_between(redactor: type[Redactor]) -> None:
    redact = redactor(TOKEN)
    gaps = filter(hidden, map(chr, range(0x110000)))
    rows = iter(lambda: [*islice(gaps, len(TOKEN) - 1)], [])

    texts = ["".join(chain(*zip_longest(TOKEN, row, fillvalue=""))) for row in rows]

    assert [text for text in texts if redact(text) != MASK] == []


@both
@pytest.mark.parametrize("encoding", ESCAPES)
@given(secret=ascii_secrets, gaps=st.lists(blanks, min_size=40, max_size=40), outer=st.sampled_from(sorted(ESCAPES)))
@example(secret="secret", gaps=["\u200b"] * 40, outer="HTML")
def test_a_secret_with_blanks_between_is_redacted_where_the_blanks_are_escaped_too(
    redactor: type[Redactor], encoding: str, secret: str, gaps: list[str], outer: str
) -> None:
    escaped = ESCAPES[encoding]("".join(gap + character for character, gap in zip(secret, gaps, strict=False)))

    assert MASK in redactor(secret)(escaped)
    assert MASK in redactor(secret)(ESCAPES[outer](escaped))


# As random as real secrets, so that a drawn text does not have one by chance.
random_secrets = st.binary(max_size=8).map(lambda seed: base64.b85encode(hashlib.sha256(seed).digest()).decode())
any_text = st.text() | st.binary().map(lambda octets: octets.decode("latin-1"))


@both
@given(secret=random_secrets, text=any_text, encoding=st.sampled_from(sorted(ENCODINGS)))
@example(secret="-no-such-secret-", text=f"&#{'1' * 5000}; \u0130\u03a3 \\u", encoding="plain")
def test_a_text_without_a_secret_is_unchanged(redactor: type[Redactor], secret: str, text: str, encoding: str) -> None:
    encoded = ENCODINGS[encoding](text)

    assert redactor(secret)(encoded) == encoded
    assert not redactor(secret).finds(encoded)


def test_only_the_secret_is_replaced() -> None:
    encoded = base64.b64encode(b"abcdef" + TOKEN.encode()).decode()

    assert Redactor(TOKEN)(f"The {TOKEN} is wrong.") == f"The {MASK} is wrong."
    assert Redactor(TOKEN)(f"The {encoded} is wrong.") == f"The {encoded[:8]}{MASK}== is wrong."
    assert Redactor(TOKEN)(f"%3d{TOKEN.replace('-', '%2D')}%3d") == f"%3d{MASK}%3d"


def test_the_repr_of_a_redactor_shows_no_secret() -> None:
    assert TOKEN not in repr(Redactor(TOKEN))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_value_of_fewer_than_six_visible_characters_is_not_a_secret(encoding: str) -> None:
    text = ENCODINGS[encoding]("http: abcde, abc ab a")

    assert Redactor("", "a", "http", "abcde", "a b\n c\0d\u200be")(text) == text
    assert Redactor("abcdef")("abcdeabcdef") == f"abcde{MASK}"


@pytest.mark.parametrize(
    "filling",
    [
        "%",
        "%25",
        "\\",
        "\\u005c",
        "&",
        "&amp;",
        "&#0",
        "dGhl",
        "104,",
        "1",
        "\0",
        " ",
        "68 ",
        "%26amp;\\u0025",
        "%e2%80%8b",
        "\xe2\x80\x8b",
        f"{TOKEN} ",
        TOKEN[:-1],
    ],
)
def test_the_time_is_proportional_to_the_length_of_the_text(filling: str) -> None:
    redact = Redactor(TOKEN, "a-much-longer-secret" * 50)

    def seconds(length: int) -> float:
        text = (filling * length)[:length]
        started = time.process_time()
        redact(text)
        return time.process_time() - started

    # A quadratic step would take 64 times as long.
    limit = 24 * min(seconds(1 << 17) for _ in range(4)) + 0.05
    assert any(seconds(1 << 20) < limit for _ in range(2))


def test_the_memory_is_some_times_the_length_of_the_text_however_often_it_has_the_secret() -> None:
    secret = "a-much-longer-secret" * 500
    redact, text = Redactor(secret), secret * 20
    tracemalloc.start()
    try:
        assert redact(text) == MASK
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 48 * len(text)

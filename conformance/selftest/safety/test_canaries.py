"""Tests that the scanner finds a secret in each encoding, and nothing in text without it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.selftest.support import canaries, encodings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DataObject

ROOT = Path(__file__).parents[3]
CLEAN = (
    "README.md",
    "openapi.yaml",
    "conformance/docs/proof.md",
    "conformance/selftest/reports/golden/conformance.json",
)


def _chunked(secret: str, size: int) -> bytes:
    octets = secret.encode()
    parts = [octets[start : start + size] for start in range(0, len(octets), size)]
    return b"\r\n" + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "upper case": lambda secret: secret.upper().encode(),
    "URL": lambda secret: quote(secret, safe="").encode(),
    "URL, every character": lambda secret: "".join(f"%{ord(c):02x}" for c in secret).encode(),
    "URL twice": lambda secret: quote(quote(secret, safe=""), safe="").encode(),
    "JSON": lambda secret: json.dumps(secret).encode(),
    "JSON in JSON": lambda secret: json.dumps(json.dumps(secret)).encode(),
    "JSON, every character": lambda secret: "".join(f"\\u{ord(c):04X}" for c in secret).encode(),
    "Python": lambda secret: repr(secret.encode()).encode(),
    "HTML": lambda secret: html.escape(secret).encode(),
    "HTML, every character": lambda secret: "".join(f"&#{ord(c)};" for c in secret).encode(),
    "HTML, every character in hex": lambda secret: "".join(f"&#x{ord(c):x};" for c in secret).encode(),
    "base64": lambda secret: base64.b64encode(secret.encode()),
    "base64, shifted by 1": lambda secret: base64.b64encode(b"\xff" + secret.encode()),
    "base64, shifted by 2": lambda secret: base64.b64encode(b"\xff\xfe" + secret.encode()),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(b">>?" + secret.encode()).rstrip(b"="),
    "base64 in base64": lambda secret: base64.b64encode(base64.b64encode(secret.encode())),
    "hexadecimal": lambda secret: secret.encode().hex().encode(),
    "HEXADECIMAL": lambda secret: secret.encode().hex().upper().encode(),
    "chunks of 1": lambda secret: _chunked(secret, 1),
    "chunks of 5": lambda secret: _chunked(secret, 5),
    "chunks of 17": lambda secret: _chunked(secret, 17),
    "gzip": lambda secret: gzip.compress(secret.encode()),
    "gzip, not compressed": lambda secret: gzip.compress(secret.encode(), 0),
    "gzip, cut off": lambda secret: gzip.compress(secret.encode(), 0)[:-8],
    "zlib": lambda secret: zlib.compress(secret.encode()),
    "zlib, best": lambda secret: zlib.compress(secret.encode(), 9),
    "gzip in base64": lambda secret: base64.b64encode(gzip.compress(secret.encode())),
    "base64 in gzip": lambda secret: gzip.compress(base64.b64encode(secret.encode())),
    "gzip written as text": lambda secret: gzip.compress(secret.encode()).decode("latin-1").encode(),
    "UTF-16": lambda secret: secret.encode("utf-16"),
    "UTF-32": lambda secret: secret.encode("utf-32"),
    "reversed": lambda secret: secret[::-1].encode(),
}

characters = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
tokens = st.text(characters, min_size=canaries.MATCH_LENGTH, max_size=50)
# As random as real tokens, so that a drawn text never contains one by chance.
random_tokens = st.binary(max_size=8).map(lambda seed: base64.b85encode(hashlib.sha256(seed).digest()).decode())
surroundings = st.binary(max_size=20) | st.text(characters, max_size=20).map(str.encode)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(data=st.data(), secret=tokens, before=surroundings, after=surroundings)
def test_each_encoding_is_found_anywhere_and_in_part(
    encoding: str, data: DataObject, secret: str, before: bytes, after: bytes
) -> None:
    start = data.draw(st.integers(0, len(secret) - canaries.MATCH_LENGTH))
    end = data.draw(st.integers(start + canaries.MATCH_LENGTH, len(secret)))

    assert canaries.traces(secret, before + b"\n" + ENCODINGS[encoding](secret[start:end]) + b"\n" + after)


@pytest.mark.parametrize("encoding", encodings.ENCODINGS)
def test_each_encoding_of_the_document_is_found(encoding: str) -> None:
    secret = canaries.new()

    assert canaries.traces(secret, f"({encodings.ENCODINGS[encoding](secret)})".encode())


@given(secret=tokens, before=surroundings, after=surroundings)
def test_a_secret_within_a_longer_encoded_text_is_found(secret: str, before: bytes, after: bytes) -> None:
    text = before + secret.encode() + after

    for planted in (base64.b64encode(text), base64.urlsafe_b64encode(text), text.hex().encode(), gzip.compress(text)):
        assert canaries.traces(secret, planted)


@given(secret=random_tokens, text=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_is_found_in_a_text_without_the_secret(secret: str, text: bytes) -> None:
    assert canaries.traces(secret, text) == []


@given(secret=random_tokens)
def test_fewer_characters_than_the_match_length_are_not_found(secret: str) -> None:
    assert (
        canaries.traces(
            secret, secret[: canaries.MATCH_LENGTH - 1].encode() + b"..." + secret[1 - canaries.MATCH_LENGTH :].encode()
        )
        == []
    )


@pytest.mark.parametrize("file", CLEAN)
def test_nothing_is_found_in_clean_files(file: str) -> None:
    assert canaries.leaks(canaries.new(), {file: (ROOT / file).read_bytes()}) == []


def test_all_files_of_a_directory_are_searched(tmp_path: Path) -> None:
    secret = canaries.new()
    (tmp_path / "deep" / ".hidden").mkdir(parents=True)
    (tmp_path / "deep" / ".hidden" / ".file").write_bytes(b"\0" + secret.encode())
    (tmp_path / "empty").write_bytes(b"")

    places = canaries.contents(tmp_path)

    assert set(places) == {"deep/.hidden/.file", "empty"}
    assert canaries.leaks(secret, places) == ["deep/.hidden/.file: plain"]


def test_the_name_of_a_file_is_searched() -> None:
    assert canaries.leaks("0123456789abcdef", {"log-0123456789abcdef": b""}) == ["name of log-0123456789abcdef: plain"]


def test_canaries_differ_and_fit_into_a_header() -> None:
    one, other = canaries.new(), canaries.new()

    assert one != other
    assert one.isascii()
    assert one.isprintable()
    assert " " not in one

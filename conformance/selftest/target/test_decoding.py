"""The content of an answer is decoded, up to the maximum size."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.target.decoding import MAX_OCTETS, CodingError, TooLargeError, decode

if TYPE_CHECKING:
    from collections.abc import Callable


def _raw_deflate(content: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(content) + encoder.flush()


CODERS: dict[str, list[Callable[[bytes], bytes]]] = {
    "gzip": [gzip.compress],
    "x-gzip": [gzip.compress],
    "deflate": [zlib.compress, _raw_deflate],
}
encodings = st.sampled_from([(coding, encode) for coding, encoders in CODERS.items() for encode in encoders])


@given(st.binary(min_size=1, max_size=5000), st.lists(encodings, max_size=3))
def test_an_encoded_content_is_decoded(content: bytes, layers: list[tuple[str, Callable[[bytes], bytes]]]) -> None:
    body = content
    for _, encode in layers:
        body = encode(body)

    assert decode(body, [coding for coding, _ in layers]) == content


@given(st.binary(max_size=500), st.binary(max_size=500))
def test_gzip_may_have_several_members(one: bytes, other: bytes) -> None:
    assert decode(gzip.compress(one) + gzip.compress(other), ["gzip"]) == one + other


@given(st.binary(min_size=1, max_size=500), encodings, st.data())
def test_a_truncated_content_is_an_error(
    content: bytes, layer: tuple[str, Callable[[bytes], bytes]], data: st.DataObject
) -> None:
    coding, encode = layer
    body = encode(content)
    cut = data.draw(st.integers(1, len(body) - 1))

    with pytest.raises(CodingError):
        decode(body[:cut], [coding])


@given(st.binary(min_size=1).filter(lambda content: content[:1] != b"\x1f"))
def test_a_content_that_is_not_gzip_is_an_error(content: bytes) -> None:
    with pytest.raises(CodingError):
        decode(content, ["gzip"])


@pytest.mark.parametrize("coding", CODERS)
def test_a_compression_bomb_is_not_inflated(coding: str) -> None:
    for encode in CODERS[coding]:
        bomb = encode(bytes(MAX_OCTETS + 1))
        assert len(bomb) < MAX_OCTETS // 100
        with pytest.raises(TooLargeError, match="once it is decoded"):
            decode(bomb, [coding])


def test_a_gzip_bomb_of_several_members_is_not_inflated() -> None:
    with pytest.raises(TooLargeError):
        decode(gzip.compress(bytes(MAX_OCTETS // 2)) * 3, ["gzip"])


def test_too_many_content_codings_are_an_error() -> None:
    with pytest.raises(CodingError, match="4 content codings"):
        decode(b"x", ["gzip"] * 4)


def test_an_unknown_coding_is_not_decoded() -> None:
    assert decode(b"\x8b\x02\x80", ["br"]) == b"\x8b\x02\x80"


def test_an_empty_content_stays_empty() -> None:
    assert decode(b"", ["gzip"]) == b""

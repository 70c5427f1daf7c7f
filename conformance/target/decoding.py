"""Reading and decoding of the content of an answer, up to a maximum size."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpcore

__all__ = ["MAX_OCTETS", "CodingError", "TooLargeError", "codings", "decode", "read"]

MAX_OCTETS = 1 << 20
"""Maximum size of a content, before and after decoding; the documented answers have a few hundred octets."""

MAX_CODINGS = 3
PIECE = 4096
"""Octets of gzip that are decoded at a time."""


class TooLargeError(Exception):
    """A content is longer than the maximum."""


class CodingError(Exception):
    """A content cannot be decoded as its Content-Encoding says; the message says why."""


async def read(response: httpcore.Response) -> bytes:
    """Read the content and decode its content codings (RFC 9110, section 8.4).

    Codings other than gzip and deflate are not decoded; no request accepts them.

    Raises:
        TooLargeError: The content is longer than the maximum.
        CodingError: The content is damaged or truncated.
    """
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > MAX_OCTETS:
            raise TooLargeError(f"the answer is longer than {MAX_OCTETS} octets")
    return decode(bytes(body), codings(response.headers))


def codings(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Return the content codings that headers name, in the order in which they were applied."""
    values = b",".join(value for name, value in headers if name.lower() == b"content-encoding")
    names = (coding.strip().lower() for coding in values.decode("latin-1").split(","))
    return [name for name in names if name not in ("", "identity")]


def decode(body: bytes, codings: list[str]) -> bytes:
    """Decode the codings, the last one first; raises like `read`."""
    if len(codings) > MAX_CODINGS:
        raise CodingError(f"the answer has {len(codings)} content codings, more than {MAX_CODINGS}")
    for coding in reversed(codings):
        decoder = DECODERS.get(coding)
        if decoder is None:
            return body
        body = decoder(body) if body else b""
    return body


def _decode_gzip(body: bytes) -> bytes:
    """Decode gzip (RFC 1952) with one member or several.

    Each member gets a piece at a time, since it copies the octets that follow it.
    """
    found, place, decoder = bytearray(), 0, _gzip_decoder()
    while place < len(body):
        if decoder.eof:
            decoder = _gzip_decoder()
        piece = body[place : place + PIECE]
        found += _inflate(decoder, piece, MAX_OCTETS - len(found))
        place += len(piece) - len(decoder.unused_data)
    _check_end(decoder)
    return bytes(found)


def _gzip_decoder() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _decode_deflate(body: bytes) -> bytes:
    """Decode deflate with the header of zlib (RFC 1950), or without, as some servers send it."""
    try:
        return _inflate_all(zlib.decompressobj(), body)
    except CodingError:
        return _inflate_all(zlib.decompressobj(-zlib.MAX_WBITS), body)


def _inflate_all(decoder: zlib._Decompress, body: bytes) -> bytes:
    found = _inflate(decoder, body, MAX_OCTETS)
    _check_end(decoder)
    return found


def _inflate(decoder: zlib._Decompress, body: bytes, limit: int) -> bytes:
    try:
        found = decoder.decompress(body, limit + 1)
    except zlib.error as error:
        raise CodingError(f"Content-Encoding: {error}") from None
    if len(found) > limit:
        raise TooLargeError(f"the answer is longer than {MAX_OCTETS} octets once it is decoded")
    return found


def _check_end(decoder: zlib._Decompress) -> None:
    if not decoder.eof:
        raise CodingError("Content-Encoding: the compressed content is truncated")


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _decode_gzip,
    "x-gzip": _decode_gzip,
    "deflate": _decode_deflate,
}

"""The content of an answer, read up to a limit, both as it comes and without its content codings."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

__all__ = ["LIMIT", "CodingError", "TooLargeError", "decoded", "read"]

LIMIT = 1 << 20
"""Octets of one content, before and after decoding; the documented answers have a few hundred."""

CODINGS_AT_MOST = 3


class TooLargeError(Exception):
    """A content exceeds the limit; the message says so."""


class CodingError(Exception):
    """A content is not what its Content-Encoding says; the message says why."""


async def read(response: httpx.Response) -> bytes:
    """Read the content and take its codings off (RFC 9110, section 8.4).

    Not by httpx, which inflates whatever has arrived at once, to any size. Codings other than gzip and deflate, of
    which no request says that it accepts them, are left as they are.

    Raises:
        TooLargeError: It is longer than the limit.
        CodingError: It is damaged, or cut off.
    """
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LIMIT:
            raise TooLargeError(f"an answer above {LIMIT} octets")
    codings = [value.strip().lower() for value in response.headers.get_list("Content-Encoding", split_commas=True)]
    return decoded(bytes(body), [coding for coding in codings if coding not in ("", "identity")])


def decoded(body: bytes, codings: list[str]) -> bytes:
    """Take the codings off, the last one first; raises like `read`."""
    if len(codings) > CODINGS_AT_MOST:
        raise CodingError(f"{len(codings)} content codings, one upon the other")
    for coding in reversed(codings):
        decode = DECODERS.get(coding)
        if decode is None:
            return body
        body = decode(body) if body else b""
    return body


def _gunzipped(body: bytes) -> bytes:
    """Decode gzip (RFC 1952), of one member or several."""
    found = bytearray()
    while body:
        decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found += _inflated(decoder, body, LIMIT - len(found))
        body = decoder.unused_data
    return bytes(found)


def _deflated(body: bytes) -> bytes:
    """Decode deflate, with the header of zlib (RFC 1950) or, as some senders do, without."""
    try:
        return _inflated(zlib.decompressobj(), body, LIMIT)
    except CodingError:
        return _inflated(zlib.decompressobj(-zlib.MAX_WBITS), body, LIMIT)


def _inflated(decoder: zlib._Decompress, body: bytes, limit: int) -> bytes:
    try:
        found = decoder.decompress(body, limit + 1)
    except zlib.error as error:
        raise CodingError(f"Content-Encoding: {error}") from None
    if len(found) > limit:
        raise TooLargeError(f"an answer above {LIMIT} octets once it is decoded")
    if not decoder.eof:
        raise CodingError("Content-Encoding: the compressed content is cut off")
    return found


DECODERS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gunzipped, "x-gzip": _gunzipped, "deflate": _deflated}

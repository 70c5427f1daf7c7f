"""Targets whose content is too large, before or after decoding, or has too much depth or too many digits."""

from __future__ import annotations

import functools
import gzip
import json
import zlib
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import answer
from conformance.selftest.support.hostile.target import GONE, VIOLATES, Hostile, counting, opened, turning

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from conformance.selftest.support.hostile.listening import Peer
    from conformance.selftest.support.hostile.target import Open

__all__ = ["TARGETS"]

MEGABYTE = bytes(1 << 20)
MEGABYTES = 400
"""More memory than a run may use."""

DEPTHS = (50, 200, 260, 400, 900, 990, 1000, 3000, 100_000)
"""Depths that a parser accepts but code that walks its result may not, and depths that no parser accepts."""


def _long(peer: Peer) -> None:
    peer.request()
    peer.send(answer(400, headers={"Content-Length": str(MEGABYTES << 20)}))
    for _ in range(MEGABYTES):
        peer.send(MEGABYTE)


def _endless(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    peer.flood(b"%x\r\n%b\r\n" % (len(MEGABYTE), MEGABYTE))


def _until_closed(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\n\r\n")
    peer.flood(MEGABYTE)


@functools.cache
def _bomb(window: int) -> bytes:
    """Return a compressed stream for a window size of zlib; decoded, it is 1000 times as long."""
    compressor = zlib.compressobj(wbits=window)
    return b"".join([*(compressor.compress(MEGABYTE) for _ in range(MEGABYTES)), compressor.flush()])


def _explodes(
    coding: str, window: int, again: int = 0, opening: Callable[[Callable[[Peer], None]], Open] = opened
) -> Open:
    def open_(token: str) -> AbstractContextManager[str]:
        body = _bomb(window)  # in advance, since it takes long
        for _ in range(again):
            body = gzip.compress(body)

        def handle(peer: Peer) -> None:
            peer.request()
            peer.send(answer(400, body, {"Content-Encoding": coding}))

        return opening(handle)(token)

    return open_


def _members(peer: Peer) -> None:
    """Send many gzip members, each below any limit."""
    peer.request()
    peer.send(answer(400, gzip.compress(MEGABYTE[:-1]) * MEGABYTES, {"Content-Encoding": "gzip"}))


def _empty_members(peer: Peer) -> None:
    """Send many empty gzip members."""
    peer.request()
    peer.send(answer(400, gzip.compress(b"") * 50_000, {"Content-Encoding": "gzip"}))


def _codings(peer: Peer) -> None:
    peer.request()
    peer.send(answer(400, gzip.compress(b"{}"), {"Content-Encoding": ", ".join(["gzip"] * 2000)}))


def _deep(number: int) -> bytes:
    depth = DEPTHS[number % len(DEPTHS)]
    nested = ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth)[number % 2]
    return answer(400, f'{{"error_code": {nested}, "error_msg": {nested}, "more": {nested}}}'.encode())


def _digits(number: int) -> bytes:
    digits = ("9" * 100_000, "-" + "9" * 100_000, "1e999999999", "0." + "0" * 100_000 + "1")[number % 4]
    return answer(400, f'{{"error_code": {digits}, "error_msg": {digits}}}'.encode())


def _members_of_json(_number: int) -> bytes:
    return answer(400, json.dumps({f"member-{number}": number for number in range(40_000)}).encode())


def _fixed(body: bytes, **headers: str) -> Callable[[int], bytes]:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _number: answer(400, body, fields)


TARGETS = (
    Hostile("long body", f"announces and sends {MEGABYTES} MB", opened(_long), VIOLATES, ("HTTP-001",)),
    Hostile("endless body", "sends chunks without end", opened(_endless), VIOLATES, ("HTTP-001",)),
    Hostile("body without a length", "sends a body without end", opened(_until_closed), VIOLATES, ("HTTP-001",)),
    Hostile("gzip bomb", f"sends {MEGABYTES} MB in gzip", _explodes("gzip", 31), VIOLATES, ("HTTP-001",)),
    Hostile("deflate bomb", f"sends {MEGABYTES} MB in zlib", _explodes("deflate", 15), VIOLATES, ("HTTP-001",)),
    Hostile("raw deflate bomb", f"sends {MEGABYTES} MB in deflate", _explodes("deflate", -15), VIOLATES, ("HTTP-001",)),
    Hostile(
        "nested gzip bomb",
        f"sends {MEGABYTES} MB in gzip in gzip",
        _explodes("gzip, gzip", 31, 1),
        VIOLATES,
        ("HTTP-001",),
    ),
    Hostile("bomb of members", "sends a gzip bomb of small members", opened(_members), VIOLATES, ("HTTP-001",)),
    Hostile(
        "many empty members", "sends gzip with 50,000 empty members", opened(_empty_members), VIOLATES, ("ERR-001",)
    ),
    Hostile("many codings", "names a coding 2000 times", opened(_codings), GONE, ("URL",)),
    Hostile(
        "damaged gzip", "labels a plain body as gzip", counting(_fixed(b"{}", Content_Encoding="gzip")), GONE, ("URL",)
    ),
    Hostile(
        "unknown coding",
        "uses a coding that was not requested",
        counting(_fixed(b"\x8b\x01\x80{}\x03", Content_Encoding="br")),
        VIOLATES,
        ("ERR-001",),
    ),
    Hostile("deep JSON", "nests JSON to every depth", counting(_deep), VIOLATES, ("ERR-002",)),
    Hostile("many digits", "sends numbers of 100,000 digits", counting(_digits), VIOLATES, ("ERR-002",)),
    Hostile("many members", "sends an object of 40,000 members", counting(_members_of_json), VIOLATES, ("ERR-002",)),
    Hostile(
        "invalid UTF-8",
        "sends octets that are not UTF-8",
        counting(_fixed(b'{"error_code": "\xff\xfe\xc3\x28", "error_msg": "\xed\xa0\x80"}')),
        VIOLATES,
        ("ERR-001",),
    ),
    Hostile(
        "half characters",
        "sends halves of surrogate pairs",
        counting(_fixed(rb'{"error_code": "\ud800\udc00\ud800", "error_msg": "\udfff", "\ud800": 1}')),
        VIOLATES,
        ("ERR-003",),
    ),
    Hostile(
        "turns to bombs", "starts to send gzip bombs", _explodes("gzip", 31, opening=turning), VIOLATES, ("HTTP-001",)
    ),
    Hostile("turns to endless bodies", "starts to send bodies without end", turning(_endless), VIOLATES, ("HTTP-001",)),
)

"""Targets whose answers are not well-formed HTTP, or barely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import answer
from conformance.selftest.support.hostile.target import GONE, VIOLATES, Hostile, counting, opened, turning

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.selftest.support.hostile.listening import Peer

__all__ = ["TARGETS"]

GARBAGE = bytes(range(256)) * 8
BODY = b'{"error_code": "DRS.10000001", "error_msg": "no such batch"}'
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b2J\x08\x7f"
"""Escape sequences that set the title of a terminal, clear its screen and change its colour."""


def _sends(octets: bytes) -> Callable[[Peer], None]:
    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(octets)

    return handle


def _floods(octets: bytes, first: bytes = b"") -> Callable[[Peer], None]:
    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(first)
        peer.flood(octets)

    return handle


def _interim_only(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    peer.wait()


def _chunked(rest: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + rest


def _escapes(_number: int) -> bytes:
    written = "".join(f"\\u{ord(character):04x}" for character in ESCAPES)
    body = f'{{"error_code": "{written}", "error_msg": "{written}", "{written}": 1}}'
    return answer(400, body.encode(), {"Content-Type": f"text/{ESCAPES}", "X-Request-Id": ESCAPES})


TARGETS = (
    Hostile("garbage", "answers with all 256 octets", opened(_sends(GARBAGE)), GONE, ("is this its URL",)),
    Hostile("HTTP/0.9", "answers with a page without a head", opened(_sends(b"<p>Hello</p>")), GONE, ("URL",)),
    Hostile("another protocol", "answers as a mail server does", opened(_sends(b"220 mail ESMTP\r\n")), GONE, ("URL",)),
    Hostile(
        "endless headers",
        "sends one header line after another",
        opened(_floods(b"X-Flood: " + b"x" * 500 + b"\r\n", b"HTTP/1.1 200 OK\r\n")),
        GONE,
        ("URL",),
    ),
    Hostile(
        "endless header line",
        "sends one header line without end",
        opened(_floods(b"x" * 4096, b"HTTP/1.1 200 OK\r\nX-Flood: ")),
        GONE,
        ("URL",),
    ),
    Hostile(
        "endless status line",
        "sends a status line without end",
        opened(_floods(b"x" * 4096, b"HTTP/1.1 200 ")),
        GONE,
        ("URL",),
    ),
    Hostile(
        "endless chunk header",
        "sends a chunk extension without end",
        opened(_floods(b"x" * 4096, _chunked(b"5;"))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "endless trailer",
        "sends one trailer line after another",
        opened(_floods(b"X-Flood: " + b"x" * 500 + b"\r\n", _chunked(b"2\r\n{}\r\n0\r\n"))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "flood of 1xx",
        "sends interim answers without end",
        opened(_floods(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)),
        GONE,
        ("URL",),
    ),
    Hostile("100 only", "sends 100 Continue and nothing else", opened(_interim_only), GONE, ("within 1 s",)),
    Hostile(
        "length too long",
        "announces more than it sends and closes",
        opened(_sends(answer(400, BODY, {"Content-Length": "1000"}))),
        GONE,
        ("complete",),
    ),
    Hostile(
        "length too short",
        "announces less than it sends",
        opened(_sends(answer(400, BODY, {"Content-Length": "5"}))),
        VIOLATES,
        ("ERR-001",),
    ),
    Hostile(
        "two lengths",
        "announces two lengths",
        opened(_sends(answer(400, BODY, {"Content-length": "5"}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "negative length",
        "announces a negative length",
        opened(_sends(answer(400, BODY, {"Content-Length": "-1"}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "huge length",
        "announces a length of 19 digits",
        opened(_sends(answer(400, BODY, {"Content-Length": "9" * 19}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "length of many digits",
        "announces a length of 5000 digits",
        opened(_sends(answer(400, BODY, {"Content-Length": "9" * 5000}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "Transfer-Encoding twice",
        "has Transfer-Encoding: chunked twice",
        opened(_sends(answer(400, BODY, {"Transfer-Encoding": "chunked\r\nTransfer-Encoding: chunked"}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "huge chunk",
        "announces a chunk of 2^76 octets",
        opened(_sends(_chunked(b"f" * 19 + b"\r\n{}"))),
        GONE,
        ("complete",),
    ),
    Hostile(
        "NUL in a header",
        "has a NUL in a header",
        opened(_sends(answer(400, BODY, {"X-Odd": "a\0b"}))),
        GONE,
        ("URL",),
    ),
    Hostile(
        "NUL in a body",
        "has NULs in a body",
        opened(_sends(answer(400, b'{"error_code": "DRS.\0\0\0\0\0\0\0\0", "error_msg": "\0"}'))),
        VIOLATES,
        ("ERR-001",),
    ),
    Hostile(
        "terminal escapes",
        "sends escape sequences of terminals in JSON and headers",
        counting(_escapes),
        VIOLATES,
        ("ERR-003",),
    ),
    Hostile(
        "raw terminal escapes",
        "sends a body of escape sequences of terminals",
        opened(_sends(answer(400, ESCAPES.encode("latin-1") * 50, {"Content-Type": "text/plain"}))),
        VIOLATES,
        ("ERR-001",),
    ),
    Hostile("turns to garbage", "starts to send garbage", turning(_sends(GARBAGE)), VIOLATES, ("HTTP-001",)),
    Hostile(
        "turns to endless headers",
        "starts to send header lines without end",
        turning(_floods(b"X-Flood: " + b"x" * 500 + b"\r\n", b"HTTP/1.1 200 OK\r\n")),
        VIOLATES,
        ("HTTP-001",),
    ),
)

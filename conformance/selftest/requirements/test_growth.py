"""Judging an answer takes time in proportion to its size, whatever the answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from conformance.exchange.exchange import Response
from conformance.requirements import oracle_registry
from conformance.selftest.support.growth import TIMES, growth, repeated
from conformance.selftest.support.invented_exchanges import BATCH, TOKEN, exchange
from conformance.spec import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange.exchange import Exchange, Header

LINEAR = 3 * TIMES
"""Growth up to which a step counts as linear; that of a quadratic step is nearly three times as high."""
CATALOGUE = catalogue.load()
PARTS = {200: ["RES"], 400: [], 401: ["GATE", "MSG-005"], 405: ["HTTP-004"]}
"""The statuses under which answers are judged, and the requirements that are not judged under another one, too."""
JSON = ("Content-Type", "application/json")

BODIES: dict[str, Callable[[int], bytes]] = {
    "names": lambda size: b"{%b}" % b",".join(b'"%d":0' % place for place in range(size // 9)),
    "a name twice": lambda size: b'{%b,"7":0}' % b",".join(b'"%d":0' % place for place in range(size // 9)),
    "names twice": lambda size: b"{%b}" % b",".join(b'"%d":0' % (place // 2) for place in range(size // 9)),
    "line breaks": partial(repeated, b"\n"),
    "blanks": partial(repeated, b" "),
    "blank lines": partial(repeated, b"\t \r\n"),
    "escaped line breaks": lambda size: b'"%b"' % repeated(b"\\n", size),
    "directories": partial(repeated, b"/usr"),
    "paths": partial(repeated, b"/opt/usr.p"),
    "words": partial(repeated, b"w"),
    "packages": partial(repeated, b"java.util."),
    "calls": partial(repeated, b"at a.b("),
    "files": partial(repeated, b'\nFile "'),
    "exceptions": partial(repeated, b"NullPointerExceptio"),
    "one number": lambda size: b'{"error_code":%b}' % (b"9" * size),
    "one exponent": lambda size: b'{"error_code":1e%b}' % (b"9" * size),
    "one fraction": lambda size: b'{"error_code":0.%b1}' % (b"0" * size),
    "numbers": lambda size: b"[%b0]" % (b"1e999," * (size // 6)),
    "long numbers": lambda size: b"[%b0]" % ((b"9" * 299 + b",") * (size // 300)),
    "levels": partial(repeated, b"["),
    "stacks of lists": lambda size: b"[%b0]" % ((b"[" * 90 + b"]" * 90 + b",") * (size // 181)),
    "lists": lambda size: b"[%b0]" % (b"[]," * (size // 3)),
    "objects": lambda size: b"[%b0]" % (b'{"":0},' * (size // 7)),
    "not UTF-8": partial(repeated, b"\xff\xc3"),
    "halves of pairs": lambda size: b'{"error_code":"%b"}' % (b"\\ud800" * (size // 6)),
    "a long code": lambda size: b'{"error_code":"%b","error_msg":"\xe5\xa4\xb1"}' % (b"x" * size),
    "parts of the token": partial(repeated, TOKEN[:-1].encode()),
    "the ID": partial(repeated, BATCH.encode()),
    "references": partial(repeated, b"&#x41;"),
    "percent signs": partial(repeated, b"%25"),
}
HEADERS: dict[str, Callable[[int], tuple[Header, ...]]] = {
    "parameters": lambda size: (("Content-Type", f"application/json{';' * size}"),),
    "quotes": lambda size: (("Content-Type", "application/json" + ';"' * (size // 2)),),
    "quoted parameters": lambda size: (("Content-Type", "application/json" + ';a=";\\"' * (size // 7)),),
    "a charset": lambda size: (("Content-Type", f"application/json; charset={'a' * size}"),),
    "blanks in parameters": lambda size: (("Content-Type", f"a/b;{' ' * size}\x80"),),
    "comments": lambda size: (
        ("Server", f"a {'(' * (size // 2)}{')' * (size // 2)}("),
        ("Via", "1 a (b), " * (size // 9)),
    ),
    "elements": lambda size: (("Vary", f"{'a, ' * (size // 3)};"), ("Allow", "," * size)),
    "references": lambda size: (("Location", f"{'a' * size}:"), ("Content-Location", f"//{'a:' * (size // 2)}%")),
    "digits": lambda size: (("Retry-After", f"{'9' * size}s"), ("Content-Range", f"a {'1' * size}-")),
    "quoted elements": lambda size: (("Connection", '"a,b",' * (size // 6)), ("ETag", f'"{"a" * size}')),
    "challenges": lambda size: (("WWW-Authenticate", "a b==, " * (size // 7)), ("WWW-Authenticate", '",' * size)),
    "parameters of challenges": lambda size: (
        ("WWW-Authenticate", f"a {','.join(f'{place}=b' for place in range(size // 8))},"),
        ("WWW-Authenticate", f'a b="{"c" * size}'),
    ),
    "many": lambda size: (JSON, *((f"X-{place}", "y") for place in range(size // 16))),
    "many of one name": lambda size: (("Content-Type", "y"),) * (size // 16),
    "long": lambda size: (JSON, ("Allow", "GET, " * (size // 5)), ("X-Request-Id", "x" * size)),
}
CHARSETS = ("punycode", "idna", "utf-7", "unicode_escape", "utf-16", "gbk", "gb18030", "windows-1252", "iso-8859-1")


def _judged(seen: list[Exchange]) -> None:
    for one in seen:
        oracle_registry.judge(one, CATALOGUE.select(PARTS[one.status]))


def _exchanges(answer: Callable[[int], Response]) -> list[Exchange]:
    return [exchange(answer(status)) for status in PARTS]


@pytest.mark.parametrize("kind", BODIES)
def test_the_time_is_proportional_to_the_size_of_a_body(kind: str) -> None:
    def step(size: int) -> Callable[[], None]:
        body = BODIES[kind](size)
        return partial(_judged, _exchanges(lambda status: Response(status, (JSON,), body)))

    assert growth(step) < LINEAR


@pytest.mark.parametrize("kind", HEADERS)
def test_the_time_is_proportional_to_the_size_of_the_headers(kind: str) -> None:
    def step(size: int) -> Callable[[], None]:
        headers = HEADERS[kind](size)
        return partial(_judged, _exchanges(lambda status: Response(status, headers, b"{}")))

    assert growth(step) < LINEAR


@pytest.mark.parametrize("charset", CHARSETS)
def test_the_time_is_proportional_to_the_size_of_a_body_in_any_charset(charset: str) -> None:
    def step(size: int) -> Callable[[], None]:
        header = ("Content-Type", f"application/json; charset={charset}")
        body = b'"%b-%b"' % (b"+A\x81" * (size // 3), b"b" * 1000)
        return partial(_judged, _exchanges(lambda status: Response(status, (header,), body)))

    assert growth(step) < LINEAR

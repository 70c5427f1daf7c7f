"""Targets whose answers are made to cost the judge time or memory, or to make a check fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from conformance.selftest.support.hostile.listening import answer
from conformance.selftest.support.hostile.target import GONE, INCONCLUSIVE, VIOLATES, Hostile, counting

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS"]

SIZE = 1_000_000
"""Octets of a body: nearly as many as are read."""
HEAD = 60_000
"""Octets of a header: nearly as many as are read with a head."""
REFUSAL = b'{"error_code": "DRS.10000001", "error_msg": "no such batch"}'
STATUSES = (400, 200, 405, 404, 401, 415, 500)
CHARSETS = (
    "punycode",
    "idna",
    "utf-7",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "hex",
    "zip",
    "rot13",
    "mbcs",
    "utf-16",
    "gb18030",
    "",
    "../utf-8",
    "a" * HEAD,
    "\x80",
)
DATES = (
    "Fri, 31 Dec 99999 23:59:59 GMT",
    f"Fri, 31 Dec {'9' * 400} 23:59:59 GMT",
    f"Fri, 31 Dec {'9' * 5000} 23:59:59 GMT",
    f"Fri, 31 Dec 2099 23:59:59 +{'9' * 30}",
    "9" * HEAD,
    "\xb2",
)


def _filled(unit: str, start: str = "", end: str = "") -> Callable[[int], bytes]:
    """Return a body that repeats a text, with any status."""
    body = (start + unit * (SIZE // len(unit)) + end).encode("latin-1")
    return lambda number: answer(STATUSES[number % len(STATUSES)], body)


def _names(number: int) -> bytes:
    """Return an object with many names, one of which occurs twice, at the end."""
    names = [f'"{number:x}{place:x}":0' for place in range(SIZE // 14)]
    return answer(STATUSES[number % len(STATUSES)], f"{{{','.join([*names, names[-1]])}}}".encode())


def _members(number: int) -> bytes:
    """Return members that the documentation does not list, other ones each time."""
    more = {f"{number:x}{place:x}": place for place in range(SIZE // 28)}
    if number % 2:
        return answer(400, json.dumps({"error_code": "DRS.10000001", "error_msg": "no", **more}).encode())
    return answer(200, json.dumps({"job": {"async_job_id": "1", "status": more, "msg": "m", **more}}).encode())


def _charset(number: int) -> bytes:
    charset = CHARSETS[number % len(CHARSETS)]
    body = json.dumps({"error_code": "DRS.10000001", "error_msg": "a-b" * 1000}).encode()
    return answer(400, body, {"Content-Type": f"application/json; charset={charset}"})


def _numbers(number: int) -> bytes:
    value = ("9" * 5000, "-" + "9" * 4299, "1e999999", "1E-999999", "-0", "0." + "9" * 5000)[number % 6]
    values = ",".join([value] * (SIZE // (len(value) + 1)))
    return answer(400, f'{{"error_code": {value}, "error_msg": [{values}]}}'.encode())


def _many_headers(number: int) -> bytes:
    lines = "\r\n".join(f"X-{place}: y" for place in range(HEAD // 12))
    return answer(STATUSES[number % len(STATUSES)], b"{}", {"X": f"y\r\n{lines}"})


def _long_headers(number: int) -> bytes:
    name, unit = (
        ("Content-Type", 'application/json;";'),
        ("Content-Type", "application/json; charset=utf-8;"),
        ("Allow", "GET, "),
        ("X-Request-Id", "x"),
        ("Content-Encoding", "identity,"),
        ("Connection", "close,"),
    )[number % 6]
    return answer(STATUSES[number // 6 % len(STATUSES)], REFUSAL, {name: unit * (HEAD // len(unit))})


def _chunks(_number: int) -> bytes:
    head = b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"1\r\n \r\n" * (SIZE // 500) + b"0\r\n\r\n"


def _retry_after(number: int) -> bytes:
    return answer(503, REFUSAL.replace(b"DRS", b"APIGW"), {"Retry-After": DATES[number % len(DATES)]})


def _sporadic(number: int) -> bytes:
    """Refuse the token now and then."""
    return answer(401, b"{}") if number % 7 == 3 else answer(400, b"{}")


def _violates(
    name: str, does: str, respond: Callable[[int], bytes], shows: tuple[str, ...] = (), requests: str = "100"
) -> Hostile:
    """Return a target whose answers are judged on so many requests."""
    return Hostile(name, does, counting(respond), VIOLATES, ("broken",), ("--max-requests", requests), shows=shows)


def _large(name: str, does: str, respond: Callable[[int], bytes]) -> Hostile:
    """Return a target with answers of nearly a megabyte, which are judged once with each status."""
    return _violates(name, does, respond, requests=str(len(STATUSES) + 1))


TARGETS = (
    _large("names with a duplicate", "sends an object of 70,000 names, one of them twice", _names),
    _large("line breaks", "sends a body of line breaks", _filled("\n")),
    _large("blanks", "sends a body of blanks", _filled(" ")),
    _large("blank lines", "sends a body of blank lines", _filled("\t \r\n")),
    _large("escaped lines", "sends a string of escaped line breaks", _filled("\\n", '{"error_code":"', '"}')),
    _large("paths", "sends a body that resembles paths", _filled("/usr/opt.p")),
    _large("stack traces", "sends a body that resembles stack traces", _filled('\nFile "at a.b(')),
    _large("escapes", "sends a string of halves of surrogate pairs", _filled("\\ud800", '{"error_msg":"', '"}')),
    _large("octets", "sends a body that is not UTF-8", _filled("\xff\xc3")),
    _large("lists", "sends a list of 300,000 lists", _filled("[],", "[", "[]]")),
    _large("objects", "sends a list of 140,000 objects", _filled('{"":0},', "[", "0]")),
    _large("stacks", "sends many values of 90 levels", _filled(f"{'[' * 90}{']' * 90},", "[", "0]")),
    _violates("charsets", "names other charsets, some of which are no decoders of text", _charset, ("ERR-006",)),
    _large("numbers", "sends numbers that are too large", _numbers),
    _large("new members", "sends other undocumented members each time", _members),
    _violates("many headers", "sends 5,000 headers", _many_headers),
    _violates("long headers", f"sends headers of {HEAD} octets", _long_headers),
    _violates("small chunks", "sends a body in chunks of one octet", _chunks),
    _violates("sporadic refusals", "refuses the token now and then", _sporadic),
    Hostile(
        "long redirect",
        f"redirects to a place of {HEAD} characters",
        counting(lambda _: answer(302, headers={"Location": "/x" * (HEAD // 2)})),
        INCONCLUSIVE,
        ("redirects", "--target"),
    ),
    Hostile(
        "long status line",
        f"sends a wrong status line of {HEAD} octets",
        counting(lambda _: b"HTTP/1.1 4" + b"x" * HEAD + b"\r\n\r\n"),
        GONE,
        ("URL",),
    ),
    Hostile(
        "dates that are too late",
        "asks to retry at dates that do not exist",
        counting(_retry_after),
        GONE,
        ("503", "later"),
    ),
)

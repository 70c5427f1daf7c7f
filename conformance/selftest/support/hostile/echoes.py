"""Targets that return the token, in every part of an answer and in every encoding."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.selftest.support.hostile.listening import answer
from conformance.selftest.support.hostile.target import GONE, INCONCLUSIVE, VIOLATES, Hostile, knowing

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TARGETS"]

SHORT_CODE = "DRS.1000001"
"""An error code that is one character too short, so that every answer violates ERR-003."""
STATUSES = (400, 200, 405, 302, 404, 415, 500)
REPETITIONS = 200
"""Repetitions of the token, so that it occurs at each position where a report may cut a text."""


def _json(**members: object) -> bytes:
    return answer(400, json.dumps({"error_code": SHORT_CODE, **members}).encode())


def _message(token: str, _number: int) -> bytes:
    return _json(error_msg=f"no rights for {token}, sorry")


def _percent(token: str, _number: int) -> bytes:
    return _json(error_msg=f"see /login?token={quote(token, safe='')}")


def _percent_all(token: str, _number: int) -> bytes:
    return _json(error_msg="see /login?token=" + "".join(f"%{octet:02X}" for octet in token.encode()))


def _json_escaped(token: str, _number: int) -> bytes:
    escaped = "".join(f"\\u{ord(character):04x}" for character in token)
    return answer(400, f'{{"error_code": "{SHORT_CODE}", "error_msg": "{escaped}"}}'.encode())


def _json_in_json(token: str, _number: int) -> bytes:
    return _json(error_msg=json.dumps({"token": token}))


def _html_escaped(token: str, number: int) -> bytes:
    references = "".join(f"&#{ord(character)};" for character in token)
    return _json(error_msg=(html.escape(token), references)[number % 2])


def _base64(token: str, number: int) -> bytes:
    shifted = b"x" * (number % 3) + token.encode() + b"yz"
    encode = (base64.b64encode, base64.urlsafe_b64encode)[number // 3 % 2]
    return _json(error_msg=f"({encode(shifted).decode()})")


def _hex(token: str, number: int) -> bytes:
    digits = token.encode().hex()
    return _json(error_msg=(digits, digits.upper())[number % 2])


def _header(token: str, _number: int) -> bytes:
    return answer(400, _body("no"), {"X-Auth-Token": token, "X-Echo": f"<{token}>", "Set-Cookie": f"t={token}; Path=/"})


def _header_name(token: str, _number: int) -> bytes:
    return answer(400, _body("no"), {f"X-{token.encode().hex()}": "1"})


def _media_type(token: str, _number: int) -> bytes:
    return answer(400, _body("no"), {"Content-Type": f"text/plain; token={token}"})


def _reason(token: str, _number: int) -> bytes:
    return answer(400, b"[]", reason=token)


def _location(token: str, _number: int) -> bytes:
    return answer(302, headers={"Location": f"http://127.0.0.1:9/?token={quote(token, safe='')}&again={token}"})


def _long_location(token: str, number: int) -> bytes:
    return answer(302, headers={"Location": "x" * number + token * REPETITIONS})


def _gzipped(token: str, _number: int) -> bytes:
    return answer(400, gzip.compress(_body(token)), {"Content-Encoding": "gzip"})


def _deflated(token: str, _number: int) -> bytes:
    return answer(400, zlib.compress(_body(token)), {"Content-Encoding": "deflate"})


def _gzip_unnamed(token: str, _number: int) -> bytes:
    """Send gzip without Content-Encoding, not compressed, so that the octets of the token remain."""
    stored = zlib.compressobj(0, wbits=31)
    return answer(400, stored.compress(token.encode()) + stored.flush())


def _chunks(token: str, _number: int) -> bytes:
    head = b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"1\r\n%c\r\n" % octet for octet in _body(token)) + b"0\r\n\r\n"


def _status_line(token: str, _number: int) -> bytes:
    return f"HTTP/1.1 {token} OK\r\n\r\n".encode()


def _header_line(token: str, _number: int) -> bytes:
    return f"HTTP/1.1 400 Bad\r\n{token}\r\nX-Echo {token}\r\n\r\n".encode()


def _chunk_line(token: str, _number: int) -> bytes:
    return f"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n{token}\r\n".encode()


def _length(token: str, _number: int) -> bytes:
    return answer(400, b"{}", {"Content-Length": token})


def _coding(token: str, _number: int) -> bytes:
    return answer(400, b"{}", {"Content-Encoding": token})


def _everywhere(token: str, number: int) -> bytes:
    """Repeat the token in everything that a report may quote, at a different offset each time."""
    long = "x" * (number * 7 % len(token)) + token * REPETITIONS
    body = {
        "error_code": long,
        "error_msg": long,
        "request_id": long,
        long: long,
        "job": {"async_job_id": long, "status": long, "msg": long, long: long},
    }
    headers = {"Content-Type": f"text/{long}", "X-Request-Id": long, "Content-Language": long, "Allow": long}
    headers |= {"Location": long, "Content-Encoding": long}
    return answer(STATUSES[number % len(STATUSES)], json.dumps(body).encode(), headers)


def _names_twice(token: str, _number: int) -> bytes:
    name = json.dumps(token * REPETITIONS)
    return answer(400, f"{{{name}: 1, {name}: 2}}".encode())


def _offsets(token: str, number: int) -> bytes:
    """Place the token across the positions where reports cut texts."""
    at = (120, 4096)[number % 2] - number // 2 % len(token)
    return (_json(error_msg="x" * at + token), answer(400, b"x" * at + token.encode()))[number // 2 % 2]


def _large(token: str, number: int) -> bytes:
    """Fill an answer of nearly a megabyte with the token, or with something similar."""
    filling = (token, token[:-1] + " ", "&#" + "0" * 1000, "%25" * 300)[number % 4]
    return _json(error_msg=filling * (1_000_000 // len(json.dumps(filling))))


def _wrong_types(token: str, number: int) -> bytes:
    """Return the token in values of wrong types: a list, the name of a member."""
    wrong: object = ([token], {token: token}, [[token] * REPETITIONS])[number % 3]
    return answer(400, json.dumps({"error_code": wrong, "error_msg": wrong}).encode())


def _body(message: str) -> bytes:
    return json.dumps({"error_code": SHORT_CODE, "error_msg": message}).encode()


def _echo(
    name: str,
    respond: Callable[[str, int], bytes],
    word: str = "ERR-003",
    code: int = VIOLATES,
    shows: tuple[str, ...] = (),
    *,
    requests: str = "100",
) -> Hostile:
    limit = ("--max-requests", requests)
    return Hostile(
        f"token in {name}", f"returns the token in {name}", knowing(respond), code, (word,), limit, shows=shows
    )


ECHOED = ("HTTP-005",)

TARGETS = (
    _echo("a message", _message, shows=ECHOED),
    _echo("a URL", _percent, shows=ECHOED),
    _echo("a URL of nothing but escapes", _percent_all, shows=ECHOED),
    _echo("JSON escapes", _json_escaped, shows=ECHOED),
    _echo("JSON in JSON", _json_in_json, shows=ECHOED),
    _echo("HTML", _html_escaped, shows=ECHOED),
    _echo("base64", _base64, shows=ECHOED),
    _echo("hexadecimal", _hex, shows=ECHOED),
    _echo("headers", _header, shows=ECHOED),
    _echo("the name of a header", _header_name),
    _echo("the media type", _media_type, shows=ECHOED),
    _echo("the reason phrase", _reason, "ERR-001"),
    _echo("gzip", _gzipped, shows=ECHOED),
    _echo("deflate", _deflated, shows=ECHOED),
    _echo("gzip that is not named", _gzip_unnamed, "ERR-001"),
    _echo("chunks of one octet", _chunks, shows=ECHOED),
    _echo("wrong types", _wrong_types, "ERR-002"),
    _echo("names of members", _names_twice, "ERR-001"),
    _echo("all places, over and over", _everywhere, "broken"),
    _echo("the places where texts are cut", _offsets, "broken", requests="300"),
    _echo("a megabyte of it", _large),
    _echo("a content coding", _coding, "broken"),
    _echo("a redirect", _location, "redirects", INCONCLUSIVE),
    _echo("a long redirect", _long_location, "redirects", INCONCLUSIVE),
    _echo("a wrong status line", _status_line, "URL", GONE),
    _echo("a wrong header line", _header_line, "URL", GONE),
    _echo("a wrong chunk", _chunk_line, "URL", GONE),
    _echo("a wrong length", _length, "URL", GONE),
)

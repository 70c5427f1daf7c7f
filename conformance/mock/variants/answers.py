"""Variants in the form of answers: JSON, headers, compression and framing."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import time
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.mock.variants.registry import step_variant, variant

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import Pipeline, RequestContext

EXAMPLE_ID = "ac64275d-ae2a-4597-9bb5-a021af3f33e9"

_UNDOCUMENTED: dict[str, Any] = {
    "": "",
    "details": None,
    "Job": {"async_job_id": 7, "status": [], "msg": {}},
    "errorCode": 0,
    "links": [{"rel": "self", "href": "\N{CJK UNIFIED IDEOGRAPH-6279}/\U0001f4be"}, 1.5e300, -0.0, False],
}


def _undocumented(value: object) -> object:
    return (
        {**_UNDOCUMENTED, **{name: _undocumented(member) for name, member in value.items()}}
        if isinstance(value, dict)
        else value
    )


def _reversed(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _reversed(value[name]) for name in reversed(value)}


@variant("extra-members")
def _extra_members(_context: RequestContext, answer: Answer) -> Answer:
    """Add undocumented members to every JSON object of every answer."""
    return answer.with_json(_undocumented(answer.json())) if answer.body else answer


@variant("pretty-json")
def _pretty_json(_context: RequestContext, answer: Answer) -> Answer:
    """Indent JSON, reverse the order of its members, and put blank lines around it."""
    if not answer.body:
        return answer
    text = json.dumps(_reversed(answer.json()), ensure_ascii=False, indent="\t", separators=(" ,", " : "))
    return replace(answer, body=f"\r\n {text}\n\n".encode())


@variant("escaped-json")
def _escaped_json(_context: RequestContext, answer: Answer) -> Answer:
    r"""Write each character of JSON strings and names as \uXXXX, with surrogate pairs."""
    return replace(answer, body=_escaped(answer.json()).encode()) if answer.body else answer


def _escaped(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(name)}:{_escaped(member)}" for name, member in value.items()) + "}"
    if isinstance(value, str):
        units = value.encode("utf-16-be")
        return '"' + "".join(rf"\u{units[at]:02x}{units[at + 1]:02X}" for at in range(0, len(units), 2)) + '"'
    return json.dumps(value)


@variant("empty-values")
def _empty_values(_context: RequestContext, answer: Answer) -> Answer:
    """Send empty strings as the status and the msg of a committed batch."""
    if answer.status != 200:
        return answer
    return answer.with_json({"job": {**answer.json()["job"], "status": "", "msg": ""}})


@variant("published-example")
def _published_example(_context: RequestContext, answer: Answer) -> Answer:
    """Answer each commit that succeeds with the published example: another ID, and neither status nor msg."""
    return answer.with_json({"job": {"async_job_id": EXAMPLE_ID}}) if answer.status == 200 else answer


@variant("odd-media-type")
def _odd_media_type(_context: RequestContext, answer: Answer) -> Answer:
    """Write the media type in another case, with a quoted charset."""
    return answer.with_header("Content-Type", 'Application/JSON;Charset="UTF-8"')


@variant("media-type-parameters")
def _media_type_parameters(_context: RequestContext, answer: Answer) -> Answer:
    """Add meaningless parameters to the media type, one of them quoted and with a semicolon."""
    return answer.with_header("Content-Type", 'application/json; note="a; charset=none"; profile=x')


@variant("ascii")
def _ascii(_context: RequestContext, answer: Answer) -> Answer:
    """Send JSON in ASCII, a subset of UTF-8, and label it as US-ASCII."""
    if not answer.body:
        return answer
    body = json.dumps(answer.json()).encode("ascii")
    return replace(answer, body=body).with_header("Content-Type", "application/json; charset=us-ascii")


@variant("half-characters")
def _half_characters(_context: RequestContext, answer: Answer) -> Answer:
    r"""End names and messages in half of a surrogate pair, written as \uXXXX, as if cut after 16 bits."""
    if not answer.body:
        return answer
    document = {**answer.json(), "x\ud83d": ["\udcbe"]}
    if answer.status == 400:
        document["error_msg"] = f"{document['error_msg']} \ud83d"
    return replace(answer, body=json.dumps(document).encode("ascii"))


@variant("few-headers")
def _few_headers(_context: RequestContext, answer: Answer) -> Answer:
    """Send answers without X-Request-Id."""
    return answer.with_header("X-Request-Id", None)


@variant("many-headers")
def _many_headers(_context: RequestContext, answer: Answer) -> Answer:
    """Add eighty headers to answers, with long ones, empty ones and cookies among them."""
    more = (
        *((f"X-Field-{number:02}", "v" * number * 7) for number in range(72)),
        ("X-Long", "0123456789abcdef" * 512),
        ("Set-Cookie", "session=1; Path=/; HttpOnly"),
        ("Set-Cookie", "lang=en-us; Expires=Thu, 01 Jan 2037 00:00:00 GMT"),
        ("Content-Language", "en, zh"),
        ("Cache-Control", "no-store"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("Via", "1.1 a, 1.1 b"),
        ("Vary", "*"),
    )
    return replace(answer, headers=(*answer.headers, *more))


@variant("path-in-a-header")
def _path_in_a_header(context: RequestContext, answer: Answer) -> Answer:
    """Repeat the path, percent-encoded as received, in Content-Location."""
    return answer.with_header("Content-Location", context.request.path.decode("latin-1"))


@variant("chunked")
def _chunked(context: RequestContext, answer: Answer) -> Answer:
    """Send answers in chunks, except to HTTP/1.0."""
    if context.request.version == "1.0":
        return answer
    return answer.with_header("Content-Length", None).with_header("Transfer-Encoding", "chunked")


@variant("gzip")
def _gzip(context: RequestContext, answer: Answer) -> Answer:
    """Compress answers with gzip if the client accepts it."""
    if not answer.body or not _accepts(context, b"gzip"):
        return answer
    return replace(answer, body=gzip.compress(answer.body)).with_header("Content-Encoding", "gzip")


@variant("deflate")
def _deflate(context: RequestContext, answer: Answer) -> Answer:
    """Compress answers with deflate if the client accepts it."""
    if not answer.body or not _accepts(context, b"deflate"):
        return answer
    return replace(answer, body=zlib.compress(answer.body)).with_header("Content-Encoding", "Deflate")


def _accepts(context: RequestContext, coding: bytes) -> bool:
    values = b",".join(context.request.distinct("Accept-Encoding")).lower().replace(b" ", b"").split(b",")
    return coding in values or any(re.fullmatch(rb"%s;q=(1|0\.\d*[1-9])" % coding, value) for value in values)


@variant("connection-close")
def _connection_close(_context: RequestContext, answer: Answer) -> Answer:
    """Close the connection after each answer."""
    return answer.with_header("Connection", "close")


@step_variant("slow")
def _slow(pipeline: Pipeline) -> Pipeline:
    """Wait one second before every twentieth answer."""
    numbers = itertools.count(1)

    def wait(_context: RequestContext, answer: Answer) -> Answer:
        if next(numbers) % 20 == 0:
            time.sleep(1)
        return answer

    return pipeline.rewritten(wait)

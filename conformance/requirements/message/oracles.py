"""Oracles of MSG: each answer as it came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from conformance.exchange.wire import Rule
from conformance.requirements.message.grammar import VALUES, elements, is_challenge_list, time_of
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from conformance.exchange.exchange import Exchange

SINGLE = (
    "Content-Type",
    "Content-Location",
    "Content-Range",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Server",
    "X-Request-Id",
)
"""Headers that are not lists. Content-Length is judged with the framing."""
NOT_IN_TRAILERS = frozenset(
    (
        *("allow", "authentication-info", "cache-control", "connection", "content-encoding", "content-language"),
        *("content-location", "content-range", "content-type", "date", "host", "keep-alive", "location"),
        *("proxy-authenticate", "retry-after", "set-cookie", "te", "trailer", "upgrade", "vary", "www-authenticate"),
    )
)
"""Headers that a client needs before the content, in lower case. The framing of trailers is judged with the framing."""
FOR_THE_CONNECTION = ("Keep-Alive", "Upgrade", "TE")
FOR_ALL = frozenset(
    (
        *("allow", "cache-control", "content-encoding", "content-language", "content-length", "content-location"),
        *("content-type", "date", "etag", "expires", "last-modified", "location", "retry-after", "server"),
        *("set-cookie", "vary", "via", "www-authenticate", "x-request-id"),
    )
)
"""Headers for all recipients of an answer, which Connection must not name, in lower case."""
HALF_AN_HOUR = dt.timedelta(minutes=30)
"""The smallest difference between time zones."""
REDIRECTIONS = (301, 302, 303, 307, 308)
REFERS_TO = {
    406: "header that rules JSON out",
    412: "condition",
    413: "content",
    416: "Range header",
    417: "Expect header",
}
"""The part of a call that each of these statuses is about."""


@oracle("MSG-001")
def grammar(exchange: Exchange) -> Judgement | None:
    """The lines of an answer, and of those before it and of its trailer, are as RFC 9112 demands of a server."""
    return _read(exchange, (Rule.LINES,))


@oracle("MSG-002")
def headers_once(exchange: Exchange) -> Judgement | None:
    """Headers that are not lists, such as Date, Content-Type and X-Request-Id, occur once in an answer."""
    for name in SINGLE:
        values = exchange.response.values(name)
        if len(values) > 1:
            return violated(f"one {name}", f"{len(values)}, of which the first is {name}: {values[0]}")
    return passed()


@oracle("MSG-003")
def header_values(exchange: Exchange) -> Judgement | None:
    """Standard headers have values of their kind: dates, media types, URIs, lists. Last-Modified is not after Date."""
    for name, value in exchange.response.headers:
        kind = VALUES.get(name.lower())
        if kind is not None and not kind.fits(value):
            return violated(f"{kind.kind} in {name}", f"{name}: {value}")
    date, modified = (exchange.response.values(name)[:1] for name in ("Date", "Last-Modified"))
    now, then = (time_of(value) for value in (*date, *modified)) if date and modified else (None, None)
    if now and then and then > now:
        return violated(f"a Last-Modified that is not after {date[0]}", f"Last-Modified: {modified[0]}")
    return passed()


@sequence_oracle(
    "MSG-004",
    "answers-of-each-kind",
    "commits-on-a-used-connection",
    "foreign-calls-have-no-effect",
    "calls-with-the-token-of-another-project",
)
def date(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Either all answers of 2xx, 3xx and 4xx have a Date, or the server has no clock and none has one."""
    dated = [(exchange, exchange.response.values("Date")) for exchange in exchanges if 200 <= exchange.status < 500]
    if not any(values for _, values in dated):
        return passed() if dated else None
    without = [exchange.status for exchange, values in dated if not values]
    return violated("a Date in each answer, as in others", f"status {without[0]} without Date") if without else passed()


@sequence_oracle(
    "MSG-012",
    "answers-of-each-kind",
    "commits-on-a-used-connection",
    "foreign-calls-have-no-effect",
    "calls-with-the-token-of-another-project",
)
def one_clock(exchanges: Sequence[Exchange]) -> Judgement | None:
    """The dates of answers that came within moments are less than half an hour apart, as time zones are."""
    values = [value for exchange in exchanges for value in exchange.response.values("Date")[:1]]
    times = sorted((time, value) for value in values if (time := time_of(value)) is not None)
    if len(times) < 2:
        return None
    (first, _), (last, value) = times[0], times[-1]
    if last - first < HALF_AN_HOUR:
        return passed()
    return violated(f"a Date near {times[0][1]}, as of another answer", f"Date: {value}")


@oracle("MSG-005")
def challenge(exchange: Exchange) -> Judgement | None:
    """A 401 has a WWW-Authenticate with a challenge, whose realm is in quotes and whose parameters occur once."""
    if exchange.status != 401:
        return None
    values = exchange.response.values("WWW-Authenticate")
    if not values:
        return violated("a WWW-Authenticate header", "no WWW-Authenticate header")
    wrong = [value for value in values if not is_challenge_list(value)]
    return violated("a challenge in WWW-Authenticate", f"WWW-Authenticate: {wrong[0]}") if wrong else passed()


@oracle("MSG-006")
def end(exchange: Exchange) -> Judgement | None:
    """An answer has one length, and nothing follows it. There is no content after HEAD and with 204, 205 and 304."""
    if exchange.status == 205 and exchange.response.body:
        return violated("no content in a 205", f"{len(exchange.response.body)} octets")
    return _read(exchange, (Rule.FRAMING, Rule.CONTENT))


@oracle("MSG-007")
def delimited(exchange: Exchange) -> Judgement | None:
    """An answer in HTTP/1.1 that may have content has a Content-Length, is chunked, or has Connection: close."""
    wire, form = exchange.response.wire, exchange.request.form
    older = not wire.status_line.startswith(b"HTTP/1.1 ") or (form is not None and form.version == "1.0")
    if older or exchange.request.method == "HEAD" or exchange.status in (204, 304):
        return None
    # As servers written for each request do, and those that cannot read one.
    if "close" in _names(exchange, "Connection"):
        return None
    framed = any(exchange.response.values(name) for name in ("Content-Length", "Transfer-Encoding"))
    return passed() if framed else violated("Content-Length or Transfer-Encoding: chunked", "neither of them")


@oracle("MSG-008")
def trailers(exchange: Exchange) -> Judgement | None:
    """The trailer has only headers that Trailer announces, and none that belongs in the head, such as Content-Type."""
    wire = exchange.response.wire
    if not wire.status_line:
        return None
    announced = _names(exchange, "Trailer")
    for line in wire.trailer_lines:
        name = line.partition(b":")[0].decode("latin-1")
        shown = f"{line.decode('latin-1')} in the trailer"
        if name.lower() in NOT_IN_TRAILERS:
            return violated(f"{name} in the head alone", shown)
        if name.lower() not in announced:
            return violated(f"{name} in a Trailer header", shown)
    return passed()


@oracle("MSG-009")
def needed_headers(exchange: Exchange) -> Judgement | None:
    """A redirection has Location, a 426 has Upgrade, and a 415 to a call without a coding has no Accept-Encoding."""
    needed = {426: "Upgrade", **dict.fromkeys(REDIRECTIONS, "Location")}.get(exchange.status)
    if needed is not None:
        found = exchange.response.values(needed)
        return passed() if found else violated(f"a {needed} header", f"status {exchange.status} without {needed}")
    if exchange.status != 415 or exchange.request.values("Content-Encoding"):
        return None
    codings = exchange.response.values("Accept-Encoding")
    what = "no Accept-Encoding, as the call has no content coding"
    return violated(what, f"Accept-Encoding: {codings[0]}") if codings else passed()


@oracle("MSG-010")
def connection(exchange: Exchange) -> Judgement | None:
    """Connection names Keep-Alive, Upgrade and TE if an answer has them, and no header for all recipients."""
    options = _names(exchange, "Connection")
    for name in FOR_THE_CONNECTION:
        values = exchange.response.values(name)
        if values and name.lower() not in options:
            return violated(f"{name} in Connection", f"{name}: {values[0]}")
    wrong = sorted(options & FOR_ALL)
    return violated("no header for all recipients in Connection", f"Connection: {wrong[0]}") if wrong else passed()


@oracle("MSG-011")
def status_of_a_part(exchange: Exchange) -> Judgement | None:
    """A refusal of a call with the usual headers and no content is not a 406, 412, 413, 416 or 417."""
    situation = exchange.situation
    # A gateway may refuse odd headers and characters with any status.
    if not situation.canonical or not situation.ordinary_id or not 400 <= exchange.status < 500:
        return None
    part = REFERS_TO.get(exchange.status)
    if part is None:
        return passed()
    return violated(f"another status than {exchange.status}, as the call has no {part}", f"status {exchange.status}")


def _read(exchange: Exchange, rules: Collection[Rule]) -> Judgement | None:
    """Return the first flaw of these kinds that was found in the octets of an answer."""
    wire = exchange.response.wire
    if not wire.status_line:
        return None
    flaw = next((flaw for flaw in wire.flaws if flaw.rule in rules), None)
    return violated(f"{flaw.expected} ({flaw.rule.value})", flaw.actual) if flaw else passed()


def _names(exchange: Exchange, name: str) -> frozenset[str]:
    """Return the elements of a list of names, in lower case."""
    values = exchange.response.values(name)
    return frozenset(element.lower() for value in values for element in elements(value) or ())

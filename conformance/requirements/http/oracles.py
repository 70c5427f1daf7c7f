"""Oracles of HTTP: the protocol itself, and the robustness of the server."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from conformance.exchange.exchange import TransportFailure
from conformance.exchange.redaction import Redactor
from conformance.exchange.strict_json import MalformedError
from conformance.exchange.tokens import is_placeholder_token
from conformance.requirements.oracle_helpers import CONTROL, chinese, json_object, member, misframed, string_in, texts
from conformance.requirements.oracle_registry import (
    KEPT,
    Judgement,
    UndecidedError,
    oracle,
    passed,
    sequence_oracle,
    violated,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

BROKEN_OFF = ("protocol", "too-large")
UNCOMPRESSED = ("identity",)
PARTIAL_CONTENT, BAD_REQUEST = 206, 400
INSIDE = r"""
Traceback (most recent   => Traceback \(most recent
File "                   => ^[^\S\n]*File "[^"]+", line \d
at                       => \bat [\w.$<>]+\([\w.]+\.(?:java|kt|scala|js|ts):\d
java.                    => \bjava\.(?:lang|util|io|net|sql)\.\w
org.                     => \borg\.(?:springframework|apache|hibernate|mybatis)\.\w
NullPointerException     => \b\w*NullPointerException
Exception in thread      => Exception in thread
goroutine                => \bgoroutine \d+ \[
panic:                   => \bpanic:[ ]
System.                  => \bSystem\.\w+Exception\b
error in your SQL syntax => error in your SQL syntax
syntax error at or near  => syntax error at or near
sqlite                   => \bsqlite3?\.\w+Error
psycopg                  => \bpsycopg2?\.\w
pymysql.                 => \bpymysql\.
Whitelabel Error Page    => Whitelabel Error Page
Werkzeug Debugger        => Werkzeug Debugger
panicked at              => \bpanicked at\b
.rs:                     => (?<![\w./\\-])[\w./\\-]+?\.rs:\d
:\                       => (?<!\w)[A-Za-z]:(?:\\+[\w(][\w. ()-]*){2}
/                        => (?<![\w./-])(?>[\w./-]*?/(?:usr|home|opt|var|root|app|srv)/)[\w./-]+\.(?:ENDING)\b
/                        => (?<![\w./:-])/(?:(?:usr|opt|var|root|srv|tmp|proc|home/[\w.-]+)/[\w.-]+/|ETC)[\w.-]+
"""
"""Stack traces, error messages of databases, and paths on the server: a text that each contains, and its pattern.

The target chooses the answer. So no two attempts at a match read the same part of it: they begin at the start of a
word, of a line or of a path, and end with it.
"""
ETC = r"etc/(?!my\.cnf|mysql|postgresql|mongo|redis|ora)"
"""Without files of the databases that a batch migrates, which a message about a failed check may name."""
ENDING = "py|rb|php|js|go|so|jar|conf"
PATTERNS = [
    (text.strip(), re.compile(pattern.replace("ENDING", ENDING).replace("ETC", ETC), re.MULTILINE))
    for text, pattern in (line.split(" => ") for line in INSIDE.strip().splitlines())
]
UNDOCUMENTED = {"GET", "PUT", "PATCH", "DELETE"}
"""Methods that the operation does not have, and that are not for every resource as HEAD, OPTIONS and TRACE are."""
SHORT = 3
"""The length in characters up to which a sent value is too short to be recognised in an answer."""
LONGEST_CLEAN, MOST_CLEAN = 1000, 1000
"""Characters of a text, and texts, that are kept as texts without a token."""


@oracle("HTTP-001", unanswered=True)
def documented_call_is_answered(exchange: Exchange) -> Judgement | None:
    """A documented call gets a complete answer in well-formed HTTP.

    Compression and reused connections are judged by HTTP-007 and HTTP-010 instead.
    """
    return _answered(exchange, BROKEN_OFF) if exchange.situation.documented and exchange.simple else None


@oracle("HTTP-002", unanswered=True)
def any_call_is_answered(exchange: Exchange) -> Judgement | None:
    """Every other call gets a complete answer as well, and no call times out."""
    elsewhere = exchange.situation.documented or exchange.reused
    return _answered(exchange, ("timeout",) if elsewhere else (*BROKEN_OFF, "timeout"))


@oracle("HTTP-003")
def no_server_error(exchange: Exchange) -> Judgement | None:
    """No undocumented request is answered with a status of 500 or above; REQ-001 judges documented calls.

    501 is the answer to an unknown method, and to an unknown transfer coding, which CLIENT-004 judges.
    """
    if exchange.situation.documented:
        return None
    # RFC 9110, section 15.6.2; RFC 9112, section 6.1.
    form = exchange.request.form
    in_chunks = form is not None and form.framing in ("chunked", "annotated")
    if exchange.status == 501 and (exchange.situation.operation is None or in_chunks):
        return passed()
    return passed() if exchange.status < 500 else violated("a status below 500", f"status {exchange.status}")


@oracle("HTTP-004")
def allow(exchange: Exchange) -> Judgement | None:
    """A 405 has an Allow header (RFC 9110, section 15.5.6) with the documented method and without the refused one.

    Methods that are documented for no operation of the path are refused as well (REQ-007), apart from those that HTTP
    defines for every resource.
    """
    if exchange.status != 405:
        return None
    values = exchange.response.values("Allow")
    if not values:
        return violated("an Allow header", "no Allow header")
    path_of, method = exchange.situation.path_of, exchange.request.method
    allowed = {name.strip() for value in values for name in value.split(",")}
    if method in allowed:
        return violated(f"an Allow header without {method}, which is refused", f"Allow: {', '.join(values)}")
    if path_of is not None and path_of.method not in allowed:
        return violated(f"an Allow header with {path_of.method}, which is documented", f"Allow: {', '.join(values)}")
    refused = sorted(allowed & UNDOCUMENTED - {path_of.method}) if path_of is not None else []
    if refused:
        return violated(f"an Allow header without {refused[0]}, which is not documented", f"Allow: {', '.join(values)}")
    return passed()


@oracle("HTTP-005")
def token_is_not_echoed(exchange: Exchange) -> Judgement | None:
    """The answer does not contain the token that was sent."""
    tokens = [
        token
        for token in exchange.request.values("X-Auth-Token")
        if len(token) >= 8 and not is_placeholder_token(token)
    ]
    if not tokens or exchange.request.method == "TRACE":
        return None
    fields = (text for field in exchange.response.headers for text in field)
    texts = (*fields, exchange.response.body.decode(errors="replace"))
    # Encoded forms take longer to find, so only the beginning is searched for them, and no text over again.
    clean = _clean(*tokens)
    new = [text for text in texts if text not in clean]
    joined = "\n".join(new)
    if any(token in joined for token in tokens) or _redactor(*tokens).finds(joined[:KEPT]):
        return violated("an answer without the token", "the token in the answer")
    if len(clean) < MOST_CLEAN and len(joined) <= KEPT:
        clean.update(text for text in new if len(text) <= LONGEST_CLEAN)
    return passed()


@oracle("HTTP-006")
def inside_is_hidden(exchange: Exchange) -> Judgement | None:
    """An answer contains no stack trace, no error message of a database and no path of a file on the server."""
    if exchange.request.method == "TRACE":
        return None
    text = "\n".join(texts(exchange.response))
    # Text that the caller sent and gets back does not reveal anything.
    for own in (exchange.situation.batch_id, *(value for _, value in exchange.request.headers)):
        text = text.replace(own, " ") if len(own) > SHORT else text
    found = next((found for part, kind in PATTERNS if part in text and (found := kind.search(text))), None)
    return violated("a message for the caller", f"internals of the server: {found[0].strip()!r}") if found else passed()


@sequence_oracle("HTTP-007", "calls-that-accept-compression", unanswered=True)
def compression_changes_nothing(exchanges: Sequence[Exchange]) -> Judgement | None:
    """The answer to a caller who accepts gzip or deflate can be decoded and has the usual status and error_code.

    ERR-001 judges whether a 400 is JSON.
    """
    plain = exchanges[0]
    codes = {(exchange.status, member(exchange, "error_code")) for exchange in exchanges[:CONTROL]}
    if len(codes) > 1 or isinstance(plain.outcome, TransportFailure):
        return None  # identical calls are not answered alike
    for exchange in exchanges[CONTROL:]:
        coding = exchange.request.values("Accept-Encoding")[0]
        if isinstance(exchange.outcome, TransportFailure):
            if exchange.outcome.kind in BROKEN_OFF:
                return violated(f"an answer to a caller who accepts {coding}", exchange.outcome.detail)
            return None
        if exchange.status == plain.status == BAD_REQUEST and not json_object(exchange):
            continue
        if (exchange.status, member(exchange, "error_code")) != (plain.status, member(plain, "error_code")):
            by_code = exchange.status == plain.status
            return violated(f"{_answer(plain)}, also with {coding}", _answer(exchange), by_code=by_code)
    return passed()


@sequence_oracle("HTTP-010", "calls-on-one-connection", unanswered=True)
def one_connection(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Calls in Chinese, without a token and in no language are answered on one connection as on separate ones.

    MSG-006 judges where the answers on separate ones end.
    """
    alone, together = exchanges[:CONTROL], exchanges[CONTROL:]
    unanswered = any(isinstance(exchange.outcome, TransportFailure) for exchange in alone)
    if unanswered or alone[0].status != alone[2].status or misframed(alone):
        return None  # identical calls are not answered alike, or those that follow cannot be
    texts_alone = [string_in(exchange, "error_msg") for exchange in alone]
    for number, exchange in enumerate(together):
        usual = alone[number % CONTROL]
        if isinstance(exchange.outcome, TransportFailure):
            if exchange.outcome.kind in BROKEN_OFF:
                return violated("an answer to each call on one connection", exchange.outcome.detail)
            return None
        if exchange.status != usual.status:
            return violated(f"status {usual.status}, as on a separate connection", f"status {exchange.status}")
        text = string_in(exchange, "error_msg")
        if text is not None and chinese(text) != chinese(texts_alone[number % CONTROL] or "") and text in texts_alone:
            return violated(f"the message {texts_alone[number % CONTROL]!r}, as on a separate connection", repr(text))
    return passed()


@oracle("HTTP-008")
def one_framing(exchange: Exchange) -> Judgement | None:
    """An answer does not have both Content-Length and Transfer-Encoding (RFC 9112, section 6.2)."""
    framing = [name for name in ("Content-Length", "Transfer-Encoding") if exchange.response.values(name)]
    return violated("Content-Length or Transfer-Encoding", " and ".join(framing)) if len(framing) > 1 else passed()


@oracle("HTTP-009")
def no_injected_header(exchange: Exchange) -> Judgement | None:
    """A line of the ID that looks like a header is not returned as a header."""
    lines = exchange.situation.batch_id.splitlines()[1:]
    fields = [(name.strip(), value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon]
    if not fields:
        return None
    injected = [name for name, value in fields if value in exchange.response.values(name)]
    return violated("no header from the ID", f"the header {injected[0]}") if injected else passed()


def _answer(exchange: Exchange) -> str:
    code = member(exchange, "error_code")
    return f"status {exchange.status}" if code is None else f"status {exchange.status} and {code!r}"


@functools.lru_cache(maxsize=16)
def _clean(*_tokens: str) -> set[str]:
    """Return a set for short texts of answers that have none of these tokens, which most answers repeat."""
    return set()


@functools.lru_cache(maxsize=16)
def _redactor(*tokens: str) -> Redactor:
    return Redactor(*tokens)


@oracle("HTTP-011")
def called_json(exchange: Exchange) -> Judgement | None:
    """A body labelled application/json is well-formed JSON, unless the status says that it is a part of one."""
    called = [value.partition(";")[0].strip().lower() for value in exchange.response.values("Content-Type")]
    if called != ["application/json"] or exchange.request.method == "HEAD" or not exchange.response.body:
        return None
    if exchange.status == PARTIAL_CONTENT:
        return None
    try:
        exchange.response.json()
    except MalformedError as error:
        return violated("well-formed JSON", str(error))
    return passed()


@oracle("HTTP-012")
def no_coding_unasked(exchange: Exchange) -> Judgement | None:
    """An answer has no content coding if the caller accepts none."""
    if exchange.request.values("Accept-Encoding") != UNCOMPRESSED:
        return None
    codings = [value for value in exchange.response.values("Content-Encoding") if value.strip().lower() != "identity"]
    return violated("no Content-Encoding", f"Content-Encoding: {codings[0]}") if codings else passed()


@oracle("HTTP-013")
def trace_without_token(exchange: Exchange) -> Judgement | None:
    """The answer to TRACE does not repeat the token of the request."""
    tokens = exchange.request.values("X-Auth-Token")
    if exchange.request.method != "TRACE" or not tokens:
        return None
    found = any(token.encode() in exchange.response.body for token in tokens)
    return violated("an answer to TRACE without X-Auth-Token", "the token of the request") if found else passed()


def _answered(exchange: Exchange, failures: Sequence[str]) -> Judgement | None:
    if not isinstance(exchange.outcome, TransportFailure):
        return passed()
    failure, wire = exchange.outcome, exchange.outcome.wire
    if failure.kind not in failures:
        return None
    if wire.complete and not wire.flaws:
        raise UndecidedError("the HTTP library refuses an answer in which the suite finds no flaw")
    flaw = f"{wire.flaws[0].actual} instead of {wire.flaws[0].expected}: " if wire.flaws else ""
    return violated("a complete answer in well-formed HTTP", flaw + failure.detail)

"""Oracles of CLIENT: they compare the answers to calls in other forms with the answer to the usual call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.exchange.classification import NEEDLESS
from conformance.exchange.exchange import Form, TransportFailure
from conformance.requirements.oracle_helpers import chinese, json_object, misframed, string_in
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated
from conformance.target.octets import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.exchange.exchange import Exchange

USUAL = 2
"""The number of usual calls at the beginning of a scenario."""
CLOSING = 4
"""The number of calls with close at the beginning of a scenario."""
TIMES = 3
"""The number of calls alike without close, of which there are two kinds."""
QUICK = PATIENCE / 4
"""Seconds of an answer up to which the target is quick enough to be judged on the order of what it sends."""
LONGEST_LINE = 8000
SHORTEST_LONG_LINE = 4000
PIPELINED = 3
"""The number of calls that are sent alone, and then at once."""
OK, LENGTH_REQUIRED, URI_TOO_LONG, EXPECTATION_FAILED = 200, 411, 414, 417
REFUSED_CODING = re.compile(r"[ \t]*([^ \t,;]+)[ \t]*;[ \t]*[qQ]=0(?:\.0{0,3})?[ \t]*")

Answer = tuple[int, str | None]


@sequence_oracle("CLIENT-001", "calls-in-the-older-version")
def http_1_0(exchanges: Sequence[Exchange]) -> Judgement | None:
    """An answer to HTTP/1.0 has no Transfer-Encoding and follows no 1xx, and the connection ends after it."""
    for exchange in exchanges:
        wire = exchange.response.wire
        if wire.interim:
            return violated("no interim response to HTTP/1.0", wire.interim[0].decode("latin-1"))
        codings = exchange.response.values("Transfer-Encoding")
        if codings:
            return violated("no Transfer-Encoding in an answer to HTTP/1.0", f"Transfer-Encoding: {codings[0]}")
        if not wire.ended and not exchange.request.values("Connection"):
            return violated("the end of the connection after an answer to HTTP/1.0", _open(exchange))
    return passed()


@sequence_oracle("CLIENT-002", "calls-that-close")
def closed_as_announced(exchanges: Sequence[Exchange]) -> Judgement | None:
    """The answer to a call with close has close, and ends the connection; none ends it at once without close.

    An answer in HTTP/1.0 announces the end by its version.
    """
    for exchange in exchanges[:CLOSING]:
        call = " and ".join(f"Connection: {value}" for value in exchange.request.values("Connection"))
        if not exchange.response.wire.ended:
            return violated(f"the end of the connection after a call with {call}", _open(exchange))
        if not _announces_end(exchange):
            return violated(f"Connection: close in the answer to a call with {call}", _connection(exchange))
    # A server may close a connection at any time, but hardly each after the same call.
    for alike in (exchanges[CLOSING : CLOSING + TIMES], exchanges[CLOSING + TIMES :]):
        if all(one.response.wire.ended and _delimited(one) and not _announces_end(one) for one in alike):
            return violated(
                f"Connection: close in a {alike[0].status} that ends the connection",
                f"{_connection(alike[0])} in each of {len(alike)}",
            )
    return passed()


@sequence_oracle("CLIENT-003", "calls-in-other-forms")
def equivalent_heads(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call in absolute form, in parts, with or without blanks or with a quoted charset is answered as usual."""
    return _alike(exchanges, _form)


@sequence_oracle("CLIENT-004", "calls-in-each-framing")
def each_framing(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call without Content-Length, or with its content in chunks, is answered as with Content-Length, or with 411."""
    judged = [exchange for exchange in exchanges if exchange.status != LENGTH_REQUIRED]
    return _first_violation(
        _alike([exchange for exchange in judged if bool(exchange.request.body) is content], _form)
        for content in (False, True)
    )


@sequence_oracle("CLIENT-005", "calls-after-a-call-with-content", unanswered=True)
def content_is_read(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call that follows one with content on the same connection is answered as it is alone.

    MSG-006 judges where the answers to calls without content end.
    """
    usual, together = exchanges[: 2 * USUAL], exchanges[2 * USUAL :]
    if any(isinstance(exchange.outcome, TransportFailure) for exchange in (*usual, *together[::2])):
        return None
    if misframed(usual):
        return None
    for exchange in together[1::2]:
        if isinstance(exchange.outcome, TransportFailure):
            if exchange.outcome.kind not in ("protocol", "too-large"):
                return None
            return violated("an answer after a call with content on the same connection", exchange.outcome.detail)
    return _alike_by_token([*usual, *together[1::2]], lambda _: "after a call with content on the same connection")


@sequence_oracle("CLIENT-006", "calls-that-await-a-status")
def continues(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call with Expect: 100-continue gets a 100 or a final status before its content is sent, and no 417."""
    usual, *expecting = exchanges
    if any(exchange.status == EXPECTATION_FAILED for exchange in expecting):
        return violated("another status than 417 to Expect: 100-continue, in any case", "status 417")
    if usual.response.seconds > QUICK:
        return None
    if all(exchange.response.wire.early for exchange in expecting):
        return passed()
    return violated("a 100 or a final status before the content is sent", f"nothing for {PATIENCE:g} s")


@sequence_oracle("CLIENT-007", "calls-with-head")
def head_is_like_get(exchanges: Sequence[Exchange]) -> Judgement | None:
    """HEAD has the status and the media type of GET, and no Content-Length that is far from that of GET.

    The length of a message may depend on the method, or on the ID of the request.
    """
    before, head, after, *_ = exchanges
    if before.status != after.status:
        return None
    if head.status != before.status:
        return violated(f"status {before.status}, as with GET", f"status {head.status}")
    types = {_media_type(before), _media_type(after)}
    found = _media_type(head)
    if found and len(types) == 1 and found not in types:
        return violated(f"Content-Type: {types.pop()}, as with GET", f"Content-Type: {found}")
    lengths = sorted(len(exchange.response.body) for exchange in (before, after))
    coded = any(exchange.response.values("Content-Encoding") for exchange in (before, head, after))
    announced = head.response.values("Content-Length")
    if coded or not (len(announced) == 1 and re.fullmatch("[0-9]{1,9}", announced[0])):
        return passed()
    if lengths[0] <= 2 * int(announced[0]) and int(announced[0]) <= 2 * lengths[1]:
        return passed()
    return violated(f"Content-Length: {lengths[0]}, as with GET", f"Content-Length: {announced[0]}")


@sequence_oracle("CLIENT-008", "calls-with-headers-to-ignore")
def ignored_headers(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call that is refused is refused alike with a precondition, with a range and with an unknown header."""
    return _alike_by_token(exchanges, lambda exchange: f"with {_more_than(exchanges[0], exchange)}")


@sequence_oracle("CLIENT-009", "calls-that-accept-json")
def accepts(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call is answered as usual, and in the usual media type, without Accept and with each that allows JSON."""
    judgement = _alike(exchanges, _accept)
    types = {_media_type(exchange) for exchange in exchanges[:USUAL]}
    if judgement is None or not judgement.passed or types != {"application/json"}:
        return judgement
    for exchange in exchanges[USUAL:]:
        if _media_type(exchange) not in types:
            return violated(
                f"Content-Type: application/json, also {_accept(exchange)}", f"Content-Type: {_media_type(exchange)}"
            )
    return judgement


@oracle("CLIENT-010")
def long_line(exchange: Exchange) -> Judgement | None:
    """A request line of 4000 to 8000 octets is not answered with 414."""
    octets = len(f"{exchange.request.method} {exchange.request.target} HTTP/1.1")
    if not SHORTEST_LONG_LINE <= octets <= LONGEST_LINE:
        return None
    if exchange.status != 414:
        return passed()
    return violated(f"another status than 414 for a request line of {octets} octets", "status 414")


@oracle("CLIENT-011")
def refused_coding(exchange: Exchange) -> Judgement | None:
    """An answer has no coding to which the call gives a weight of 0, and none if Accept-Encoding is empty."""
    accepted = exchange.request.values("Accept-Encoding")
    if len(accepted) != 1:
        return None
    found = (REFUSED_CODING.fullmatch(element) for element in accepted[0].split(","))
    refused = {match[1].lower() for match in found if match}
    if accepted[0] and not refused:
        return None
    for value in exchange.response.values("Content-Encoding"):
        for coding in value.lower().split(","):
            if coding.strip() in refused or (not accepted[0] and coding.strip() != "identity"):
                return violated(f"no coding that {accepted[0]!r} refuses", f"Content-Encoding: {value}")
    return passed()


@sequence_oracle("CLIENT-012", "calls-with-another-accept-language")
def language_of_x_language(exchanges: Sequence[Exchange]) -> Judgement | None:
    """The message of a refusal has the same language with another one in Accept-Language, also without X-Language."""
    messages = [string_in(exchange, "error_msg") for exchange in exchanges]
    texts = [message for message in messages if message is not None]
    if len(texts) < len(messages):
        return None
    half = len(texts) // 2
    statuses = [exchange.status for exchange in exchanges[:half]]
    for exchange, message, usual, status in zip(exchanges[half:], texts[half:], texts[:half], statuses, strict=True):
        # A refusal of another kind has other words.
        if exchange.status == status and chinese(message) is not chinese(usual):
            accepted = exchange.request.values("Accept-Language")[0]
            return violated(f"a message as {usual!r}, also with Accept-Language: {accepted}", repr(message))
    return passed()


@sequence_oracle("CLIENT-013", "commits-in-other-forms")
def commits_alike(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A commit succeeds in each form, with the same ID and language; HTTP/1.0 gets no Transfer-Encoding.

    A server may require a Content-Length.
    """
    usual, *others = exchanges
    if usual.status != OK or not _job(usual):
        return None
    for exchange in others:
        further = _more_than(usual, exchange)
        call = f"{_form(exchange)}{further and f', with {further}'}"
        if exchange.status not in (OK, LENGTH_REQUIRED):
            return violated(f"status 200, also {call}", f"status {exchange.status}")
        codings = exchange.response.values("Transfer-Encoding")
        if exchange.request.form == Form(version="1.0") and codings:
            return violated("no Transfer-Encoding in an answer to HTTP/1.0", f"Transfer-Encoding: {codings[0]}")
        if exchange.status == OK and _result(exchange) != _result(usual):
            return violated(f"{_result(usual)}, also {call}", _result(exchange))
        if "close" in exchange.request.values("Connection") and not exchange.response.wire.ended:
            return violated(f"the end of the connection after a call {call}", _open(exchange))
    return passed()


@sequence_oracle("CLIENT-014", "calls-with-a-query")
def slash_in_query(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call with a slash and a question mark in its query has the status of one with another query."""
    usual, *_, other = exchanges
    if other.status == usual.status:
        return passed()
    return violated(f"status {usual.status}, as with another query", f"status {other.status}")


@sequence_oracle("CLIENT-015", "calls-with-too-long-a-line")
def too_long_line(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call with a long query has the status of one with a short query, or 414."""
    usual, *others = exchanges
    for long in others:
        if long.status not in (usual.status, URI_TOO_LONG):
            octets = len(long.request.target)
            return violated(f"status {usual.status} or 414 for a target of {octets} octets", f"status {long.status}")
    return passed()


@sequence_oracle("CLIENT-016", "calls-that-are-pipelined", unanswered=True)
def in_order(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Calls that are sent at once are answered in their order, with the statuses that they have alone."""
    alone, together = exchanges[:PIPELINED], exchanges[PIPELINED:]
    for usual, exchange in zip(alone, together, strict=True):
        if any(isinstance(each.outcome, TransportFailure) for each in (usual, exchange)):
            return None  # a server may close a connection at any time, and HTTP-002 judges a time-out
        if exchange.status != usual.status:  # one cause may have several values of error_code
            token = "with" if exchange.request.values("X-Auth-Token") else "without"
            return violated(f"status {usual.status} to the call {token} a token, as alone", f"status {exchange.status}")
    return passed()


def _job(exchange: Exchange) -> dict[str, Any]:
    job = json_object(exchange).get("job")
    return job if isinstance(job, dict) else {}


def _result(exchange: Exchange) -> str:
    """Return what the answers to two commits have in common; the other ID and the message are up to the server."""
    job = _job(exchange)
    own, text = job.get("async_job_id") == exchange.situation.batch_id, str(job.get("msg", ""))
    which = "no ID" if "async_job_id" not in job else "the ID of the batch" if own else "another ID"
    return f"{which} and {'a message in Chinese' if chinese(text) else 'no message in Chinese'}"


def _alike(exchanges: Sequence[Exchange], named: Callable[[Exchange], str]) -> Judgement | None:
    """Judge whether all answers have the status and the error_code of the first; None if usual calls differ."""
    usual = _answer(exchanges[0]) if len(exchanges) > USUAL else None
    if usual is None or usual != _answer(exchanges[1]):
        return None
    for exchange in exchanges[USUAL:]:
        answer = _answer(exchange)
        if answer != usual:
            expected = f"{_shown(usual)}, also {named(exchange)}"
            return violated(expected, _shown(answer), by_code=answer[0] == usual[0])
    return passed()


def _alike_by_token(exchanges: Sequence[Exchange], named: Callable[[Exchange], str]) -> Judgement | None:
    """Judge the same for the calls with a token and for those without one, each of which begin with usual calls."""
    return _first_violation(
        _alike([one for one in exchanges if bool(one.request.values("X-Auth-Token")) is with_token], named)
        for with_token in (True, False)
    )


def _first_violation(judgements: Iterable[Judgement | None]) -> Judgement | None:
    """Return the first violation; if there is none, the first judgement."""
    found = [judgement for judgement in judgements if judgement is not None]
    return next((judgement for judgement in found if not judgement.passed), found[0] if found else None)


def _answer(exchange: Exchange) -> Answer:
    return exchange.status, string_in(exchange, "error_code")


def _shown(answer: Answer) -> str:
    status, code = answer
    return f"status {status}" if code is None else f"status {status} and {code!r}"


def _form(exchange: Exchange) -> str:
    form = exchange.request.form
    if form is None:
        return f"with Content-Type: {exchange.request.values('Content-Type')[0]}"
    lower = all(name.islower() for name, _ in exchange.request.headers)
    has = {
        "without Content-Length": form.framing == "none",
        "in chunks": form.framing == "chunked",
        "in chunks with an extension": form.framing == "annotated",
        "in HTTP/1.0": form.version == "1.0",
        "in absolute form": form.absolute,
        "without blanks after colons": form.tight,
        "in parts": form.split,
        "with needless percent-encoding": NEEDLESS.search(exchange.request.target),
        "with header names in lower case": lower,
    }
    return ", ".join(name for name, applies in has.items() if applies) or "with blanks around the values of headers"


def _accept(exchange: Exchange) -> str:
    values = exchange.request.values("Accept")
    return f"with Accept: {values[0]}" if values else "without Accept"


def _more_than(usual: Exchange, exchange: Exchange) -> str:
    known = {(name.lower(), value) for name, value in usual.request.headers}
    further = (header for header in exchange.request.headers if (header[0].lower(), header[1]) not in known)
    return ", ".join(f"{name}: {value}" for name, value in further)


def _media_type(exchange: Exchange) -> str:
    values = exchange.response.values("Content-Type")
    return values[0].partition(";")[0].strip().lower() if values else ""


def _open(exchange: Exchange) -> str:
    seconds = exchange.request.form.linger if exchange.request.form else 0
    return f"an open connection, {seconds:g} s after the answer"


def _connection(exchange: Exchange) -> str:
    values = exchange.response.values("Connection")
    return f"Connection: {', '.join(values)}" if values else "no Connection header"


def _announces_end(exchange: Exchange) -> bool:
    options = ",".join(exchange.response.values("Connection")).lower().split(",")
    return "close" in {option.strip(" \t") for option in options} or not _is_1_1(exchange)


def _is_1_1(exchange: Exchange) -> bool:
    return exchange.response.wire.status_line.startswith(b"HTTP/1.1")


def _delimited(exchange: Exchange) -> bool:
    """Return whether the content of an answer has an end without that of the connection."""
    return any(exchange.response.values(name) for name in ("Content-Length", "Transfer-Encoding"))

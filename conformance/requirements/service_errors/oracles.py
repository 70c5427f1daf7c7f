"""Oracles of ERR: the 400 with which the service refuses an authenticated, documented call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.exchange.classification import MediaType
from conformance.exchange.strict_json import MalformedError
from conformance.requirements.oracle_helpers import (
    chinese,
    described,
    error_members,
    json_media_type,
    measured,
    member,
    message,
    readable,
)
from conformance.requirements.oracle_registry import Judgement, oracle, passed, sequence_oracle, violated
from conformance.spec.openapi import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange

CHINESE = 2
"""Index of the call in Chinese among those in each language."""
LOST = "\ufffd"
"""What stands in an ID for octets that are not UTF-8."""
LONGEST = 2000
"""Characters of a target or of a header up to which no server in front of the gateway refuses a call."""
SCHEMA = "/components/schemas/ServiceError/properties"


@oracle("ERR-001", schema=True)
def well_formed(exchange: Exchange) -> Judgement | None:
    """The body is one JSON object in UTF-8, without duplicate names."""
    if not _refused(exchange):
        return None
    try:
        body = exchange.response.json()
    except MalformedError as error:
        return violated("well-formed JSON in UTF-8", str(error))
    return passed() if isinstance(body, dict) else violated("an object", described(body))


@oracle("ERR-002", schema=True)
def code_is_string(exchange: Exchange) -> Judgement | None:
    """error_code is present and is a string."""
    return _string(exchange, "error_code")


@oracle("ERR-003", schema=True)
def code_length(exchange: Exchange) -> Judgement | None:
    """error_code has exactly 12 characters."""
    return _length(exchange, "error_code")


@oracle("ERR-004", schema=True)
def message_is_string(exchange: Exchange) -> Judgement | None:
    """error_msg is present and is a string."""
    return _string(exchange, "error_msg")


@oracle("ERR-005", schema=True)
def message_length(exchange: Exchange) -> Judgement | None:
    """error_msg has 1 to 512 characters, counted in code points as JSON Schema does."""
    return _length(exchange, "error_msg")


@oracle("ERR-006")
def media_type(exchange: Exchange) -> Judgement | None:
    """The media type is application/json."""
    return json_media_type(exchange) if _refused(exchange) else None


@sequence_oracle("ERR-007", "one-refusal-in-each-language")
def code_is_the_same(exchanges: Sequence[Exchange]) -> Judgement | None:
    """The same refusal has the same error_code in each language. X-Language applies to messages only."""
    codes = [member(exchange, "error_code") for exchange in exchanges]
    if None in codes or codes[0] != codes[-1]:  # the last call is the first one again
        return None
    if len(set(codes)) == 1:
        return passed()
    return violated("one error_code in all languages", ", ".join(map(repr, codes)), by_code=True)


@sequence_oracle("ERR-008", "one-refusal-in-each-language")
def message_language(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Records whether error_msg is Chinese when X-Language is zh-cn, which the documentation does not promise."""
    text = message(exchanges[CHINESE])
    if text is None:
        return None
    return passed("zh-cn is answered in Chinese" if chinese(text) else "zh-cn is not answered in Chinese")


@sequence_oracle("ERR-009", "one-refusal-over-again")
def code_stays(exchanges: Sequence[Exchange]) -> Judgement | None:
    """A call that is refused three times has not three error_codes; two releases or caches may each have their own."""
    codes = [member(exchange, "error_code") for exchange in exchanges]
    if None in codes:
        return None
    if len(set(codes)) < len(codes):
        return passed()
    return violated("the same error_code each time", ", ".join(map(repr, codes)))


@oracle("ERR-013")
def readable_message(exchange: Exchange) -> Judgement | None:
    """The error_msg does not consist of characters that stand for lost ones, and is not UTF-8 that was misread."""
    text = message(exchange)
    if text is None:
        return None
    return readable(text)


@oracle("ERR-010")
def no_result(exchange: Exchange) -> Judgement | None:
    """A 400 has no member "job" that could be taken for the result of a success: it names the batch at most."""
    if not _refused(exchange):
        return None
    job = exchange.response.json().get("job")
    named = isinstance(job, dict) and job == {"async_job_id": exchange.situation.batch_id}
    return passed() if job is None or named else violated('no member "job"', described(job))


@oracle("ERR-011")
def other_members(exchange: Exchange) -> Judgement | None:
    """Records members of a 400 that the documentation does not list."""
    if not _refused(exchange):
        return None
    others = sorted(set(exchange.response.json()) - {"error_code", "error_msg"})
    return passed(f"undocumented members: {', '.join(others)}" if others else "none")


@oracle("ERR-012")
def code_form(exchange: Exchange) -> Judgement | None:
    """Records whether error_code is DRS and eight digits, as in the example."""
    if not _refused(exchange):
        return None
    usual = re.fullmatch(r"DRS\.[0-9]{8}", exchange.response.json()["error_code"])
    return passed("DRS and eight digits" if usual else "another format")


@oracle("ERR-014")
def form_of_other_refusals(exchange: Exchange) -> Judgement | None:
    """A 400 to a call with a query, a body, another form, language or ID is JSON with a code and a message.

    It may be a refusal by the gateway. What a server in front of it may not be able to read is left out.
    """
    situation, request = exchange.situation, exchange.request
    plain = LOST not in situation.batch_id and situation.batch_id.isprintable() and len(request.target) <= LONGEST
    usual = all(value.isascii() and len(value) <= LONGEST for _, value in request.headers)
    usual = usual and request.values("Accept") in ((), ("*/*",), ("application/json",))
    if exchange.status != 400 or situation.documented or not (plain and usual):
        return None
    by_type = situation.media_type in (MediaType.DOCUMENTED, MediaType.EQUIVALENT)
    if situation.operation is None or not situation.authorised or not by_type:
        return None
    form = error_members(exchange)
    if not form.passed:
        return form
    text, most = exchange.response.json()["error_msg"], load().at(f"{SCHEMA}/error_msg")["maxLength"]
    if not 1 <= len(text) <= most:
        return violated(f'"error_msg" has 1 to {most} characters', measured(text))
    return json_media_type(exchange)


def _refused(exchange: Exchange) -> bool:
    return exchange.status == 400 and exchange.situation.documented


def _string(exchange: Exchange, name: str) -> Judgement | None:
    if not _refused(exchange):
        return None
    body = exchange.response.json()
    if name not in body:
        return violated(f'a member "{name}"', "no such member")
    return passed() if isinstance(body[name], str) else violated(f'"{name}" is a string', described(body[name]))


def _length(exchange: Exchange, name: str) -> Judgement | None:
    if not _refused(exchange):
        return None
    value, limits = exchange.response.json()[name], load().at(f"{SCHEMA}/{name}")
    least, most = limits["minLength"], limits["maxLength"]
    if least <= len(value) <= most:
        return passed()
    wanted = f"exactly {most}" if least == most else f"{least} to {most}"
    return violated(f'"{name}" has {wanted} characters', measured(value))

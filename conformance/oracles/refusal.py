"""Oracles on the service's refusals: the 400 that answers an authenticated, documented call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.exchange import MalformedError
from conformance.oracles.registry import Judgement, breaks, holds, oracle, sequence_oracle
from conformance.oracles.values import described, json_media_type
from conformance.specification import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Exchange

SCHEMA = "/components/schemas/ServiceError/properties"


@oracle("ERR-001", schema=True)
def well_formed(exchange: Exchange) -> Judgement | None:
    """The body is one JSON object in UTF-8, without duplicate names."""
    if not _refused(exchange):
        return None
    try:
        body = exchange.response.json()
    except MalformedError as error:
        return breaks("well-formed JSON in UTF-8", str(error))
    return holds() if isinstance(body, dict) else breaks("an object", described(body))


@oracle("ERR-002", schema=True)
def code_is_string(exchange: Exchange) -> Judgement | None:
    """error_code is present, and a string."""
    return _string(exchange, "error_code")


@oracle("ERR-003", schema=True)
def code_length(exchange: Exchange) -> Judgement | None:
    """error_code has exactly 12 characters."""
    return _length(exchange, "error_code")


@oracle("ERR-004", schema=True)
def message_is_string(exchange: Exchange) -> Judgement | None:
    """error_msg is present, and a string."""
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
    """The same refusal has the same error_code in each language: X-Language is about messages."""
    codes = _members(exchanges, "error_code")
    if codes is None:
        return None
    return holds() if len(set(codes)) == 1 else breaks("one error_code in all languages", ", ".join(map(repr, codes)))


@sequence_oracle("ERR-008", "one-refusal-in-each-language")
def message_language(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Whether error_msg is Chinese when Chinese is asked for; the documentation does not promise it."""
    messages = _members(exchanges, "error_msg")
    if messages is None:
        return None
    chinese = any("\u4e00" <= character <= "\u9fff" for character in messages[-1])
    return holds("zh-cn is answered in Chinese" if chinese else "zh-cn is not answered in Chinese")


def _refused(exchange: Exchange) -> bool:
    return exchange.status == 400 and exchange.situation.documented


def _string(exchange: Exchange, name: str) -> Judgement | None:
    if not _refused(exchange):
        return None
    body = exchange.response.json()
    if name not in body:
        return breaks(f'a member "{name}"', "no such member")
    return holds() if isinstance(body[name], str) else breaks(f'"{name}" is a string', described(body[name]))


def _length(exchange: Exchange, name: str) -> Judgement | None:
    if not _refused(exchange):
        return None
    value, limits = exchange.response.json()[name], load().at(f"{SCHEMA}/{name}")
    least, most = limits["minLength"], limits["maxLength"]
    if least <= len(value) <= most:
        return holds()
    wanted = f"exactly {most}" if least == most else f"{least} to {most}"
    return breaks(f'"{name}" has {wanted} characters', f"{len(value)}: {described(value)}")


def _members(exchanges: Sequence[Exchange], name: str) -> list[str] | None:
    bodies: list[Any] = []
    for exchange in exchanges:
        if not _refused(exchange):
            return None
        try:
            bodies.append(exchange.response.json())
        except MalformedError:
            return None
    values = [body.get(name) if isinstance(body, dict) else None for body in bodies]
    return [value for value in values if isinstance(value, str)] if all(isinstance(v, str) for v in values) else None

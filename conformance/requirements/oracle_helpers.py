"""Functions on bodies, media types and sequences that several oracles share."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from conformance.exchange.strict_json import MalformedError
from conformance.exchange.wire import Rule
from conformance.requirements.oracle_registry import KEPT, Judgement, passed, violated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange.exchange import Exchange, Response

__all__ = [
    "CONTROL",
    "chinese",
    "described",
    "error_members",
    "json_media_type",
    "json_object",
    "measured",
    "member",
    "message",
    "misframed",
    "readable",
    "same_status",
    "string_in",
    "texts",
    "unchanged",
]

CONTROL = 3
"""The number of identical calls in the control group, at the beginning of a scenario."""
SHORTEST = 3
"""The length in characters up to which question marks may be the whole message."""
MEASURED = 100
"""Maximum characters of a string whose length follows it."""
NAMES = re.compile("'[^']*'|\"[^\"]*\"|\u2018[^\u2019]*\u2019|\u201c[^\u201d]*\u201d|\u300a[^\u300b]*\u300b")
"""What is in quotation marks of either language."""
QUOTATION = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
"""A quoted-string (RFC 9110, section 5.6.4), also one without an end, so that the search is linear."""
CHARSETS = frozenset(
    ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252", "gb2312", "gbk", "gb18030", "big5")
)
"""Charsets in which a text of ASCII alone is the same as in UTF-8.

A body is decoded in no other one: the target names it, and Python has decoders that raise, or that are quadratic.
"""


def described(value: object) -> str:
    """Return the type and the text of a JSON value."""
    shown = json.dumps(value, ensure_ascii=False)[:KEPT]
    kinds = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}
    return f"{kinds.get(type(value), 'null')} {shown}" if value is not None else "null"


def measured(text: str) -> str:
    """Return a string as JSON, and its length, which is first if the report may cut the string."""
    length = f"{len(text)} character{'' if len(text) == 1 else 's'}"
    shown = json.dumps(text, ensure_ascii=False)[:KEPT]
    return f"{length}: {shown}" if len(shown) > MEASURED else f"{shown} ({length})"


def error_members(exchange: Exchange) -> Judgement:
    """Judge whether an answer is a JSON object with the strings error_code and error_msg."""
    try:
        body = exchange.response.json()
    except MalformedError as error:
        return violated("a JSON object with error_code and error_msg", str(error))
    if not isinstance(body, dict):
        return violated("a JSON object", described(body))
    for name in ("error_code", "error_msg"):
        if not isinstance(body.get(name), str):
            return violated(f'a string "{name}"', described(body[name]) if name in body else "no such member")
    return passed()


def json_media_type(exchange: Exchange) -> Judgement:
    """Judge whether an answer has one Content-Type, which is application/json.

    Parameters have no meaning (RFC 8259, section 11), but a charset that decodes to another text misleads clients.
    """
    values = exchange.response.values("Content-Type")
    if len(values) != 1:
        return violated("one Content-Type header", f"{len(values)} Content-Type headers")
    media_type, charset = _media_type(values[0])
    if media_type != "application/json":
        return violated("Content-Type: application/json", repr(values[0]))
    body = exchange.response.body
    same = charset in CHARSETS and body.decode(charset, "replace") == body.decode("utf-8", "replace")
    return passed() if same else violated("no charset other than UTF-8", repr(values[0]))


def _media_type(value: str) -> tuple[str, str]:
    """Return the media type and the first charset of a Content-Type, in lower case; UTF-8 if it names none."""
    media_type, *parameters = QUOTATION.sub(lambda quoted: quoted[0].replace(";", ","), value).lower().split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    charsets = (text.strip(' \t"') for name, _, text in pairs if name.strip() == "charset")
    return media_type.strip(), next(charsets, "utf-8")


def message(exchange: Exchange) -> str | None:
    """Return the error_msg of a refusal by the service, or None if it cannot be read."""
    return member(exchange, "error_msg")


def member(exchange: Exchange, name: str) -> str | None:
    """Return a top-level string of a refusal by the service, or None if it cannot be read."""
    if exchange.status != 400 or not exchange.situation.documented:
        return None
    return string_in(exchange, name)


def string_in(exchange: Exchange, name: str) -> str | None:
    """Return a top-level string of any answer, or None if it cannot be read."""
    value = json_object(exchange).get(name)
    return value if isinstance(value, str) else None


def json_object(exchange: Exchange) -> dict[str, Any]:
    """Return the JSON object in an answer, or an empty one if there is none."""
    try:
        body = exchange.response.json()
    except MalformedError:
        return {}
    return body if isinstance(body, dict) else {}


def texts(response: Response) -> list[str]:
    """Return the texts of a body: the names and strings of a JSON value, or the whole body if it is not JSON."""
    try:
        rest = [response.json()]
    except MalformedError:
        return [response.body.decode(errors="replace")]
    found: list[str] = []
    while rest:
        value = rest.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            rest += [*value, *value.values()]
        elif isinstance(value, list):
            rest += value
    return found


def chinese(text: str) -> bool:
    """Return whether a text is in Chinese: it has more Chinese characters than words of Latin letters.

    A message in one language may quote a name in the other one, so that what is in quotation marks does not count.
    """
    own = NAMES.sub("", text)
    return len(re.findall("[\u4e00-\u9fff]", own)) > len(re.findall(r"(?<![\w-])[A-Za-z]{2,}(?![\w-])", own))


def readable(text: str) -> Judgement:
    """Judge whether a message neither consists of characters that stand for lost ones nor is UTF-8 that was misread."""
    with suppress(UnicodeError):
        if chinese(text.encode("latin-1").decode("utf-8")):
            return violated("a message that was encoded once", repr(text))
    lost = len(text) > SHORTEST and re.fullmatch("[?\ufffd][?\ufffd\\s.,:]*[?\ufffd]", text)
    return violated("a readable message", repr(text)) if lost else passed()


def misframed(exchanges: Sequence[Exchange]) -> bool:
    """Return whether one of these answers does not end where its head says, so that a client misreads the next one."""
    return any(flaw.rule is Rule.FRAMING for exchange in exchanges for flaw in exchange.response.wire.flaws)


def same_status(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Judge whether all calls have the status of the control group, which are identical calls; None if these differ."""
    usual, *others = (exchange.status for exchange in exchanges)
    if any(status != usual for status in others[: CONTROL - 1]):
        return None
    differing = [status for status in others if status != usual]
    return violated(f"status {usual}, as usual", f"status {differing[0]}") if differing else passed()


def unchanged(exchanges: Sequence[Exchange]) -> Judgement | None:
    """Judge whether refused calls did not change their batch: the last call, which commits it, must succeed.

    Returns None if one of the calls was accepted, or if the last one is not a commit.
    """
    *refused, last = exchanges
    if not last.situation.documented or any(200 <= exchange.status < 300 for exchange in refused):
        return None
    if last.status == 200:
        return passed()
    return violated("status 200, as the batch can be committed", f"status {last.status}: a refused call changed it")

"""The grammar of headers (RFC 9110), each part of which is matched in time proportional to the length of the value.

No two attempts at a match read the same part of a value, since each repetition keeps what it has matched.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VALUES", "Value", "elements", "is_challenge_list", "time_of"]

WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
QUOTED = r'"(?:[^"\\]|\\.)*+"'
PARAMETER = rf"{WORD}=(?:{WORD}|{QUOTED})"
PRODUCT = rf"{WORD}(?:/{WORD})?+"

ELEMENT = re.compile(rf'(?:[^",]|{QUOTED})*+')
CHALLENGE = re.compile(rf"(?P<scheme>{WORD})(?: ++(?:(?P<parameter>{PARAMETER})|[A-Za-z0-9._~+/-]++=*+))?+")
COMMENT_MARKS = re.compile(r"[()\\]")
HTTP_WITHOUT_HOST = re.compile(r"https?:(?!//[^/?#:])", re.IGNORECASE)
USERINFO = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?+//[^/?#@]*+@")
URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*+")

FIXDATE_LENGTH = len("Sun, 06 Nov 1994 08:49:37 GMT")


class Value(NamedTuple):
    """What a header has to be.

    Attributes:
        kind: The kind of value, as a phrase.
        fits: Tells whether a value is of this kind.
    """

    kind: str
    fits: Callable[[str], bool]


def time_of(value: str) -> dt.datetime | None:
    """Return the time that an IMF-fixdate (RFC 9110, section 5.6.7) names, or None if a value is none."""
    return _time_of(value) if len(value) == FIXDATE_LENGTH else None


@functools.lru_cache(maxsize=16)
def _time_of(value: str) -> dt.datetime | None:
    """Return the same for a value of that length; many answers have the same Date."""
    usual = value.replace(":60 GMT", ":59 GMT")  # a leap second
    try:
        time = dt.datetime.strptime(usual, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=dt.UTC)
    except ValueError:
        return None
    # The other way round, for a weekday that is wrong, and for what strptime forgives.
    return time if email.utils.format_datetime(time, usegmt=True) == usual else None


def elements(value: str) -> list[str] | None:
    """Return the elements of a list, without the blanks around them; None if a quoted string does not end."""
    found: list[str] = []
    place = 0
    while match := ELEMENT.match(value, place):
        found.append(match[0].strip(" \t"))
        place = match.end() + 1
        if match.end() == len(value):
            return found
        if value[match.end()] != ",":
            break
    return None


def is_challenge_list(value: str) -> bool:
    """Return whether a value lists challenges, each with a realm in quotes and no parameter twice."""
    parameters: set[str] | None = None
    for element in elements(value) or [""]:
        parameter: str | None = element
        if match := CHALLENGE.fullmatch(element):
            parameters, parameter = set(), match["parameter"]
        elif parameters is None or not re.fullmatch(PARAMETER, element):
            return False
        if parameter is not None and parameters is not None:
            name, _, text = parameter.partition("=")
            if name.lower() in parameters or (name.lower() == "realm" and not text.startswith('"')):
                return False
            parameters.add(name.lower())
    return True


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _lists(pattern: str) -> Callable[[str], bool]:
    """Return a test for lists of this pattern, which may be empty but have no empty elements."""
    compiled = re.compile(pattern)
    return lambda value: not value or all(compiled.fullmatch(element) for element in elements(value) or [""])


def _with_comments(fits: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return a test for values with comments, given one for values whose comments are empty."""
    return lambda value: (short := _without_comments(value)) is not None and fits(short)


def _without_comments(value: str) -> str | None:
    """Return a value with each comment, which may have others inside, replaced with `()`; None if one does not end."""
    kept: list[str] = []
    depth = place = 0
    for mark in COMMENT_MARKS.finditer(value):
        if mark.start() < place:  # it was quoted
            continue
        if depth == 0:
            kept.append(value[place : mark.start()])
        place = mark.end()
        if mark[0] == "\\":
            if depth == 0:
                return None
            place += 1
            continue
        depth += 1 if mark[0] == "(" else -1
        if depth < 0:
            return None
        kept += ["()"] if depth == 0 else []
    return None if depth else "".join((*kept, value[place:]))


def _is_uri_reference(value: str) -> bool:
    bad = HTTP_WITHOUT_HOST.match(value) or USERINFO.match(value)
    return not bad and URI.fullmatch(value) is not None


def _is_date(value: str) -> bool:
    return time_of(value) is not None


DATE = Value("a date as in 'Sun, 06 Nov 1994 08:49:37 GMT'", _is_date)
REFERENCE = Value("a URI reference without userinfo", _is_uri_reference)

VALUES = {
    "accept-ranges": Value("a list of range units", _lists(WORD)),
    "allow": Value("a list of methods", _lists(WORD)),
    "connection": Value("a list of options", _lists(WORD)),
    "content-encoding": Value("a list of codings", _lists(rf"(?!(?i:identity)$){WORD}")),
    "content-language": Value("a list of language tags", _lists(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*+")),
    "content-location": REFERENCE,
    "content-range": Value("a range", _matches(rf"{WORD} (?:[0-9]++-[0-9]++/(?:[0-9]++|\*)|\*/[0-9]++)")),
    "content-type": Value("a media type", _matches(rf"{WORD}/{WORD}(?:[ \t]*+;[ \t]*+(?:{PARAMETER})?+)*+")),
    "date": DATE,
    "etag": Value("an entity tag in quotes", _matches(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"')),
    "last-modified": DATE,
    "location": REFERENCE,
    "retry-after": Value(
        "seconds or a date", lambda value: re.fullmatch("[0-9]+", value) is not None or _is_date(value)
    ),
    "trailer": Value("a list of header names", _lists(WORD)),
    "vary": Value("a list of header names", _lists(WORD)),
    "via": Value(
        "a list of proxies with their protocols",
        _with_comments(_lists(rf"{PRODUCT}[ \t]++[^ \t,()]++(?:[ \t]++\(\))?+")),
    ),
}
"""The headers of answers whose values are checked, by their names in lower case."""

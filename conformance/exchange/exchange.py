"""One request and what came back: the evidence that every judgement rests on."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from conformance.exchange.classification import Situation

__all__ = ["Exchange", "FailureKind", "Header", "MalformedError", "Request", "Response", "TransportFailure"]

Header = tuple[str, str]

DEPTH = 100
"""Levels of nesting, which a parser may limit (RFC 8259, section 9); the documented answers have two."""

DIGITS = 300
"""Digits of an integer from which on it is taken as a number of limited precision."""

FailureKind = Literal["not-sent", "unsendable", "unreachable", "insecure", "timeout", "protocol", "too-large"]


class MalformedError(ValueError):
    """A body is no well-formed JSON; the message says why."""


@dataclass(frozen=True)
class Request:
    """An HTTP request as it goes over the wire.

    Attributes:
        method: HTTP method.
        target: Path and query, percent-encoded, below the target's base URL.
        headers: Field lines in order; `Host` and `Content-Length` are the transport's.
        body: Content, empty when there is none.
    """

    method: str
    target: str
    headers: tuple[Header, ...]
    body: bytes = b""

    def values(self, name: str) -> tuple[str, ...]:
        """Return the value of each field line of this name, whatever its case."""
        return _values(self.headers, name)

    @property
    def size(self) -> int:
        """Characters of the request, by which the smallest of several is chosen."""
        return len(self.method) + len(self.target) + len(self.body) + sum(len(n) + len(v) for n, v in self.headers)


@dataclass(frozen=True)
class Response:
    """A complete HTTP response.

    Attributes:
        status: Status code.
        headers: Field lines in order.
        body: Content, without content codings.
        seconds: Wall-clock time from the request to the last octet.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    seconds: float = field(default=0.0, compare=False)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the value of each field line of this name, whatever its case."""
        return _values(self.headers, name)

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Parse the body as RFC 8259 wants it: UTF-8, one value, no duplicate names, no NaN.

        Raises:
            MalformedError: The body is something else; the message says what.
        """
        try:
            return _parsed(self.body.decode())
        except UnicodeDecodeError as error:
            raise MalformedError(f"byte {error.start} is not UTF-8") from None
        except MalformedError:
            raise
        except ValueError as error:
            raise MalformedError(f"no JSON: {error}") from None
        except RecursionError:
            raise MalformedError("nested too deeply") from None


@dataclass(frozen=True)
class TransportFailure:
    """Why a request has no response.

    Attributes:
        kind: What went wrong, in one word.
        detail: What went wrong, in one sentence.
    """

    kind: FailureKind
    detail: str


@dataclass(frozen=True)
class Exchange:
    """A request, its outcome, and what the request amounted to.

    Attributes:
        number: Position in the run, from 1.
        stimulus: Name of the stimulus that sent it.
        request: What was sent.
        situation: What the request amounted to when it was sent.
        outcome: The response, or why there is none.
        reused: Whether it went over a connection that had been used before, as far as the target kept it open.
        deferred: Whether the target asked to send it later, which is done with another batch, if at all: the request
            may have committed the one that it names.
    """

    number: int
    scenario: str
    request: Request
    situation: Situation
    outcome: Response | TransportFailure
    reused: bool = False
    deferred: bool = False

    @property
    def simple(self) -> bool:
        """Whether it went over a connection of its own, to a caller who accepts no compression."""
        return not self.reused and self.request.values("Accept-Encoding") in ((), ("identity",))

    @property
    def throttled(self) -> bool:
        """Whether the target asked to send the request later, and so answered nothing."""
        return self.status in (429, 503)

    @property
    def response(self) -> Response:
        """The response; raises `LookupError` if there is none."""
        if isinstance(self.outcome, Response):
            return self.outcome
        raise LookupError(self.outcome.detail)

    @property
    def status(self) -> int:
        """Status code, 0 without a response."""
        return 0 if isinstance(self.outcome, TransportFailure) else self.outcome.status


def _values(headers: tuple[Header, ...], name: str) -> tuple[str, ...]:
    return tuple(value for key, value in headers if key.lower() == name.lower())


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON value
    value = json.loads(
        text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number, parse_int=_number
    )
    _check_depth(value)
    # A half of a character is within the grammar (RFC 8259, section 8.2), but cannot be written down.
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [
            member
            for outer in level
            if isinstance(outer, (dict, list))
            for member in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return
    raise MalformedError(f"nested more than {DEPTH} deep")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise MalformedError(f"duplicate name {next(name for name in names if names.count(name) > 1)!r}")
    return value


def _number(text: str) -> float:
    """Convert a number; one that is out of range, which JSON allows, becomes the largest of all."""
    if text.lstrip("-").isdecimal() and len(text) < DIGITS:
        return int(text)
    return min(max(float(text), -sys.float_info.max), sys.float_info.max)


def _constant(name: str) -> None:
    raise MalformedError(f"{name} is no JSON value")

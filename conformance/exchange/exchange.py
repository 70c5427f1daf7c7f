"""One request and what came back: the evidence that every judgement rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.exchange import strict_json

if TYPE_CHECKING:
    from conformance.exchange.classification import Situation

__all__ = ["Exchange", "FailureKind", "Header", "Request", "Response", "TransportFailure"]

Header = tuple[str, str]

FailureKind = Literal["not-sent", "unsendable", "unreachable", "insecure", "timeout", "protocol", "too-large"]


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
        """Return the JSON value in the body; raises `MalformedError`, see `strict_json.parse`."""
        return strict_json.parse(self.body)


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

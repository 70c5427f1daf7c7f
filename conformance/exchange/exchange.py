"""One request and its outcome, on which every requirement is checked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from conformance.exchange import strict_json
from conformance.exchange.wire import SURPLUS, Wire

if TYPE_CHECKING:
    from conformance.exchange.classification import Situation

__all__ = [
    "THROTTLED",
    "UNDELIVERED",
    "Exchange",
    "FailureKind",
    "Form",
    "Header",
    "Request",
    "Response",
    "TransportFailure",
]

Header = tuple[str, str]

FailureKind = Literal["not-sent", "unsendable", "unreachable", "insecure", "timeout", "protocol", "too-large"]


@dataclass(frozen=True)
class Form:
    """Another form of a message that means the same; the defaults are the usual one.

    Attributes:
        version: The version of HTTP.
        absolute: Whether the request line has the whole URL (RFC 9112, section 3.2.2).
        framing: How the content ends: by its length, by the last chunk, or by having none. If annotated, it is chunked,
            with an extension to each chunk and with a trailer.
        trailing: The number of header fields, the last ones, that are sent as trailers of an annotated content instead.
        tight: Whether nothing is between a colon and the value after it.
        split: Whether it is sent in parts: the beginning of the head, its rest, and the content.
        announced: Octets of content that are announced but sent only after a 100, and so never: after a 100, the
            connection is closed.
        pipelined: Whether it is sent together with the next call on its connection (RFC 9112, section 9.3.2).
        linger: Seconds for which the connection is observed after the answer, unless the target closes it before.
    """

    version: Literal["1.0", "1.1"] = "1.1"
    absolute: bool = False
    framing: Literal["length", "chunked", "annotated", "none"] = "length"
    trailing: int = 0
    tight: bool = False
    split: bool = False
    announced: int = 0
    pipelined: bool = False
    linger: float = 0.0


@dataclass(frozen=True)
class Request:
    """An HTTP request as it goes over the wire.

    Attributes:
        method: HTTP method.
        target: Path and query, percent-encoded, below the target's base URL.
        headers: Field lines in order, without `Host` and `Content-Length`, which the transport adds.
        body: Content, empty if there is none.
        form: The form of the message, whose header fields are then sent with all their blanks; None for the usual one.
    """

    method: str
    target: str
    headers: tuple[Header, ...]
    body: bytes = b""
    form: Form | None = None

    def values(self, name: str) -> tuple[str, ...]:
        """Return the value of each field line with this name, in any case."""
        return self._values.get(name.lower(), ())

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        return _by_name(self.headers)

    @property
    def size(self) -> int:
        """Length of the request in characters, by which requests are minimised."""
        return len(self.method) + len(self.target) + len(self.body) + sum(len(n) + len(v) for n, v in self.headers)


@dataclass(frozen=True)
class Response:
    """A complete HTTP response.

    Attributes:
        status: Status code.
        headers: Field lines in order.
        body: Content, without content codings.
        seconds: Wall-clock time from the request to the last octet.
        wire: The message as it came.
        put_off: The first answer to the request if that asked to retry later, as this one then does not.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    seconds: float = field(default=0.0, compare=False)
    wire: Wire = field(default=Wire(), compare=False)
    put_off: Response | None = field(default=None, compare=False, repr=False)

    def values(self, name: str) -> tuple[str, ...]:
        """Return the value of each field line with this name, in any case."""
        return self._values.get(name.lower(), ())

    @cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        return _by_name(self.headers)

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value in the body; raises `MalformedError`, see `strict_json.parse`."""
        try:
            return strict_json.parse(self.body)
        except strict_json.MalformedError as error:
            surplus = next((flaw.actual for flaw in self.wire.flaws if flaw.expected == SURPLUS), "")
            if surplus:
                raise strict_json.MalformedError(f"{error}, as the message ends too early: {surplus}") from None
            raise


@dataclass(frozen=True)
class TransportFailure:
    """The reason why a request has no response.

    Attributes:
        kind: The kind of failure.
        detail: The reason, as a phrase.
        wire: What came, if it is not well-formed HTTP.
    """

    kind: FailureKind
    detail: str
    wire: Wire = field(default=Wire(), compare=False)


UNDELIVERED = ("not-sent", "unsendable", "unreachable")
"""Kinds of failures by which the target did not get the request."""

THROTTLED = (429, 503)
"""Statuses that ask to retry later, and answer nothing: no requirement is judged on them."""


@dataclass(frozen=True)
class Exchange:
    """A request, its situation and its outcome.

    Attributes:
        number: Position in the run, from 1.
        scenario: Name of the scenario that sent it.
        request: The request.
        situation: The situation of the request when it was sent.
        outcome: The response, or the reason why there is none.
        reused: Whether the connection had been used before, unless the target had closed it.
        deferred: Whether the target throttled it and another batch is tried instead, since the request may have
            committed the one that it names.
        settled: Whether the target answers other calls meanwhile, so that a 503 does not ask to retry later.
    """

    number: int
    scenario: str
    request: Request
    situation: Situation
    outcome: Response | TransportFailure
    reused: bool = False
    deferred: bool = False
    settled: bool = False

    @property
    def simple(self) -> bool:
        """Return whether the connection was new and the request accepts no compression."""
        return not self.reused and self.request.values("Accept-Encoding") in ((), ("identity",))

    @property
    def throttled(self) -> bool:
        """Return whether the target asked to retry the request later."""
        return self.status in THROTTLED and not self.settled

    @property
    def may_have_committed(self) -> bool:
        """Return whether a batch that the request names may have been committed.

        Only a rejection (4xx) shows that it was not, and a request that was never sent. After a 429 or a 5xx, a
        redirect, a time-out or a broken connection, nobody knows.
        """
        if isinstance(self.outcome, TransportFailure):
            return self.outcome.kind not in UNDELIVERED
        return self.throttled or not 400 <= self.outcome.status < 500

    @property
    def response(self) -> Response:
        """The response; raises `LookupError` if there is none."""
        if isinstance(self.outcome, Response):
            return self.outcome
        raise LookupError(self.outcome.detail)

    @property
    def status(self) -> int:
        """Status code; 0 if there is no response."""
        return 0 if isinstance(self.outcome, TransportFailure) else self.outcome.status


def _by_name(headers: tuple[Header, ...]) -> dict[str, tuple[str, ...]]:
    """Return the values of all field lines, by their names in lower case; each exchange is asked for them often."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in headers:
        # Blanks around a value are not part of it (RFC 9110, section 5.5).
        values[name.lower()].append(value.strip(" \t"))
    return {name: tuple(found) for name, found in values.items()}

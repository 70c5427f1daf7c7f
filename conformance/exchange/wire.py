"""Answers as they came: the octets of an HTTP/1.1 message, read without the leniency of a library.

h11 and httpcore forgive much of what RFC 9112 forbids a server to send, such as folded lines, and only name the first
thing that they do not forgive. `read` reads the same octets, goes on after each flaw where that is possible, and keeps
the flaws. The time is proportional to the number of octets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

__all__ = ["SURPLUS", "Flaw", "Rule", "Wire", "read"]

SURPLUS = "nothing after the end of the message"
"""What a flaw expects if more follows than the message has."""
LONGEST_HEAD = 1 << 16
"""Octets of a head, from the status line to the empty line, that are read."""
MOST_KEPT = 16
"""Flaws, and lines of a kind, that are kept of an answer."""
SHOWN = 80
"""Octets of a line that a flaw shows."""

STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9][0-9] [^\x00-\x08\x0a-\x1f\x7f]*")
FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FIELD_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,20})([\t ]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?)")
LENGTH = re.compile(rb"[0-9]{1,32}")
TEXT = re.compile(rb"[\t\r\n\x20-\x7e]*")
HARMLESS = re.compile(rb"(?:\r\n)*+(?:HTTP/1\.[01] 408 |\Z)")
"""What may follow an answer: line ends, which clients discard (RFC 9112, section 9.2), and a 408 to an idle client."""

WITHOUT_CONTENT = (204, 304)
FRAMING = (b"content-length", b"transfer-encoding")


class Rule(Enum):
    """The kinds of flaws, and where the rules are written."""

    LINES = "RFC 9112, sections 2.2, 4 and 5"
    FRAMING = "RFC 9112, sections 6 and 7"
    CONTENT = "RFC 9110, section 6.4.1"


class Flaw(NamedTuple):
    """One way in which a message is not what RFC 9112 demands of a server.

    Attributes:
        rule: The kind of the flaw.
        expected: What the rule demands, as a phrase.
        actual: What came, as a phrase.
    """

    rule: Rule
    expected: str
    actual: str


@dataclass(frozen=True)
class Wire:
    """An answer as it came.

    Attributes:
        status_line: The status line of the final response, without its line end; empty if none came.
        trailer_lines: The first field lines after its last chunk, without their line ends.
        interim: The status lines of the first interim responses (1xx) before it.
        flaws: What is wrong with them, and with the octets around them, in the order in which they came.
        complete: Whether the message has an end, so that nothing of it is missing.
        ended: Whether the server had closed the connection when the octets were read.
        early: Whether something came before the content of the request was sent, which awaited it.
        rest: What came after the message, if the answers to further requests were awaited.
    """

    status_line: bytes = b""
    trailer_lines: tuple[bytes, ...] = ()
    interim: tuple[bytes, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    complete: bool = False
    ended: bool = False
    early: bool = False
    rest: bytes = b""


def read(octets: bytes, method: str, *, ended: bool, early: bool = False, pipelined: bool = False) -> Wire:
    """Read the answer to a request.

    Args:
        octets: All octets that came, from the end of the request on.
        method: The method of the request.
        ended: Whether the server has closed the connection.
        early: Whether some of them came before the content of the request was sent.
        pipelined: Whether the answers to further requests may follow.
    """
    return replace(_Reader(octets, ended=ended, pipelined=pipelined).message(method), ended=ended, early=early)


class _Incomplete(Exception):  # noqa: N818 - not an error: the rest has not come
    """The octets end within a message."""


class _Reader:
    """Reads octets from the start to the end."""

    def __init__(self, octets: bytes, *, ended: bool, pipelined: bool) -> None:
        self._octets = octets
        self._ended = ended
        self._pipelined = pipelined
        self._position = 0
        self._flaws: list[Flaw] = []

    def message(self, method: str) -> Wire:
        """Return the final response, and the flaws of the interim ones before it."""
        status_line, complete, rest = b"", False, b""
        trailers: list[bytes] = []
        interim: list[bytes] = []
        try:
            while True:
                status_line, fields = self._head()
                status = int(status_line[9:12]) if STATUS_LINE.fullmatch(status_line) else 0
                if not 100 <= status < 200:
                    break
                interim.append(status_line)
                self._refuse_framing(fields, f"a {status}")
            trailers = self._content(method, status, fields)
            complete = True
            surplus = self._octets[self._position :]
            if self._pipelined:
                rest = surplus
            elif not HARMLESS.match(surplus):
                self._found(Rule.FRAMING, SURPLUS, f"also {_text(surplus)}")
        except _Incomplete:
            pass
        kept, before = tuple(trailers[:MOST_KEPT]), tuple(line[:SHOWN] for line in interim[:MOST_KEPT])
        return Wire(status_line[:SHOWN], kept, before, tuple(self._flaws), complete, rest=rest)

    def _found(self, rule: Rule, expected: str, actual: str) -> None:
        if len(self._flaws) < MOST_KEPT:
            self._flaws.append(Flaw(rule, expected, actual))

    def _line(self) -> bytes:
        """Return the next line without its end; raises `_Incomplete`."""
        end = self._octets.find(b"\n", self._position, self._position + LONGEST_HEAD)
        if end < 0:
            raise _Incomplete
        line, self._position = self._octets[self._position : end], end + 1
        if line.endswith(b"\r"):
            return line[:-1]
        self._found(Rule.LINES, "lines that end with CR LF", f"{_text(line)} with LF alone")
        return line

    def _head(self) -> tuple[bytes, list[bytes]]:
        """Return a status line and the field lines; raises `_Incomplete`."""
        status_line = self._line()
        if not STATUS_LINE.fullmatch(status_line):
            self._found(Rule.LINES, "a status line as in 'HTTP/1.1 200 OK'", _shown(status_line))
        return status_line, self._fields()

    def _fields(self) -> list[bytes]:
        """Return field lines up to an empty line; raises `_Incomplete`."""
        lines: list[bytes] = []
        first = self._position
        while line := self._line():
            if self._position - first > LONGEST_HEAD:
                raise _Incomplete
            lines.append(line)
            self._check_field(line)
        return lines

    def _check_field(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t"):
            self._found(Rule.LINES, "no folded field lines", f"the line {_shown(line)}")
        elif not colon:
            self._found(Rule.LINES, "field lines with a colon", _shown(line))
        elif not FIELD_NAME.fullmatch(name):
            self._found(Rule.LINES, "a field name without blanks or separators", _shown(name))
        elif not FIELD_VALUE.fullmatch(value):
            self._found(Rule.LINES, "a field value without control characters", _shown(line))

    def _refuse_framing(self, fields: list[bytes], where: str) -> None:
        """Object to fields that frame a content which cannot be there (RFC 9110, section 8.6; 9112, section 6.1)."""
        for line in fields:
            if line.partition(b":")[0].lower() in FRAMING:
                self._found(Rule.FRAMING, f"no Content-Length or Transfer-Encoding in {where}", _shown(line))

    def _content(self, method: str, status: int, fields: list[bytes]) -> list[bytes]:
        """Pass over the content, and return the trailers; raises `_Incomplete`."""
        codings = b",".join(_values(fields, b"transfer-encoding")).lower()
        if method == "HEAD" or status in WITHOUT_CONTENT:
            if status == WITHOUT_CONTENT[0]:
                self._refuse_framing(fields, "a 204")
            if not HARMLESS.match(self._octets, self._position):
                what = "HEAD" if method == "HEAD" else str(status)
                self._found(Rule.CONTENT, f"no content in the answer to {what}", _text(self._octets[self._position :]))
                self._position = len(self._octets)
            return []
        if codings:
            return self._coded(codings)
        length = self._length(fields)
        if length is None:
            if not self._ended:
                raise _Incomplete
            self._position = len(self._octets)
        else:
            self._skip(length)
        return []

    def _coded(self, codings: bytes) -> list[bytes]:
        """Pass over a content with transfer codings, and return its trailers; raises `_Incomplete`."""
        if codings.strip(b" \t,") != b"chunked":
            self._found(Rule.FRAMING, "Transfer-Encoding: chunked, the only coding of every client", _shown(codings))
            if not self._ended:
                raise _Incomplete
            self._position = len(self._octets)
            return []
        while True:
            line = self._line()
            match = CHUNK.fullmatch(line)
            if match is None:
                self._found(Rule.FRAMING, "the size of a chunk in hexadecimal digits", _text(line))
                raise _Incomplete
            if match[2] and not match[2].strip(b"\t "):
                self._found(Rule.FRAMING, "no blank after the size of a chunk", _text(line))
            size = int(match[1], 16)
            if size == 0:
                trailers = self._fields()
                self._refuse_framing(trailers, "trailers")
                return trailers
            self._skip(size)
            if rest := self._line():
                self._found(Rule.FRAMING, f"a line end after a chunk of {size} octets", _text(rest))

    def _length(self, fields: list[bytes]) -> int | None:
        """Return the Content-Length, None if there is none; raises `_Incomplete` if it has no meaning."""
        values = _values(fields, b"content-length")
        if not values:
            return None
        numbers = [value.strip() for value in b",".join(values).split(b",")]
        if len(numbers) > 1:
            self._found(Rule.FRAMING, "one Content-Length", _shown(b", ".join(values)))
        elif not LENGTH.fullmatch(numbers[0]):
            self._found(Rule.FRAMING, "a Content-Length of digits", _shown(numbers[0]))
        if len(set(numbers)) > 1 or not LENGTH.fullmatch(numbers[0]):
            raise _Incomplete
        return int(numbers[0])

    def _skip(self, size: int) -> None:
        if self._position + size > len(self._octets):
            raise _Incomplete
        self._position += size


def _values(fields: list[bytes], name: bytes) -> list[bytes]:
    pairs = (line.partition(b":") for line in fields)
    return [value.strip(b" \t") for found, _, value in pairs if found.strip().lower() == name]


def _text(octets: bytes) -> str:
    """Return the start of a content that is text; if it is compressed, no redaction recognises a secret in it."""
    return _shown(octets) if TEXT.fullmatch(octets[:SHOWN]) else f"{len(octets)} octets that are not ASCII"


def _shown(octets: bytes) -> str:
    return repr(octets[:SHOWN].decode("latin-1"))

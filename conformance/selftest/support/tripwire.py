"""A proxy that records each request that could change anything on the server behind it.

It does not share code with the suite or the mock. Each request is parsed in every way in which some server might parse
it; one reading that is not harmless trips the wire.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

__all__ = ["GUESSABLE", "Message", "Tripwire", "tripwired"]

GUESSABLE = (
    *("0", "1", "-1", "00", "42", "1.0", "a", "b", "id", "x", "v5", "test", "demo", "batch", "job", "null", "none"),
    *("true", "false", "undefined", "nan", "all", "*", "%", "_", ".", "..", "-", "commit", "{}", "[]", "''", '""'),
    *(
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "bd4193aa-072d-4ce6-beec-adffc7252341",
        "ac64275d-ae2a-4597-9bb5-a021af3f33e9",
        "054ba152d480d55b2f5dc0069e7ddef0",
    ),
)
"""IDs that people, poor generators or examples may use for batches."""

MIN_DISTINCTIVE = 12
"""Minimum length of an ID that occurs in a request only to name the batch."""

# A random ID, which no batch has: a UUID of version 4, with or without hyphens, or as a number.
FIRST = "(?:%3[0-9]|%6[1-6]|[0-9a-f])"  # percent-encoded or not
UUID = rf"{FIRST}[0-9a-f]{{7}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}"
RANDOM = rf"(?:{UUID}|[0-9a-f]{{32}}|[0-9]{{30,39}})"
BELOW_RANDOM = re.compile(
    rf"/(?:(?!batch-async-jobs/)[^/]*/)*batch-async-jobs/{RANDOM}(?![0-9a-f])[^/]*(?:/.*)?", re.DOTALL
)
COMMIT = re.compile(rf"/v5/[^/]+/batch-async-jobs/{RANDOM}(?![0-9a-f])[^/]*/commit", re.DOTALL)

ABSOLUTE = re.compile(r"^https?://[^/?#]*")
"""The beginning of a target in absolute form."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
METHOD_HEADERS = ("x-http-method-override", "x-http-method", "x-method-override")
PATH_HEADERS = (
    "x-original-url",
    "x-rewrite-url",
    "x-original-uri",
    "x-forwarded-uri",
    "x-forwarded-path",
    "x-forwarded-prefix",
)
ID_NAMES = re.compile(r"(?:async[_-]?)?(?:job|batch)s?(?:[_-]?ids?)?|ids?", re.IGNORECASE)
"""Names of parameters and members that may have the ID of a batch."""
DELIMITERS = ("\0", "\r", "\n", "\t", " ", ";", "?", "#", ",", "&", "=", "~", "\\", ":", "|")
"""Characters at which a server may cut an ID or a path."""


@dataclass(frozen=True)
class Message:
    """A received request.

    Attributes:
        method: The method.
        target: The request target.
        headers: The headers, with names in lower case.
        body: The content.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass
class Tripwire:
    """Counts requests, and records those that could change anything.

    Attributes:
        named: IDs of existing batches that the options of the run name. A request must not contain one, unless it is
            short or guessable.
        guessable: IDs of existing batches that may occur in a request, but not where the ID of a batch is expected.
        seen: The number of requests.
        trips: The reason and the request line of each request that could change anything.
        drawn: The random first parts of the IDs in requests.
    """

    named: Iterable[str] = ()
    guessable: Iterable[str] = GUESSABLE
    seen: int = 0
    trips: list[str] = field(default_factory=list)
    drawn: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Normalise the IDs, since they are compared without regard to case."""
        named = {name.strip().casefold() for name in self.named}
        guessable = {name.strip().casefold() for name in self.guessable}
        self._named = [name for name in sorted(named - guessable) if len(name) >= MIN_DISTINCTIVE]
        self._existing = named | guessable

    def see(self, message: Message) -> None:
        """Check one request."""
        self.seen += 1
        self.drawn.update(re.findall(rf"/batch-async-jobs/({RANDOM})", message.target))
        reason = self.objection(message)
        if reason is not None:
            self.trips.append(f"{reason}: {message.method} {message.target[:400]}")

    def objection(self, message: Message) -> str | None:
        """Return why a request could change anything; None if it cannot."""
        lines = (f"{name}: {value}" for name, value in message.headers if name != "host")
        everything = [message.target, *lines, message.body.decode("utf-8", "replace")]
        for text, name in itertools.product((form for part in everything for form in _decoded(part)), self._named):
            if name in text.casefold():
                return f"names {name}"
        target = message.target
        if not target.startswith("/"):
            target = ABSOLUTE.sub("", target) or "/"
        path, _, query = target.partition("?")
        pairs = [*_pairs(query), *_pairs(message.body.decode("latin-1")), *_members(message.body)]
        for name, value in pairs:
            if ID_NAMES.fullmatch(name.strip()) and self._may_name(value):
                return f"names {value!r} beside the path"
        methods = [message.method, *(value for name, value in message.headers if name in METHOD_HEADERS)]
        methods += [value for name, value in pairs if name == "_method"]
        paths = [path, *(urlsplit(value).path for name, value in message.headers if name in PATH_HEADERS)]
        for method, place in itertools.product(methods, paths):
            reasons = (self._at(method.strip().upper(), reading) for reading in _readings(place))
            if reason := next(filter(None, reasons), None):
                return reason
        if not any(COMMIT.fullmatch(reading) for reading in _readings(path)) and message.method not in SAFE_METHODS:
            return "is not a commit in any reading"
        return None

    def _at(self, method: str, path: str) -> str | None:
        segments = path.partition("/batch-async-jobs/")[2].split("/")
        for place, segment in enumerate(segments):
            if segment.strip() in self._existing and not (segment == "commit" and place):
                return f"names {segment.strip()!r} as {path[:200]}"
        if method in SAFE_METHODS or BELOW_RANDOM.fullmatch(path):
            return None
        return f"is {method} on {path[:200]}"

    def _may_name(self, value: str) -> bool:
        """Return whether a value may be the ID of an existing batch: whether it is neither empty nor random."""
        return bool(value.strip()) and re.match(RANDOM, value.strip().casefold()) is None


def _decoded(text: str) -> list[str]:
    """Return a text, and the text percent-decoded once, twice and three times."""
    forms = [text]
    for _ in range(3):
        forms.append(unquote(forms[-1]))
    return list(dict.fromkeys(forms))


def _readings(path: str) -> set[str]:
    """Return all readings of a path, in lower case."""
    forms = {form.casefold() for form in _decoded(path)}
    forms |= {form.replace("\\", "/") for form in forms}
    forms |= {re.sub("/+", "/", form) for form in forms}
    forms |= {_resolved(form) for form in forms}
    cut = {form[: form.index(end)] for form in forms for end in DELIMITERS if end in form}
    cut |= {"/".join(segment.partition(end)[0] for segment in form.split("/")) for form in forms for end in DELIMITERS}
    return forms | cut | {form.rstrip("/") for form in forms}


def _resolved(path: str) -> str:
    """Return a path without dot segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        bare = segment.strip()
        if bare == "..":
            del kept[max(1, len(kept) - 1) :]
        elif bare != ".":
            kept.append(segment)
    return "/".join(kept)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return the parameters of a query or a form."""
    pairs = (item.partition("=") for form in _decoded(text) for item in re.split("[&;]", form))
    return [(name, value) for name, equals, value in pairs if equals]


def _members(body: bytes) -> list[tuple[str, str]]:
    """Return the members of all objects in a JSON body whose values are strings or numbers."""
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return []
    found = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            lists = ((name, item if isinstance(item, list) else [item]) for name, item in value.items())
            found += [(name, str(item)) for name, items in lists for item in items if isinstance(item, (str, int))]
    return found


@contextmanager
def tripwired(upstream: str, tripwire: Tripwire, *, prefix: str = "") -> Iterator[str]:
    """Run a proxy for a server, below a path prefix, that passes each request to the tripwire; yields the URL.

    A request with an ambiguous end trips the wire, too, since servers may read its body as the next request.
    """
    address = urlsplit(upstream)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_writer: asyncio.StreamWriter | None = None
        try:
            answers, upstream_writer = await asyncio.open_connection(address.hostname, address.port)
            returning = asyncio.create_task(_forward(answers, writer))
            async for octets in _requests(reader, tripwire, prefix):
                upstream_writer.write(octets)
                await upstream_writer.drain()
            upstream_writer.close()  # the client has closed its connection, so it expects no answer any more
            await returning
        except OSError:
            pass
        finally:
            for side in (upstream_writer, writer):
                if side is not None:
                    side.close()
                    with suppress(OSError):
                        await side.wait_closed()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{prefix}"
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _message(head: bytes, prefix: str) -> Message | None:
    """Parse the head of a request below a path prefix; None if the end of the request is ambiguous."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) == 3:
        words[1] = ABSOLUTE.sub("", words[1])
    pairs = [line.partition(":") for line in lines]
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    lengths = [value for name, value in headers if name == "content-length"]
    unambiguous = (
        len(words) == 3
        and words[1].startswith(f"{prefix}/")
        and all(name == name.strip() for name, _ in headers)
        and all(length.isdecimal() for length in lengths)
        and len(lengths) + sum(name == "transfer-encoding" for name, _ in headers) <= 1
        and all(value.lower() == "chunked" for name, value in headers if name == "transfer-encoding")
    )
    return Message(words[0], words[1].removeprefix(prefix), headers) if unambiguous else None


async def _requests(reader: asyncio.StreamReader, tripwire: Tripwire, prefix: str) -> AsyncIterator[bytes]:
    """Pass the requests of a connection to the tripwire; yields each without the prefix."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            message = _message(head[:-4], prefix)
            if message is None:
                tripwire.trips.append(f"has an ambiguous head: {head[:400]!r}")
                return
            content, body = await _content(reader, dict(message.headers))
            tripwire.see(replace(message, body=body))
            yield head.replace(prefix.encode(), b"", 1) + content
    except asyncio.IncompleteReadError as error:
        if error.partial:
            tripwire.trips.append(f"is incomplete: {error.partial[:400]!r}")


async def _content(reader: asyncio.StreamReader, headers: dict[str, str]) -> tuple[bytes, bytes]:
    """Read the content of a request; return its octets, and what they say."""
    if "transfer-encoding" not in headers:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return body, body
    octets, body = b"", b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        octets += line
        if size == 0:
            break
        chunk = await reader.readexactly(size + 2)
        octets, body = octets + chunk, body + chunk[:-2]
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        octets += line
    return octets + line, body


async def _forward(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while octets := await answers.read(1 << 16):
            writer.write(octets)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

"""A tripwire: it stands in front of a server and trips when a request could change anything there.

It knows nothing of how the suite reads requests, and shares no code with it or with the mock. Each request is read in
every way in which some careless server might read it; one reading that is not harmless is enough.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
from contextlib import contextmanager
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
"""IDs that a batch may well have where people or bad generators choose them, and those that examples have."""

UNMISTAKABLE = 12
"""Characters from which on an ID is in a request for no other reason than to name the batch."""

# What is drawn at random names no batch: a UUID with its version, without hyphens, or as a number.
RANDOM = r"(?:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9]{30,39})"
BELOW_RANDOM = re.compile(
    rf"/(?:(?!batch-async-jobs/)[^/]*/)*batch-async-jobs/{RANDOM}(?![0-9a-f])[^/]*(?:/.*)?", re.DOTALL
)
COMMIT = re.compile(rf"/v5/[^/]+/batch-async-jobs/{RANDOM}(?![0-9a-f])[^/]*/commit", re.DOTALL)

HARMLESS = ("GET", "HEAD", "OPTIONS", "TRACE")
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
REROUTES = (
    "x-original-url",
    "x-rewrite-url",
    "x-original-uri",
    "x-forwarded-uri",
    "x-forwarded-path",
    "x-forwarded-prefix",
)
NAMING = re.compile(r"(?:async[_-]?)?(?:job|batch)s?(?:[_-]?ids?)?|ids?", re.IGNORECASE)
"""Names under which a query or a body may say which batch is meant."""
ENDS = ("\0", "\r", "\n", "\t", " ", ";", "?", "#", ",", "&", "=", "~", "\\", ":", "|")
"""Characters at which a server may stop to read an ID or a path."""


@dataclass(frozen=True)
class Message:
    """A request as it came.

    Attributes:
        method: Its method.
        target: Its target.
        headers: Names in lower case, and values.
        body: Its content.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass
class Tripwire:
    """Counts requests, and those that could change anything.

    Attributes:
        named: Batches that exist, and that the run was told of: no request may hold their IDs, unless these are
            short or guessable.
        guessable: Batches that exist, whose IDs may be in any request, but not where it says which batch it means.
        seen: How many requests there were.
        trips: What tripped it: why, and the request line.
        drawn: The random beginnings of the IDs that were named.
    """

    named: Iterable[str] = ()
    guessable: Iterable[str] = GUESSABLE
    seen: int = 0
    trips: list[str] = field(default_factory=list)
    drawn: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Compare without case."""
        named = {name.strip().casefold() for name in self.named}
        guessable = {name.strip().casefold() for name in self.guessable}
        self._named = [name for name in sorted(named - guessable) if len(name) >= UNMISTAKABLE]
        self._existing = named | guessable

    def see(self, message: Message) -> None:
        """Look at one request."""
        self.seen += 1
        self.drawn.update(re.findall(rf"/batch-async-jobs/({RANDOM})", message.target))
        why = self.objection(message)
        if why is not None:
            self.trips.append(f"{why}: {message.method} {message.target[:400]}")

    def objection(self, message: Message) -> str | None:
        """Say what a request could change; None if it cannot change anything."""
        lines = (f"{name}: {value}" for name, value in message.headers if name != "host")
        everything = [message.target, *lines, message.body.decode("utf-8", "replace")]
        for text, name in itertools.product((form for part in everything for form in _decoded(part)), self._named):
            if name in text.casefold():
                return f"names {name}"
        target = message.target
        if not target.startswith("/"):
            target = re.sub(r"^https?://[^/?#]*", "", target) or "/"
        path, _, query = target.partition("?")
        pairs = [*_pairs(query), *_pairs(message.body.decode("latin-1")), *_members(message.body)]
        for name, value in pairs:
            if NAMING.fullmatch(name.strip()) and self._may_name(value):
                return f"names {value!r} beside the path"
        asked = [message.method, *(value for name, value in message.headers if name in OVERRIDES)]
        asked += [value for name, value in pairs if name == "_method"]
        paths = [path, *(urlsplit(value).path for name, value in message.headers if name in REROUTES)]
        for method, place in itertools.product(asked, paths):
            whys = (self._at(method.strip().upper(), reading) for reading in _readings(place))
            if why := next(filter(None, whys), None):
                return why
        if not any(COMMIT.fullmatch(reading) for reading in _readings(path)) and message.method not in HARMLESS:
            return "is no commit, in whatever way it is read"
        return None

    def _at(self, method: str, path: str) -> str | None:
        segments = path.partition("/batch-async-jobs/")[2].split("/")
        for place, segment in enumerate(segments):
            if segment.strip() in self._existing and not (segment == "commit" and place):
                return f"names {segment.strip()!r} as {path[:200]}"
        if method in HARMLESS or BELOW_RANDOM.fullmatch(path):
            return None
        return f"is {method} on {path[:200]}"

    def _may_name(self, value: str) -> bool:
        """Tell whether a value may be an ID of a batch that exists: any that is not empty and not random."""
        return bool(value.strip()) and re.match(RANDOM, value.strip().casefold()) is None


def _decoded(text: str) -> list[str]:
    """Return a text as it is, and percent-decoded once, twice and thrice."""
    forms = [text]
    for _ in range(3):
        forms.append(unquote(forms[-1]))
    return list(dict.fromkeys(forms))


def _readings(path: str) -> set[str]:
    """Return a path in each way in which it may be understood, in small letters."""
    forms = {form.casefold() for form in _decoded(path)}
    forms |= {form.replace("\\", "/") for form in forms}
    forms |= {re.sub("/+", "/", form) for form in forms}
    forms |= {_resolved(form) for form in forms}
    cut = {form[: form.index(end)] for form in forms for end in ENDS if end in form}
    cut |= {"/".join(segment.partition(end)[0] for segment in form.split("/")) for form in forms for end in ENDS}
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
    """Return the fields of a query or a form."""
    pairs = (item.partition("=") for form in _decoded(text) for item in re.split("[&;]", form))
    return [(name, value) for name, equals, value in pairs if equals]


def _members(body: bytes) -> list[tuple[str, str]]:
    """Return the members of all objects in a JSON body that have a text or a number."""
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
    """Serve what another server serves, below a path prefix, and show the tripwire each request; gives the URL.

    A request whose end is not certain trips too: what one server takes for a body is another one's next request.
    """
    there = urlsplit(upstream)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward: asyncio.StreamWriter | None = None
        try:
            answers, onward = await asyncio.open_connection(there.hostname, there.port)
            back = asyncio.create_task(_pass_on(answers, writer))
            async for octets in _requests(reader, tripwire, prefix):
                onward.write(octets)
                await onward.drain()
            onward.write_eof()
            await back
        except OSError:
            pass
        finally:
            for side in (onward, writer):
                if side is not None:
                    side.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{prefix}"
    finally:
        asyncio.run_coroutine_threadsafe(_finish(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _message(head: bytes, prefix: str) -> Message | None:
    """Read the head of a request below a path prefix; None if servers may not agree on where it ends."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    pairs = [line.partition(":") for line in lines]
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    lengths = [value for name, value in headers if name == "content-length"]
    sound = (
        len(words) == 3
        and words[1].startswith(f"{prefix}/")
        and not any(name == "transfer-encoding" or name != name.strip() for name, _ in headers)
        and all(length.isdecimal() for length in lengths)
        and len(lengths) <= 1
    )
    return Message(words[0], words[1].removeprefix(prefix), headers) if sound else None


async def _requests(reader: asyncio.StreamReader, tripwire: Tripwire, prefix: str) -> AsyncIterator[bytes]:
    """Show the tripwire the requests of one connection; gives each as it is to be passed on, without the prefix."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            message = _message(head[:-4], prefix)
            if message is None:
                tripwire.trips.append(f"cannot be read in one way: {head[:400]!r}")
                return
            length = int(dict(message.headers).get("content-length", "0"))
            message = replace(message, body=await reader.readexactly(length))
            tripwire.see(message)
            yield head.replace(prefix.encode(), b"", 1) + message.body
    except asyncio.IncompleteReadError as error:
        if error.partial:
            tripwire.trips.append(f"breaks off: {error.partial[:400]!r}")


async def _pass_on(answers: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while octets := await answers.read(1 << 16):
            writer.write(octets)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _finish(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

"""Connections of httpcore that keep the octets of each answer, trusted certificates, and the meaning of errors.

httpcore is used without httpx, which has no place for a network backend of ours.
"""

from __future__ import annotations

import functools
import re
import ssl
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpcore
import httpx

from conformance.exchange.exchange import Form, TransportFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.exchange.exchange import FailureKind, Request

__all__ = [
    "ERRORS",
    "RESET",
    "WITHHELD",
    "Octets",
    "failure",
    "join",
    "kept",
    "observe",
    "open_pool",
    "ssl_context",
    "written",
]

RESET = "the target closed the connection"
"""Detail of an error for which httpcore has no message."""

WITHHELD = "the target does not refuse the content that the call announces, which is not sent"
"""Detail of the failure of a call that announces content."""

MAX_KEPT = (1 << 20) + (1 << 16)
"""Octets of an answer that are kept, as many as the longest content and head that are read."""


PATIENCE = 1.0
"""Seconds that a client with content to send waits for a 100 (RFC 9110, section 10.1.1)."""

PAUSE = 0.05
"""Seconds between two parts of a message, in which the target reads the first."""


class Octets:
    """What is sent and received in one exchange.

    Attributes:
        head: What is sent instead of the head and the content that httpcore writes; None to send those.
        content: What is sent after that head, and after an answer to it if the head expects one; None if the head
            announces content that is never sent.
        expecting: Whether it does.
        split: Whether that head is sent in two parts, and the content after a pause.
        received: What came, also of a message that httpcore refuses.
        ended: Whether the target has closed the connection.
        early: Whether something came before the content was sent.
    """

    def __init__(self, head: bytes | None, content: bytes | None, *, expecting: bool, split: bool = False) -> None:
        """Start with nothing received."""
        self.head = head
        self.content = content
        self.expecting = expecting
        self.split = split
        self.received = bytearray()
        self.ended = False
        self.early = False

    @property
    def refused(self) -> bool:
        """Return whether a final response came."""
        return any(not line.startswith(b"HTTP/1.1 1") for line in STATUS_LINE.findall(self.received))


def join(exchanges: Sequence[Octets]) -> None:
    """Send the octets of all exchanges with the first one, so that the answers to the others are only read."""
    first, *others = exchanges
    for other in others:
        first.content = b"%b%b%b" % (first.content or b"", other.head or b"", other.content or b"")
        other.head = b""


STATUS_LINE = re.compile(rb"^HTTP/.*", re.MULTILINE)

_octets: ContextVar[Octets] = ContextVar("octets")


@contextmanager
def kept(octets: Octets) -> Iterator[None]:
    """Send and keep the octets of this task's exchange while the block runs."""
    token = _octets.set(octets)
    try:
        yield
    finally:
        _octets.reset(token)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose octets are kept."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, *, guarded: bool) -> None:
        self._stream = stream
        self._guarded = guarded
        self._unread = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - of httpcore
        if self._unread:
            unread, self._unread = self._unread, b""
            return unread
        octets = await self._stream.read(max_bytes, timeout)
        exchange = _octets.get()
        exchange.ended = not octets
        if len(exchange.received) < MAX_KEPT:
            exchange.received += octets
        return octets

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - of httpcore
        exchange = _octets.get()
        if exchange.head is None:
            await self._stream.write(buffer, timeout)
            return
        # The first of several calls sends all.
        head, exchange.head = exchange.head, b""
        if not head:
            return
        if exchange.split:
            half = len(head) // 2
            await self._stream.write(head[:half], timeout)
            await anyio.sleep(PAUSE)
            await self._stream.write(head[half:], timeout)
            await anyio.sleep(PAUSE if exchange.content else 0)
            head = b""
        content = exchange.content
        if content is not None and not exchange.expecting:
            await self._stream.write(head + content, timeout)
            return
        await self._stream.write(head, timeout)
        with anyio.move_on_after(PATIENCE):
            self._unread = await self.read(1 << 16)
            exchange.early = bool(self._unread)
        if exchange.refused:
            return
        if content is None:
            raise httpcore.LocalProtocolError(WITHHELD)
        await self._stream.write(content, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of httpcore
    ) -> httpcore.AsyncNetworkStream:
        # What came before is the answer of a proxy.
        _octets.get().received.clear()
        return _Stream(await self._stream.start_tls(ssl_context, server_hostname, timeout), guarded=self._guarded)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore declares it
        # By this, httpcore decides whether to close an idle connection instead of using it.
        if info == "is_readable" and not self._guarded:
            return False
        return self._stream.get_extra_info(info)


class _Backend(httpcore.AnyIOBackend):
    """Opens such connections."""

    def __init__(self, *, guarded: bool) -> None:
        super().__init__()
        self._guarded = guarded

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, guarded=self._guarded)


def open_pool(
    *, context: ssl.SSLContext, proxy: str | None, connections: int | None, idle: int, guarded: bool = True
) -> httpcore.AsyncConnectionPool:
    """Return a pool of connections.

    Args:
        context: Decides which certificates are trusted.
        proxy: URL of an HTTP proxy to use, which may contain credentials.
        connections: Maximum of connections; None for no limit.
        idle: Maximum of connections that are kept for further requests.
        guarded: Whether a kept connection is not used again once the target has closed it, or has sent on it what
            would be taken for the next answer.
    """
    return httpcore.AsyncConnectionPool(
        ssl_context=context,
        proxy=None if proxy is None else _proxy(httpx.URL(proxy)),
        max_connections=connections,
        max_keepalive_connections=idle,
        network_backend=_Backend(guarded=guarded),
    )


def _proxy(url: httpx.URL) -> httpcore.Proxy:
    address = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Proxy(address, auth=(url.username.encode(), url.password.encode()) if url.userinfo else None)


async def observe(response: httpcore.Response, seconds: float) -> None:
    """Keep what comes after an answer, until the target closes or resets the connection or this time is over."""
    stream = response.extensions["network_stream"]
    with anyio.move_on_after(seconds):
        try:
            while await stream.read(1 << 16):
                pass
        except ERRORS:
            _octets.get().ended = True


ANNOTATED = b"Chunked", b"%X", b";x=y", (b"X-Checksum", b"none")
"""The name of the coding, the sizes and the extension of each of two chunks, and a trailer of an annotated content."""


def written(request: Request, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes | None]:
    """Return the head and the content of a request in its form; None for content that is not sent.

    Args:
        request: The request.
        target: The target in its form.
        headers: The header fields, Host among them.
    """
    form = request.form or Form()
    framing, content = [b"Content-Length: %d" % (form.announced or len(request.body))], request.body
    kept = len(headers) - form.trailing
    if form.framing in ("chunked", "annotated"):
        coding, size, extension, trailer = b"chunked", b"%x", b"", b""
        parts = [request.body]
        if form.framing == "annotated":
            coding, size, extension, field = ANNOTATED
            trailer = b"".join(b"%b: %b\r\n" % each for each in (field, *headers[kept:]))
            half = (len(request.body) + 1) // 2
            parts = [request.body[:half], request.body[half:]]
        chunks = [*((len(part), part + b"\r\n") for part in parts if part), (0, trailer)]
        framing = [b"Transfer-Encoding: " + coding]
        content = b"".join(b"%b%b\r\n%b" % (size % length, extension, rest) for length, rest in chunks) + b"\r\n"
    elif form.framing == "none":
        framing, content = [], b""
    colon = b":" if form.tight else b": "
    line = b"%b %b HTTP/%b" % (request.method.encode("ascii"), target, form.version.encode())
    head = b"\r\n".join((line, *(colon.join(header) for header in headers[:kept]), *framing, b"", b""))
    return head, None if form.announced else content


@functools.cache
def ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts this machine's certificates, or those of a file; cached, since loading is slow.

    The variables SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE, which other programs may need, do not change it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):  # as Python's default context
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    elif sys.platform == "win32":
        for store in ("CA", "ROOT"):
            for certificate, encoding, trust in ssl.enum_certificates(store):
                if encoding == "x509_asn" and (trust is True or ssl.Purpose.SERVER_AUTH.oid in trust):
                    with suppress(ssl.SSLError):
                        context.load_verify_locations(cadata=certificate)
    else:
        paths = ssl.get_default_verify_paths()
        file, directory = Path(paths.openssl_cafile), Path(paths.openssl_capath)
        context.load_verify_locations(file if file.exists() else None, directory)
    return context


ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
)
"""Errors of a call; httpcore lets out those of TLS that come after the handshake."""


def failure(error: Exception) -> TransportFailure:
    """Return the failure that one of `ERRORS` means."""
    reset = isinstance(error, (httpcore.ReadError, httpcore.WriteError)) and not str(error)
    return TransportFailure(_kind(error), RESET if reset else str(error) or type(error).__name__)


def _kind(error: Exception) -> FailureKind:
    if isinstance(error, (httpcore.ConnectError, httpcore.ProxyError)):
        return "insecure" if _is_tls_error(error) else "unreachable"
    return "unsendable" if isinstance(error, httpcore.LocalProtocolError) else "protocol"


def _is_tls_error(error: BaseException | None) -> bool:
    """Return whether the target was reached and TLS failed."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False

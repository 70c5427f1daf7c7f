"""Conforming servers that do not share code with the mock, and whose HTTP differs as much as the standard allows."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Receive, Scope, Send

    from conformance.proof.independent_service import IndependentService
    from conformance.proof.response_styles import ResponseStyle

__all__ = ["QuietHandler", "asgi", "http_1_0", "plain_streams", "threaded"]

ORIGIN = re.compile("https?://[^/]*")
PIECE = 7
"""Octets of a piece of an answer, which ends within a name, a value and a character."""


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler that does not log."""

    def log_message(self, *_: object) -> None:
        """Do nothing."""


@contextmanager
def threaded(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve each connection in a new thread; yield the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def http_1_0(service: IndependentService) -> Iterator[str]:
    """Serve HTTP/1.0, where the end of the connection ends the response; yield the URL.

    A call that expects a 100 gets its final status at once.
    """

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value.strip() for name, value in self.headers.items()}
            if "expect" not in headers or self.request_version == "HTTP/1.0":
                self._read_content(headers)
            status, document = service.answer(self.command, _path(self.path), headers)
            self.send_response(status)
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                self.send_header("Allow", "POST")
            if status == HTTPStatus.UNAUTHORIZED:
                self.send_header("WWW-Authenticate", 'Keystone uri="https://iam.example.com/v3"')
            self.send_header("Content-type", "application/json; charset=utf-8")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(json.dumps(document, indent=4).encode())

        def _read_content(self, headers: Mapping[str, str]) -> None:
            if not _is_chunked(headers):
                self.rfile.read(int(headers.get("content-length", "0")))
                return
            while size := _chunk_size(self.rfile.readline()):
                self.rfile.read(size + 2)
            while self.rfile.readline().strip():
                pass

        do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_POST  # noqa: N815 - names that http.server requires

    with threaded(Handler) as url:
        yield url


@contextmanager
def asgi(service: IndependentService) -> Iterator[str]:
    """Serve with uvicorn below a path prefix; yield the URL."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        path = _path(scope["raw_path"].decode("latin-1")).removeprefix("/some/prefix")
        status, document = service.answer(scope["method"], path, headers)
        lines = [(b"content-type", b"application/json;charset=utf8"), (b"allow", b"POST")]
        lines.append((b"www-authenticate", b"Token"))
        await send({"type": "http.response.start", "status": int(status), "headers": lines})
        body = json.dumps(document, ensure_ascii=False).encode()
        for start in range(0, len(body), PIECE):
            await send({"type": "http.response.body", "body": body[start : start + PIECE], "more_body": True})
        await send({"type": "http.response.body"})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/some/prefix"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def plain_streams(service: IndependentService, style: ResponseStyle) -> Iterator[str]:
    """Serve HTTP/1.1 over plain streams, unusual but legal; yield the URL.

    Each response follows a 103 and is sent in small pieces. It has no Date and no Server, its reason phrase is empty or
    not in English, and its chunks have extensions and trailers. To HTTP/1.0, it has no chunks and follows no 103.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, version = head[0].split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            if "expect" in headers and version == "HTTP/1.1":
                writer.write(b"HTTP/1.1 100 \r\n\r\n")
            await _read_content(reader, headers)
            status, document = service.answer(method, _path(target), headers)
            write = _plain_message if version == "HTTP/1.0" else _message
            for piece in style.pieces(write(method, status, style, style.json_text(document).encode())):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 20))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_finish(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _finish(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=2)


def _needed(status: HTTPStatus, style: ResponseStyle) -> list[str]:
    """Return the field lines that a status needs."""
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return [f"{style.header_name('Allow')}:\t POST\t"]
    if status == HTTPStatus.UNAUTHORIZED:
        name = style.header_name("WWW-Authenticate")
        return [f'{name}:basic REALM="a \\"b\\", c" ,charset=UTF-8,Bearer', f"{name}: Negotiate YQ=="]
    return []


def _path(target: str) -> str:
    """Return the path in a target, which may have the absolute form."""
    return ORIGIN.sub("", target, count=1).partition("?")[0]


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower() == "chunked"


def _chunk_size(line: bytes) -> int:
    return int(line.partition(b";")[0], 16)


async def _read_content(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> None:
    if not _is_chunked(headers):
        await reader.readexactly(int(headers.get("content-length", "0")))
        return
    while size := _chunk_size(await reader.readline()):
        await reader.readexactly(size + 2)
    while (await reader.readline()).strip():
        pass


def _plain_message(method: str, status: HTTPStatus, style: ResponseStyle, body: bytes) -> bytes:
    content_type = f"{style.header_name('Content-Type')}:application/json"
    lines = [f"HTTP/1.1 {int(status)} ", content_type, *_needed(status, style), "", ""]
    return "\r\n".join(lines).encode() + (b"" if method == "HEAD" else body)


def _message(method: str, status: HTTPStatus, style: ResponseStyle, body: bytes) -> bytes:
    reason = "" if status == HTTPStatus.OK else "\u4e0d\u884c \u00e7a ne va pas"
    lines = [
        "HTTP/1.1 103 Early Hints",
        f"{style.header_name('Link')}:</style.css>; rel=preload",
        "",
        f"HTTP/1.1 {int(status)} {reason}",
        f"{style.header_name('Content-Type')}:\t application/json ;CharSet=utf-8 \t ",
        f"{style.header_name('Transfer-Encoding')}:Chunked",
        f"{style.header_name('Connection')}:CLOSE",
        f"{style.header_name('Trailer')}: Checksum",
        f"{style.header_name('X-Empty')}:",
        *_needed(status, style),
        "",
        "",
    ]
    head = "\r\n".join(lines).encode()
    if method == "HEAD":
        return head
    chunks = [b'%04X;name="a;b";flag\r\n%s\r\n' % (len(piece), piece) for piece in style.pieces(body)]
    return head + b"".join(chunks) + b"000;last\r\nChecksum: none\r\n\r\n"

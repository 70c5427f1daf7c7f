"""Conforming servers that have nothing in common with the mock, and as little as HTTP allows with each other."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import threading
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.types import Receive, Scope, Send

__all__ = ["Chance", "Manner", "Service", "asgi", "http_1_0", "streams"]

_PATH = re.compile(r"/v5/([^/]+)/batch-async-jobs/([^/]+)/commit")
_REASONS = {
    HTTPStatus.UNAUTHORIZED: ("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"),
    HTTPStatus.FORBIDDEN: ("APIGW.0302", "The user has no rights."),
    HTTPStatus.NOT_FOUND: ("APIGW.0101", "No such API."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("APIGW.0101", "No such method."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("APIGW.0201", "JSON alone."),
}


@dataclass
class Service:
    """The operation, without HTTP.

    Attributes:
        token: The one valid token.
        project_id: Its project.
        batches: State of each batch: "ready", "validating", "failed" or "committed".
    """

    token: str = "a-token-of-another-server"  # noqa: S105 - protects nothing
    project_id: str = "0f0e0d0c0b0a09080706050403020100"
    batches: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Carry out one request; the names of the headers are in lower case."""
        status = self._refusal(method, path, headers)
        if status is not None:
            code, message = _REASONS[status]
            return status, {"error_code": code, "error_msg": message, "request_id": uuid.uuid4().hex}
        batch_id = unquote(path.split("/")[4])
        with self._lock:
            state = self.batches.get(batch_id)
            if state == "ready":
                self.batches[batch_id] = "committed"
                return HTTPStatus.OK, {"job": {"async_job_id": batch_id, "status": "COMMITTING", "msg": "ok"}}
        code = "DRS.10000010" if state is None else "DRS.10000001"
        return HTTPStatus.BAD_REQUEST, {"error_code": code, "error_msg": f"The batch is {state or 'unknown'}."}

    def _refusal(self, method: str, path: str, headers: Mapping[str, str]) -> HTTPStatus | None:
        match = _PATH.fullmatch(path)
        if match is None:
            return HTTPStatus.NOT_FOUND
        if method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if headers.get("x-auth-token", "").strip() != self.token:
            return HTTPStatus.UNAUTHORIZED
        if unquote(match[1]) != self.project_id:
            return HTTPStatus.FORBIDDEN
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        return None if media_type == "application/json" else HTTPStatus.UNSUPPORTED_MEDIA_TYPE


@contextmanager
def http_1_0(service: Service) -> Iterator[str]:
    """Serve HTTP/1.0, where the end of the connection is the end of the answer; gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, document = service.answer(self.command, self.path.partition("?")[0], headers)
            self.send_response(status)
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                self.send_header("Allow", "POST")
            self.send_header("Content-type", "application/json; charset=utf-8")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(json.dumps(document, indent=4).encode())

        do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_POST  # noqa: N815 - as they have to be

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
def asgi(service: Service) -> Iterator[str]:
    """Serve by uvicorn as it comes, below a path prefix; gives the URL."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["raw_path"].decode("latin-1").removeprefix("/some/prefix")
        status, document = service.answer(scope["method"], path, headers)
        lines = [(b"content-type", b"application/json;charset=utf8"), (b"allow", b"POST")]
        await send({"type": "http.response.start", "status": int(status), "headers": lines})
        for octet in json.dumps(document, ensure_ascii=False).encode():
            await send({"type": "http.response.body", "body": bytes([octet]), "more_body": True})
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


class Manner:
    """How the server on bare streams writes: oddly, and the same each time."""

    def dressed(self, document: dict[str, Any]) -> str:
        """Return the document as JSON text."""
        return json.dumps(document, ensure_ascii=False)

    def spelled(self, name: str) -> str:
        """Return the name of a header in some case."""
        return name.upper()

    def pieces(self, content: bytes) -> list[bytes]:
        """Return content in several pieces, none of them empty."""
        return _cut(content, 7)


class Chance(Manner):
    """Writes differently each time, within what is legal: members, messages, the form of JSON, headers, pieces."""

    def __init__(self, seed: int) -> None:
        """Take the seed of the dice; how they fall also depends on the order of the requests."""
        self._dice = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._codes: dict[str, str] = {}

    def dressed(self, document: dict[str, Any]) -> str:
        """Return the document with other texts where any will do, and with more members than documented."""
        dice = self._dice
        code = document.get("error_code", "")
        if code.startswith("DRS."):
            # A code is of any characters, but one reason has one code.
            self._codes.setdefault(code, self._text(12))
            message = self._text(dice.choice((1, 2, 40, 511, 512)))
            document = {**document, "error_code": self._codes[code], "error_msg": message}
        if "job" in document:
            texts = {"status": self._text(dice.randrange(30)), "msg": self._text(dice.randrange(600))}
            document = {"job": self._extended({**document["job"], **texts})}
        indent, ascii_only = dice.choice((None, 0, 3, "\t")), dice.choice((True, False))
        return json.dumps(self._extended(document), ensure_ascii=ascii_only, indent=indent)

    def spelled(self, name: str) -> str:
        """Return the name of a header in any case."""
        return "".join(self._dice.choice((letter.lower(), letter.upper())) for letter in name)

    def pieces(self, content: bytes) -> list[bytes]:
        """Return content in pieces of any size."""
        return _cut(content, self._dice.randrange(1, 400))

    def _extended(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return an object with some members more, in any order."""
        dice = self._dice
        values: tuple[Any, ...] = (None, True, -1, 0.5, [], {}, [[{"job": []}]], "\u2028", 10**30)
        more = {f"x{self._text(dice.randrange(9))}": dice.choice(values) for _ in range(dice.randrange(5))}
        pairs = [*more.items(), *document.items()]
        dice.shuffle(pairs)
        return dict(pairs)

    def _text(self, length: int) -> str:
        alphabets = ("abc XYZ 019", "\x00\x1b\n\t\x7f\"\\/'<>&%{}$", "\u00e9\u6b21\ufffd\u202e", "\U0001f4be\U00010000")
        text = "".join(self._dice.choice(self._dice.choice(alphabets)) for _ in range(length))
        # All begin with the same Chinese character, lest one message were Chinese and the next one not.
        return f"\u6279{text}"[:length]


def _cut(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@contextmanager
def streams(service: Service, manner: Manner) -> Iterator[str]:
    """Serve HTTP/1.1 written by hand, odd but legal; gives the URL.

    Each answer comes after a 103, in small pieces, without Date and Server, with a reason phrase that is empty or
    foreign, and in chunks with extensions and trailers.
    """

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            await reader.readexactly(int(headers.get("content-length", "0")))
            status, document = service.answer(method, target.partition("?")[0], headers)
            for piece in manner.pieces(_message(method, status, manner, manner.dressed(document).encode())):
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


def _message(method: str, status: HTTPStatus, manner: Manner, body: bytes) -> bytes:
    reason = "" if status == HTTPStatus.OK else "\u4e0d\u884c \u00e7a ne va pas"
    lines = [
        "HTTP/1.1 103 Early Hints",
        f"{manner.spelled('Link')}:</style.css>; rel=preload",
        "",
        f"HTTP/1.1 {int(status)} {reason}",
        f"{manner.spelled('Content-Type')}:\t application/json ;CharSet=utf-8 \t ",
        f"{manner.spelled('Transfer-Encoding')}:Chunked",
        f"{manner.spelled('Connection')}:CLOSE",
        f"{manner.spelled('Trailer')}: Checksum",
        f"{manner.spelled('X-Empty')}:",
        *([f"{manner.spelled('Allow')}:  , POST ,"] if status == HTTPStatus.METHOD_NOT_ALLOWED else []),
        "",
        "",
    ]
    head = "\r\n".join(lines).encode()
    if method == "HEAD":
        return head
    chunks = [b'%04X;name="a;b";flag\r\n%s\r\n' % (len(piece), piece) for piece in manner.pieces(body)]
    return head + b"".join(chunks) + b"000;last\r\nChecksum: none\r\n\r\n"

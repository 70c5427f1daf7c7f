"""A minimal server that answers each request with the same documented response, as fast as possible."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_BODY = json.dumps(
    {
        "job": {
            "async_job_id": "bd4193aa-072d-4ce6-beec-adffc7252341",
            "status": "COMMIT_SUCCESS",
            "msg": "Batch async job bd4193aa-072d-4ce6-beec-adffc7252341 is committed.",
        }
    }
).encode()
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 5f6f9ed7d3a24f0bb8b4bd7f0b3a7c0e\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)
_END = b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One connection; requests must not have a body."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(_END)
        for _ in requests:
            self._transport.write(_ANSWER)


@contextmanager
def serving() -> Iterator[str]:
    """Run the server in a thread for the length of the block, and yield its URL."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(_Connection, "127.0.0.1", 0))
    host, port = server.sockets[0].getsockname()
    thread = threading.Thread(target=loop.run_forever, name="stub", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()

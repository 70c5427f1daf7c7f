"""A minimal server that answers each request with the same documented response, as fast as possible."""

from __future__ import annotations

import asyncio
import json
from typing import cast

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


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"Stub: http://{host}:{port}", flush=True)  # noqa: T201 - read by the parent
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())

"""A metadata service of a cloud server."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.proof.servers import QuietHandler, threaded

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSION = "session-token-that-nobody-may-see"
SECRETS = ("secret-key-that-nobody-may-see", "security-token-that-nobody-may-see")
END = "2100-01-01T00:00:00.000000Z"
MEMBERS: dict[str, object] = {
    "access": "AK",
    "secret": SECRETS[0],
    "securitytoken": SECRETS[1],
    "expires_at": END,
}
TOKEN_PATH, KEY_PATH = "/meta-data/latest/api/token", "/openstack/latest/securitykey"


class Service:
    """Answers with a session token and a key, and records the requests."""

    def __init__(self) -> None:
        self.session: tuple[int, bytes] = (200, SESSION.encode())
        self.key: tuple[int, bytes] = (200, json.dumps({"credential": MEMBERS}).encode())
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    @contextmanager
    def running(self) -> Iterator[str]:
        service = self

        class Handler(QuietHandler):
            def _answer(self, answer: tuple[int, bytes]) -> None:
                service.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, body = answer
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self) -> None:  # noqa: N802 - named by the base class
                self._answer(service.session)

            def do_GET(self) -> None:  # noqa: N802 - named by the base class
                self._answer(service.key)

        with threaded(Handler) as url:
            yield url

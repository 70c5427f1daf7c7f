"""Answers, and the two kinds of refusal: by the gateway and by the service."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.mock.wire import Wire

__all__ = ["Answer", "GatewayError", "RefusalError", "ServiceError"]

_MESSAGE_LENGTH = 512


@dataclass(frozen=True)
class Answer:
    """A complete answer, ready to be sent.

    Attributes:
        status: HTTP status code.
        headers: Names and values in ISO-8859-1. Content-Length is added on sending unless it is given here.
        body: The bytes of the body.
        wire: Makes the octets that are sent in place of this answer; `None` sends it as well-formed HTTP.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    wire: Wire | None = None

    @classmethod
    def of_json(cls, status: int, document: object) -> Answer:
        """Build an answer with a JSON body."""
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status, (("Content-Type", "application/json"),), body)

    def json(self) -> Any:  # noqa: ANN401 - a body is any JSON value
        """Parse the body; raises `ValueError` if it is not JSON."""
        return json.loads(self.body)

    def with_json(self, document: object) -> Answer:
        """Return the same answer with another JSON body."""
        return replace(self, body=Answer.of_json(self.status, document).body)

    def with_header(self, name: str, value: str | None) -> Answer:
        """Return the same answer with a header set to one value; `None` removes the header."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))


class RefusalError(Exception):
    """The refusal of a request, with the reason that the client gets."""

    shows_request_id = False

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def answer(self, request_id: str) -> Answer:
        """Build the answer; `request_id` is the ID of the refused request."""
        document = {"error_msg": self.message, "error_code": self.code}
        if self.shows_request_id:
            document["request_id"] = request_id
        answer = Answer.of_json(self.status, document)
        return replace(answer, headers=(*answer.headers, *self.headers.items()))


class GatewayError(RefusalError):
    """A refusal by the gateway: a code of 10 characters, and the request ID in the body."""

    shows_request_id = True


class ServiceError(RefusalError):
    """A refusal by the service: status 400, a code of 12 characters, a message of 1 to 512 code points."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(400, code, message[:_MESSAGE_LENGTH])

"""An implementation of the operation that shares no code with the mock, without HTTP."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IndependentService"]

_PATH = re.compile(r"/v5/([^/]+)/batch-async-jobs/([^/]+)/commit")
_REASONS = {
    HTTPStatus.UNAUTHORIZED: ("APIGW.0301", "Incorrect IAM authentication information: decrypt token fail"),
    HTTPStatus.FORBIDDEN: ("APIGW.0302", "The user has no rights."),
    HTTPStatus.NOT_FOUND: ("APIGW.0101", "No such API."),
    HTTPStatus.METHOD_NOT_ALLOWED: ("APIGW.0101", "No such method."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("APIGW.0201", "JSON alone."),
}


@dataclass
class IndependentService:
    """The operation as documented, without HTTP.

    Attributes:
        token: The only valid token.
        project_id: The project of the token.
        batches: State of each batch: "ready", "validating", "failed" or "committed".
    """

    token: str = "a-token-of-another-server"  # noqa: S105 - protects nothing
    project_id: str = "0f0e0d0c0b0a09080706050403020100"
    batches: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Process a request, whose header names must be in lower case; return status and body."""
        status = self._error_status(method, path, headers)
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

    def _error_status(self, method: str, path: str, headers: Mapping[str, str]) -> HTTPStatus | None:
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

"""The facts of an answer in an error: what the service or the gateway said, with secrets masked."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from drs_batch_client.runtime.causes import beginning
from drs_batch_client.runtime.errors import DrsError
from drs_batch_client.runtime.redaction import on_one_line

if TYPE_CHECKING:
    import httpx
    from drs_batch_client.runtime.redaction import Redactor

__all__ = ["KEPT", "LONGEST", "document_of", "made", "members_of"]

E = TypeVar("E", bound=DrsError)

KEPT = 64 * 1024
"""Most octets of an answer that an error keeps."""

LONGEST = 600
"""Most characters of a text of another in a message."""


def made(
    kind: type[E],
    summary: str,
    response: httpx.Response,
    redact: Redactor,
    remedy: str = "",
) -> E:
    """Return an error with the facts of an answer."""
    members = members_of(response)
    texts = (members.get("error_code"), members.get("error_msg"), members.get("request_id"))
    code, message, request_id = (beginning(redact, text) if isinstance(text, str) else None for text in texts)
    request_id = request_id or beginning(redact, response.headers.get("X-Request-Id", "")) or None
    text = beginning(redact, response.content[: 4 * KEPT].decode(errors="replace"))
    # A schema of its own may have no code and no message.
    details = on_one_line(" ".join(part for part in (code, message) if part) or (text if members else ""), LONGEST)
    facts = f"status {response.status_code}" + (f", request {on_one_line(request_id, LONGEST)}" if request_id else "")
    error = kind(
        f"{summary}{f': {details}' if details else ''} ({facts}){f'. {remedy}' if remedy else ''}",
        status=response.status_code,
        error_code=code,
        error_msg=message,
        request_id=request_id,
    )
    with suppress(ValueError, RecursionError):
        error.answer = json.loads(text)
    return error


def document_of(response: httpx.Response) -> object:
    """Return the body, parsed; None if it is not JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def members_of(response: httpx.Response) -> dict[str, Any]:
    """Return the members of the body's JSON object; none if the body is anything else."""
    document = document_of(response)
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}

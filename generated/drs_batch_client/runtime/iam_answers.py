"""The meaning of IAM's answers to the client: a token or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_batch_client.runtime import iam
from drs_batch_client.runtime.errors import AuthenticationError, DrsError, TransportError
from drs_batch_client.runtime.redaction import Redactor, on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

__all__ = ["NO_EFFECT", "issued"]

NO_EFFECT = "without a token, the call had no effect"
"""The end of a message. It also holds if the service rejected the previous token and a new one was requested."""


def issued(response: httpx.Response, redact: Callable[[str], str]) -> iam.IssuedToken:
    """Return the token in an answer of IAM.

    Args:
        response: The answer.
        redact: Removes the secrets from a text.

    Raises:
        AuthenticationError: IAM does not accept the user.
        TransportError: IAM has an outage or is busy, or the answer is not IAM's.
    """
    token = iam.read_token(response.headers.get_list("X-Subject-Token"))
    if iam.classify(response.status_code) == "issued" and token is not None:
        # A token that is issued without its times is valid for as long as IAM's tokens usually are.
        return iam.IssuedToken(token, iam.read_lifetime(response.content) or iam.LIFETIME)
    raise _error(response, redact)


def _error(response: httpx.Response, redact: Callable[[str], str]) -> DrsError:
    status, kind = response.status_code, iam.classify(response.status_code)
    redact_token = Redactor(*response.headers.get_list("X-Subject-Token"))
    message, request_id = (
        on_one_line(redact_token(redact(text)), iam.MESSAGE_LENGTH)
        for text in (iam.read_message(response.content), response.headers.get("X-Request-Id", ""))
    )
    facts = f" (status {status}{f': {message}' if message else ''})"
    server = f"{response.url.scheme}://{response.url.netloc.decode('ascii')}"
    if kind == "refused":
        return AuthenticationError(
            f"IAM at {server} issues no token for this user and project{facts}; check user, password, domain and"
            " project_id before the next attempt, since IAM locks a user after several failures",
            status=status,
            error_msg=message or None,
            request_id=request_id or None,
        )
    said = (
        f"IAM at {server} has an outage or is busy{facts}; {NO_EFFECT}"
        if kind == "unavailable"
        else f"{server} does not answer like IAM{facts}; check iam_url"
    )
    return TransportError(said, status=status, request_id=request_id or None)

"""The errors that a call can raise.

DrsError
├── RefusedError               the service refused the call
├── RejectedError              the gateway in front of the service rejected the call
│   ├── AuthenticationError    the gateway or IAM does not accept the credentials, or none are valid
│   ├── PermissionDeniedError  the credentials grant no rights in the project
│   ├── NotPublishedError      the operation is not offered at this address
│   ├── ThrottledError         too many calls
│   └── UnavailableError       the gateway is temporarily unavailable
├── TransportError             the request was not sent, or not again after a rejection
└── OutcomeUnknownError        it is unknown whether the call had its effect
    └── UnexpectedAnswerError  the answer is not documented

Any error other than OutcomeUnknownError means that the call had no effect. It may be repeated once the cause is fixed.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AuthenticationError",
    "DrsError",
    "NotPublishedError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RefusedError",
    "RejectedError",
    "ThrottledError",
    "TransportError",
    "UnavailableError",
    "UnexpectedAnswerError",
]


class DrsError(Exception):
    """A call that has no result. Of each text in the answer, at most the first 64 Ki characters are kept.

    Attributes:
        status: HTTP status of the answer; None if there is no answer.
        error_code: Code in the answer, such as `DRS.10000001` or `APIGW.0301`; None if it has none.
        error_msg: Message in the answer; None if it has none.
        request_id: ID of the request, for the vendor's support; None if no answer has come, or it has none.
        async_job_id: ID of what the call is about, such as the batch: the last ID in its path. None if there is none.
        attempts: Number of times that the request was sent, or was to be sent; 0 if the call ended before.
        answer: The JSON of the answer, parsed and with secrets masked; None if it is not JSON, or is longer than that.
    """

    answer: Any = None
    async_job_id: str | None = None
    attempts: int = 0

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_code: str | None = None,
        error_msg: str | None = None,
        request_id: str | None = None,
    ) -> None:
        # Only the message is positional, so that pickle and copy can recreate the error.
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.error_msg = error_msg
        self.request_id = request_id


class RefusedError(DrsError):
    """The service refused the call, which had no effect (status 400, or another documented 4xx with its answer).

    A commit is refused if the batch is unknown, is still being checked, or has failed its check.
    """


class RejectedError(DrsError):
    """The call was rejected, nearly always by the gateway, and had no effect."""


class AuthenticationError(RejectedError):
    """The credentials are missing, wrong or expired (status 401), or IAM or a provider gives none."""


class PermissionDeniedError(RejectedError):
    """The credentials are valid but grant no rights in the project (status 403)."""


class NotPublishedError(RejectedError):
    """The operation is not offered at this address, for instance in this region (status 404 or 405)."""


class ThrottledError(RejectedError):
    """Too many calls (status 429), after all attempts.

    Attributes:
        retry_after: Seconds to wait before the next attempt, by the answer; None if it does not say.
    """

    retry_after: float | None = None


class UnavailableError(RejectedError):
    """The gateway is temporarily unavailable (status 503 of the gateway), after all attempts.

    Attributes:
        retry_after: Seconds to wait before the next attempt, by the answer; None if it does not say.
    """

    retry_after: float | None = None


class TransportError(DrsError):
    """The request was not sent: the service, IAM or the provider of credentials cannot be reached or is not trusted.

    Or it was rejected (status 401 or 429, or 503 of the gateway) and could not be sent again for one of these reasons.
    """


class OutcomeUnknownError(DrsError):
    """The request was sent, or may have been, and it is unknown whether it had its effect.

    A commit is billed, so it must not be repeated blindly. Check the state of the batch first, in the console or by the
    operation ListAsyncJobs, `GET /v5/{project_id}/batch-async-jobs`. A batch in the state COMMIT_SUCCESS was committed.
    One that is still in AUTO_PARAM_VALIDATE_SUCCESS after a few minutes was not.
    """


class UnexpectedAnswerError(OutcomeUnknownError):
    """The answer is not documented: an unknown status, or a body that does not have the documented form.

    Attributes:
        content: Body of the answer, at most its first 64 KiB.
    """

    content: bytes = b""

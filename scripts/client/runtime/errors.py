"""The errors that a call can end with, in one tree.

DrsError
├── RefusedError               the service refused the call
├── RejectedError              the gateway in front of the service did not let the call through
│   ├── AuthenticationError    the credentials are not accepted, by the gateway or by IAM
│   ├── PermissionDeniedError  they grant no rights in the project
│   ├── NotPublishedError      the operation is not offered at this address
│   ├── ThrottledError         too many calls
│   └── UnavailableError       the gateway cannot let anybody through at present
├── TransportError             the request was not sent
└── OutcomeUnknownError        nobody knows whether the call took effect
    └── UnexpectedAnswerError  the answer is none that the API documents

Whatever is no OutcomeUnknownError had no effect: the call may be repeated once its cause is gone.
"""

from __future__ import annotations

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
    """A call that brought no result.

    Attributes:
        status: HTTP status of the answer; None if there is no answer.
        error_code: Code in the answer, such as `DRS.10000001` or `APIGW.0301`; None if it has none.
        error_msg: Message in the answer, in the language asked for; None if it has none.
        request_id: ID of the request, to be quoted to the vendor's support; None if the answer has none.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_code: str | None = None,
        error_msg: str | None = None,
        request_id: str | None = None,
    ) -> None:
        # The message alone is positional, so that pickle and copy can make the error anew.
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.error_msg = error_msg
        self.request_id = request_id


class RefusedError(DrsError):
    """The service refused the call, which had no effect (status 400; 404 and others too, if the code is its own).

    A commit is refused this way if the batch is unknown, still being checked, or has failed its check.
    """


class RejectedError(DrsError):
    """The call was not let through, so it had no effect; nearly always it is the gateway that says so."""


class AuthenticationError(RejectedError):
    """The credentials are missing, wrong or expired (status 401), or IAM issues no token for them."""


class PermissionDeniedError(RejectedError):
    """The credentials are valid but grant no rights in the project (status 403)."""


class NotPublishedError(RejectedError):
    """The operation is not offered at this address, for instance in this region (status 404 or 405)."""


class ThrottledError(RejectedError):
    """Too many calls (status 429), even after all attempts.

    Attributes:
        retry_after: Seconds after which to try again, as the answer says; None if it does not say.
    """

    retry_after: float | None = None


class UnavailableError(RejectedError):
    """The gateway lets nobody through at present (its own status 503), even after all attempts.

    Attributes:
        retry_after: Seconds after which to try again, as the answer says; None if it does not say.
    """

    retry_after: float | None = None


class TransportError(DrsError):
    """The request was not sent: the service, or IAM, cannot be reached or is not trusted."""


class OutcomeUnknownError(DrsError):
    """The request was sent, and no answer tells whether it took effect.

    A commit is billed, so it must not be repeated blindly. Look at the batch first: the console shows it, and so does
    the operation ListAsyncJobs, `GET /v5/{project_id}/batch-async-jobs`. A batch in the state COMMIT_SUCCESS has been
    committed; one that still is in AUTO_PARAM_VALIDATE_SUCCESS a few minutes later has not.
    """


class UnexpectedAnswerError(OutcomeUnknownError):
    """The answer is none that the API documents: an unknown status, or a body that is not of the documented form.

    Attributes:
        content: Body of the answer, at most its first 64 KiB.
    """

    content: bytes = b""

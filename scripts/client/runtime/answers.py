"""The meaning of an answer, or of its absence: a result or an error."""

from __future__ import annotations

import logging
import warnings
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx
from attrs import field, frozen
from drs_batch_client.runtime.causes import beginning, described, request_of, scrub
from drs_batch_client.runtime.deadlines import Deadline
from drs_batch_client.runtime.delivery import Delivery
from drs_batch_client.runtime.deviations import OtherBatchWarning, is_readable, readable, warn
from drs_batch_client.runtime.errors import (
    AuthenticationError,
    DrsError,
    NotPublishedError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RefusedError,
    RejectedError,
    ThrottledError,
    TransportError,
    UnavailableError,
    UnexpectedAnswerError,
)
from drs_batch_client.runtime.facts import KEPT, LONGEST, document_of, made, members_of
from drs_batch_client.runtime.redaction import on_one_line
from drs_batch_client.runtime.responses import DrsResponse, head, redacted_headers
from drs_batch_client.runtime.retry import is_gateway_error, retry_after
from drs_batch_client.spec import ANSWERS
from drs_batch_client.types import UNSET, Unset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from drs_batch_client.runtime.redaction import Redactor

__all__ = ["Call"]

T = TypeVar("T")

logger: logging.Logger = logging.getLogger("drs_batch_client")

_REJECTIONS: Mapping[int, type[RejectedError]] = {
    HTTPStatus.UNAUTHORIZED: AuthenticationError,
    HTTPStatus.FORBIDDEN: PermissionDeniedError,
    HTTPStatus.NOT_FOUND: NotPublishedError,
    HTTPStatus.METHOD_NOT_ALLOWED: NotPublishedError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: RejectedError,
    HTTPStatus.REQUEST_URI_TOO_LONG: RejectedError,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: RejectedError,
    HTTPStatus.TOO_MANY_REQUESTS: ThrottledError,
}
# Of the caller and not of what the call is about, even with a code of the service.
_OF_THE_CALLER = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
_SERVER_ERRORS = 500
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@frozen(kw_only=True)
class Call(Generic[T]):
    """One call of an operation.

    Attributes:
        operation: ID of the operation in openapi.yaml.
        purpose: The call in words, such as "the commit of batch 'b1'".
        effect: Its effect in words, such as "batch 'b1' was committed".
        remedy: What to do if it is unknown whether the call had its effect, in full sentences.
        arguments: Arguments of `httpx.Client.build_request`.
        parse: Returns the result in an answer with a documented success; may raise any error if there is none.
        requested: The ID of what the call is about; empty if there is none.
        echo: The model and the field of the result that repeats it; empty if none does.
        validate: Whether to warn of deviations from the documented limits.
        redactor: Returns what masks the secrets in the answer to a request.
        delivery: How far its request has come.
        deadline: Limit on all that it does. The call is a context manager, which starts and ends it.
    """

    operation: str
    purpose: str
    effect: str
    remedy: str
    arguments: Mapping[str, Any] = field(repr=False)
    parse: Callable[[httpx.Response], T] = field(repr=False)
    requested: str = ""
    echo: str = ""
    validate: bool
    redactor: Callable[[httpx.Request | None], Redactor] = field(repr=False)
    delivery: Delivery = field(factory=Delivery, repr=False)
    deadline: Deadline = field(factory=Deadline, repr=False)

    def __enter__(self) -> None:
        """Start the call."""
        self.deadline.__enter__()
        self.delivery.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the call, and add what is known of it to an error."""
        self.delivery.__exit__()
        self.deadline.__exit__()
        if isinstance(error, DrsError):
            error.async_job_id, error.attempts = self.requested or None, self.delivery.attempts
            if error.request_id is None and self.delivery.request_id:
                error.request_id = beginning(self.redactor(None), self.delivery.request_id)

    def response(self, response: httpx.Response, *, stacklevel: int = 1) -> DrsResponse[T]:
        """Return the result in an answer with the facts of that answer, or raise the error that it means."""
        return DrsResponse(
            parsed=self.result(response, stacklevel=stacklevel + 1),
            status_code=response.status_code,
            headers=redacted_headers(response.headers, self.redactor(response.request)),
            attempts=self.delivery.attempts,
        )

    def result(self, response: httpx.Response, *, stacklevel: int = 1) -> T:
        """Return the result in an answer, or raise the error that it means.

        Raises:
            DrsError: The answer has no result.
        """
        if self.validate:
            self._validate(response, stacklevel=stacklevel + 1)
        if response.is_success and self._is_documented(response):
            try:
                result = self._parsed(response)
            except _UNREADABLE as error:
                redact = self.redactor(response.request)
                scrub(redact, error)
                raise self._unexpected(response, redact) from error
            other = self._other(result)
            if other is not None:
                shown = on_one_line(beginning(self.redactor(response.request), other), LONGEST)
                logger.warning("%s: the answer names %r", self.purpose, shown)
                with suppress(OtherBatchWarning):  # as an error, it would hide the result of a commit
                    warnings.warn(OtherBatchWarning(self.requested, shown, self.echo), stacklevel=stacklevel + 1)
            return result
        raise self._error(response)

    def _other(self, result: T) -> str | None:
        """Return the ID in a result if it is another one; None otherwise."""
        name = self.echo.rpartition(".")[2]
        value: object = getattr(result, name, UNSET) if name else UNSET
        return None if isinstance(value, Unset) or str(value) == self.requested else str(value)

    def _parsed(self, response: httpx.Response) -> T:
        try:
            return self.parse(response)
        except _UNREADABLE:
            model = self._model(response)
            if model is None:
                raise
            # Without the optional fields that deviate there is a result, which says more than an error would.
            result = self.parse(httpx.Response(response.status_code, json=readable(model, document_of(response))))
            logger.warning("%s: fields of the answer that deviate are left out", self.purpose)
            return result

    def answer(self, error: Exception, request: httpx.Request | None) -> httpx.Response:
        """Return the answer that ended a request, or raise the error that another exception means.

        A hook may end a call by `raise_for_status`. An error of its credentials is passed on; a `DrsError` of a hook or
        a transport is about another call.

        Raises:
            DrsError: The exception has no answer to this call. The secrets are removed from its causes.
        """
        response = _answer_of(error)
        if response is not None and Delivery.of(response.request) is self.delivery:
            try:
                response.content  # noqa: B018 - raises an error unless it was read
            except httpx.ResponseNotRead:
                return head(response.status_code, response.headers, response.request)
            return response
        if error is self.delivery.failure and not self.delivery.handed:
            # Its frames may have credentials in local variables. It is not known whether they have all ended.
            error.__traceback__ = None
            scrub(self.redactor(request), error)
            raise error
        raise self._failure(error, request) from error

    def _failure(self, error: Exception, request: httpx.Request | None) -> DrsError:
        # Hooks and credentials of the user may send other requests than the given one.
        about = request_of(error)
        redact = self.redactor(about or request)
        scrub(redact, error)
        reason = on_one_line(beginning(redact, described(error)), LONGEST) + self.deadline.note
        if self.delivery.was_sent(error, about=about):
            return OutcomeUnknownError(f"{self._unknown}: {reason}. {self.remedy}")
        rejection = self.delivery.rejection
        if rejection is not None:
            kind = _REJECTIONS.get(rejection.status_code, UnavailableError)
            return _timed(
                made(kind, f"{self.purpose} was rejected, and then came {reason}", rejection, redact), rejection
            )
        return TransportError(f"{self.purpose} was not sent: {reason}")

    @property
    def _unknown(self) -> str:
        return f"it is unknown whether {self.effect}"

    def _error(self, response: httpx.Response) -> DrsError:
        status, members, redact = response.status_code, members_of(response), self.redactor(response.request)
        by_gateway = is_gateway_error(response.content)
        by_service = isinstance(members.get("error_code"), str) and not by_gateway
        is_rejection = HTTPStatus.BAD_REQUEST <= status < _SERVER_ERRORS
        # An answer of the service with a schema that has no error_code.
        is_own = not by_gateway and not by_service and self._fits(response)
        is_documented = self._is_documented(response)
        error: DrsError
        if is_rejection and status not in _OF_THE_CALLER and (is_own if not by_service else is_documented):
            error = made(RefusedError, f"the service refused {self.purpose}", response, redact)
        elif status in _REJECTIONS or (by_gateway and is_rejection):
            summary = f"the {'service' if by_service else 'gateway'} rejected {self.purpose}"
            error = made(_REJECTIONS.get(status, RejectedError), summary, response, redact)
        elif status == HTTPStatus.SERVICE_UNAVAILABLE and by_gateway:
            summary = f"the gateway is unavailable and did not process {self.purpose}"
            error = made(UnavailableError, summary, response, redact)
        elif is_own or (by_gateway and is_documented):
            error = made(OutcomeUnknownError, self._unknown, response, redact, self.remedy)
        else:
            error = self._unexpected(response, redact)
        return _timed(error, response)

    def _unexpected(self, response: httpx.Response, redact: Redactor) -> UnexpectedAnswerError:
        summary = f"the answer is not documented, so {self._unknown}"
        error = made(UnexpectedAnswerError, summary, response, redact, self.remedy)
        # Octets that are not UTF-8 are kept.
        text = beginning(redact, response.content[: 2 * KEPT].decode("utf-8", "surrogateescape"))
        error.content = text.encode("utf-8", "surrogateescape")[:KEPT]
        return error

    def _validate(self, response: httpx.Response, *, stacklevel: int) -> None:
        model = self._model(response)
        if model is None:
            return
        for error in warn(model, document_of(response), stacklevel=stacklevel + 1):
            # It would hide the result of a commit, or that it is unknown.
            if HTTPStatus.BAD_REQUEST <= response.status_code < _SERVER_ERRORS:
                raise error
            logger.warning("%s: %s", self.purpose, on_one_line(self.redactor(response.request)(str(error)), LONGEST))

    def _is_documented(self, response: httpx.Response) -> bool:
        return _pattern(ANSWERS[self.operation], response) is not None

    def _model(self, response: httpx.Response) -> str | None:
        """Return the model of an answer; None if its status is not documented or its content is not."""
        answers = ANSWERS[self.operation]
        return answers.get(_pattern(answers, response) or "")

    def _fits(self, response: httpx.Response) -> bool:
        """Return whether an answer is documented, and has the fields and types that are."""
        model = self._model(response)
        if model is None:
            return self._is_documented(response) and response.status_code not in _REJECTIONS
        return is_readable(model, document_of(response))


def _answer_of(error: Exception) -> httpx.Response | None:
    """Return the answer that an error of a hook is about; None if it is about none, or not about one to a request."""
    with suppress(Exception):
        if isinstance(error, httpx.HTTPStatusError) and isinstance(error.response.request, httpx.Request):  # pyright: ignore[reportUnnecessaryIsInstance] - it fails if there is none
            return error.response
    return None


def _timed(error: DrsError, response: httpx.Response) -> DrsError:
    """Return an error that says when to come back, if it does and the answer says so."""
    if isinstance(error, (ThrottledError, UnavailableError)):
        error.retry_after = retry_after(response.headers.get("Retry-After", ""))
    return error


def _pattern(answers: Mapping[str, object], response: httpx.Response) -> str | None:
    """Return the documented status or range of an answer; None if there is none. No success is one by default."""
    status = response.status_code
    default = () if response.is_success else ("default",)
    return next((name for name in (str(status), f"{status // 100}XX", *default) if name in answers), None)

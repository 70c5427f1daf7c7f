"""What an answer, or the lack of one, means for a call: a result, or an error."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from attrs import field, frozen
from drs_batch_client.runtime.deviations import warn
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
from drs_batch_client.runtime.redaction import on_one_line, scrub, without
from drs_batch_client.runtime.retries import NOT_SENT, is_gateway_refusal, retry_after
from drs_batch_client.spec import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx

__all__ = ["Call"]

T = TypeVar("T")
E = TypeVar("E", bound=DrsError)

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
_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    # Documented as the gateway's, which has other codes; a service that says so itself means the batch.
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_SERVER_ERRORS = 500
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_KEPT = 64 * 1024
_SHOWN = 600


@frozen(kw_only=True)
class Call(Generic[T]):
    """One call of an operation.

    Attributes:
        operation: ID of the operation in openapi.yaml.
        purpose: What it is to do, in words, such as "the commit of batch b1".
        remedy: What to do if nobody knows whether it was done, in one sentence.
        arguments: What `httpx.Client.request` takes.
        parse: Makes the result of the answer with status 200; raises what it likes if it cannot.
        validate: Whether deviations from the documented limits are warned of.
        secrets: Gives what must not be shown of an answer.
    """

    operation: str
    purpose: str
    remedy: str
    arguments: Mapping[str, Any] = field(repr=False)
    parse: Callable[[httpx.Response], T] = field(repr=False)
    validate: bool
    secrets: Callable[[], Sequence[str]] = field(repr=False)

    def result(self, response: httpx.Response, *, stacklevel: int = 1) -> T:
        """Return what an answer brings, or raise what it means.

        Raises:
            DrsError: It brings no result.
        """
        if self.validate:
            self._validate(response, stacklevel=stacklevel + 1)
        if response.status_code == HTTPStatus.OK:
            try:
                return self.parse(response)
            except _UNREADABLE as error:
                scrub(self.secrets(), error)
                raise self._unexpected(response, _members(response)) from error
        raise self._error(response)

    def failure(self, error: httpx.HTTPError) -> DrsError:
        """Return what the lack of an answer means; the error that it comes from is freed of secrets."""
        scrub(self.secrets(), error)
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if isinstance(error, NOT_SENT):
            return TransportError(f"{self.purpose} was not sent: {self._told(reason)}")
        return OutcomeUnknownError(f"nobody knows the outcome of {self.purpose}: {self._told(reason)}. {self.remedy}")

    def _error(self, response: httpx.Response) -> DrsError:
        status, members = response.status_code, _members(response)
        by_gateway = is_gateway_refusal(response)
        by_service = isinstance(members.get("error_code"), str) and not by_gateway
        error: DrsError
        if by_service and status in _REFUSALS:
            error = self._made(RefusedError, "the service refused", response, members)
        elif status in _REJECTIONS or (by_gateway and HTTPStatus.BAD_REQUEST <= status < _SERVER_ERRORS):
            who = "the service" if by_service else "the gateway"
            error = self._made(_REJECTIONS.get(status, RejectedError), f"{who} rejected", response, members)
        elif status == HTTPStatus.SERVICE_UNAVAILABLE and by_gateway:
            error = self._made(UnavailableError, "the gateway is not able to let through", response, members)
        elif str(status) in ANSWERS[self.operation] and by_gateway:
            error = self._made(OutcomeUnknownError, "nobody knows the outcome of", response, members, self.remedy)
        else:
            error = self._unexpected(response, members)
        if isinstance(error, (ThrottledError, UnavailableError)):
            error.retry_after = retry_after(response)
        return error

    def _unexpected(self, response: httpx.Response, members: Mapping[str, Any]) -> UnexpectedAnswerError:
        what = "an answer that is not documented leaves open the outcome of"
        error = self._made(UnexpectedAnswerError, what, response, members, self.remedy)
        # Cut when the secrets are out, as one may lie across the cut. What is no UTF-8 stays as it is.
        text = without(self.secrets(), response.content.decode("utf-8", "surrogateescape"))
        error.content = text.encode("utf-8", "surrogateescape")[:_KEPT]
        return error

    def _made(
        self, kind: type[E], what: str, response: httpx.Response, members: Mapping[str, Any], remedy: str = ""
    ) -> E:
        code, message, request_id = (
            self._text(members.get(name)) for name in ("error_code", "error_msg", "request_id")
        )
        request_id = request_id or self._text(response.headers.get("X-Request-Id"))
        said = self._told(" ".join(part for part in (code, message) if part))
        facts = f"status {response.status_code}" + (f", request {self._told(request_id)}" if request_id else "")
        return kind(
            f"{what} {self.purpose}{f': {said}' if said else ''} ({facts}){f'. {remedy}' if remedy else ''}",
            status=response.status_code,
            error_code=code,
            error_msg=message,
            request_id=request_id,
        )

    def _text(self, value: object) -> str | None:
        return without(self.secrets(), value) if isinstance(value, str) else None

    def _told(self, text: str) -> str:
        return on_one_line(without(self.secrets(), text), _SHOWN)

    def _validate(self, response: httpx.Response, *, stacklevel: int) -> None:
        model = ANSWERS[self.operation].get(str(response.status_code))
        if model is not None:
            try:
                document = response.json()
            except (ValueError, RecursionError):
                document = None
            warn(model, document, stacklevel=stacklevel + 1)


def _members(response: httpx.Response) -> dict[str, Any]:
    """Return the members of the object that a body is; none if it is something else."""
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}

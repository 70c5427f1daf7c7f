"""Conditions under which a fault shows: on the request, on earlier requests, and on the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.mock.batches import BatchStatus

if TYPE_CHECKING:
    from conformance.mock.answers import Answer
    from conformance.mock.pipeline import RequestContext
    from conformance.mock.request import ReceivedRequest

__all__ = [
    "OfRequest",
    "When",
    "accepts_gzip",
    "after_commit",
    "after_failed_validation",
    "all_of",
    "asks_for",
    "batch_id",
    "chinese",
    "has_body",
    "has_charset",
    "has_header",
    "has_query",
    "id_contains",
    "in_1_0",
    "language_is",
    "long_id",
    "no_gzip",
    "no_language",
    "non_ascii_id",
    "not_uuid",
    "ready_batch",
    "refused",
    "repeated",
    "requests_chinese",
    "requests_english",
    "requests_no_language",
    "second_on_connection",
    "sends",
    "sent",
    "spelt_english",
    "status",
    "succeeded",
    "undocumented_language",
    "unknown_batch",
    "while_validating",
    "without_token",
]

When = Callable[["RequestContext", "Answer"], bool]
"""A condition on an exchange and its answer."""

OfRequest = Callable[["ReceivedRequest"], bool]
"""A condition on a request alone, for the steps that run before there is an exchange."""

_UUID_LENGTH = 36
_LONG = 255
_NO_BODY = hashlib.sha256(b"").hexdigest()


def all_of(*conditions: When) -> When:
    """Hold if all of the conditions hold."""
    return lambda context, answer: all(condition(context, answer) for condition in conditions)


def status(*codes: int) -> When:
    """Hold for answers with one of these statuses."""
    return lambda _context, answer: answer.status in codes


succeeded = status(200)
refused = status(400)


def _batch_was(state: BatchStatus | None) -> When:
    """Hold if the batch was in this state before the call; `None` means that there was no batch."""
    return lambda context, _answer: context.operation_id is not None and context.status_before is state


unknown_batch = _batch_was(None)
ready_batch = _batch_was(BatchStatus.READY)
while_validating = _batch_was(BatchStatus.VALIDATING)
after_failed_validation = _batch_was(BatchStatus.VALIDATE_FAILED)
after_commit = _batch_was(BatchStatus.COMMITTED)


def repeated(context: RequestContext, _answer: Answer) -> bool:
    """Hold if an earlier request asked for the same."""
    return context.earlier > 0


def asks_for(*languages: bytes) -> OfRequest:
    """Hold for requests with this X-Language; without arguments, for requests that have none."""
    return lambda request: request.distinct("X-Language") == languages


requests_no_language = asks_for()
requests_english = asks_for(b"en-us")
requests_chinese = asks_for(b"zh-cn")


def language_is(*languages: bytes) -> When:
    """Hold for calls with this X-Language; without arguments, for calls that have none."""
    holds = asks_for(*languages)
    return lambda context, _answer: holds(context.request)


no_language = language_is()
spelt_english = language_is(b"en-us")
chinese = language_is(b"zh-cn")


def undocumented_language(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with an X-Language that is not documented."""
    return context.request.distinct("X-Language") not in ((), (b"en-us",), (b"zh-cn",))


def not_uuid(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs that are too short or too long for a UUID."""
    return len(batch_id(context)) != _UUID_LENGTH


def long_id(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs of more than 255 characters."""
    return len(batch_id(context)) > _LONG


def non_ascii_id(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs with a character outside ASCII."""
    return not batch_id(context).isascii()


def id_contains(text: str) -> When:
    """Hold for IDs that contain this text."""
    return lambda context, _answer: text in batch_id(context)


def has_body(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with a body."""
    return context.request.body_sha256 != _NO_BODY


def has_query(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with a query."""
    return bool(context.request.query)


def has_header(name: str) -> When:
    """Hold for calls that have this header with a value that is not empty."""
    return lambda context, _answer: any(context.request.distinct(name))


def sent(request: ReceivedRequest, name: str, *values: bytes) -> bool:
    """Return whether a request has this header, with one of these values in any case if there are any."""
    found = request.distinct(name)
    return bool(found) and (not values or bool({value.lower() for value in found} & set(values)))


def sends(name: str, *values: bytes) -> When:
    """Hold for calls with this header, with one of these values in any case if there are any."""
    return lambda context, _answer: sent(context.request, name, *values)


def without_token(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls without X-Auth-Token."""
    return not sent(context.request, "X-Auth-Token")


def in_1_0(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls in HTTP/1.0."""
    return context.request.version == "1.0"


def has_charset(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls whose Content-Type has a charset."""
    return any(b"charset" in value.lower() for value in context.request.distinct("Content-Type"))


def accepts_gzip(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls that accept gzip."""
    return any(b"gzip" in value for value in context.request.distinct("Accept-Encoding"))


def no_gzip(context: RequestContext, answer: Answer) -> bool:
    """Hold for calls that do not accept gzip."""
    return not accepts_gzip(context, answer)


def second_on_connection(context: RequestContext, _answer: Answer) -> bool:
    """Hold for all calls on a connection except the first."""
    return context.request.number > 1


def batch_id(context: RequestContext) -> str:
    """Return the ID of the batch in the path, or an empty text if the path has none."""
    return context.path_parameters.get("async_job_id", "")

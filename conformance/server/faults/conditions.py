"""When a fault shows: conditions on the request, on what went before it, and on the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.server.answers import Answer
    from conformance.server.batches import BatchStatus
    from conformance.server.pipeline import RequestContext

__all__ = [
    "When",
    "accepts_gzip",
    "again",
    "also",
    "before",
    "chinese",
    "explicit_english",
    "has_body",
    "has_charset",
    "has_query",
    "id_holds",
    "language_is",
    "long_id",
    "no_language",
    "no_uuid",
    "odd_language",
    "refused",
    "second_on_connection",
    "status",
    "succeeded",
    "uncompressed",
    "unicode_id",
]

When = Callable[["RequestContext", "Answer"], bool]

UUID_LENGTH = 36
LONG = 255
NO_BODY = hashlib.sha256(b"").hexdigest()


def also(*conditions: When) -> When:
    """Hold where all of the conditions do."""
    return lambda context, answer: all(condition(context, answer) for condition in conditions)


def status(*codes: int) -> When:
    """Hold for answers with one of these statuses."""
    return lambda _context, answer: answer.status in codes


succeeded = status(200)
refused = status(400)


def before(state: BatchStatus | None) -> When:
    """Hold where the batch was in this state before the call; `None` stands for no batch."""
    return lambda context, _answer: context.operation_id is not None and context.status_before is state


def again(context: RequestContext, _answer: Answer) -> bool:
    """Hold where the same was asked before."""
    return context.earlier > 0


def language_is(*values: bytes) -> When:
    """Hold for calls with this X-Language; without values, for calls that have none."""
    return lambda context, _answer: context.request.distinct("X-Language") == values


no_language = language_is()
explicit_english = language_is(b"en-us")
chinese = language_is(b"zh-cn")


def odd_language(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with an X-Language that is not documented."""
    return context.request.distinct("X-Language") not in ((), (b"en-us",), (b"zh-cn",))


def no_uuid(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs that are too short or too long for a UUID."""
    return len(_id(context)) != UUID_LENGTH


def long_id(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs above 255 characters."""
    return len(_id(context)) > LONG


def unicode_id(context: RequestContext, _answer: Answer) -> bool:
    """Hold for IDs with a character beyond ASCII."""
    return not _id(context).isascii()


def id_holds(*texts: str) -> When:
    """Hold for IDs that contain one of these texts."""
    return lambda context, _answer: any(text in _id(context) for text in texts)


def has_body(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with a body."""
    return context.request.body_sha256 != NO_BODY


def has_query(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls with a query."""
    return bool(context.request.query)


def has_charset(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls whose Content-Type has a charset."""
    return any(b"charset" in value.lower() for value in context.request.distinct("Content-Type"))


def accepts_gzip(context: RequestContext, _answer: Answer) -> bool:
    """Hold for calls that accept gzip."""
    return any(b"gzip" in value for value in context.request.distinct("Accept-Encoding"))


def second_on_connection(context: RequestContext, _answer: Answer) -> bool:
    """Hold for all but the first call on a connection."""
    return context.request.number > 1


def uncompressed(context: RequestContext, answer: Answer) -> bool:
    """Hold for calls that do not accept gzip."""
    return not accepts_gzip(context, answer)


def _id(context: RequestContext) -> str:
    return context.path_parameters.get("async_job_id", "")

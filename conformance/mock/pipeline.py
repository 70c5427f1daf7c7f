"""The steps that turn a request into an answer; each can be replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from conformance.mock.answers import Answer
from conformance.mock.messages import AnswerLanguage

if TYPE_CHECKING:
    from conformance.mock.authentication import Identity
    from conformance.mock.batches import BatchStatus
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

__all__ = ["Handler", "OperationCall", "Pipeline", "RequestContext", "unchanged"]


@dataclass(frozen=True)
class OperationCall:
    """The input of an operation: a request that has passed the gateway.

    Attributes:
        path_parameters: Decoded values by name.
        language: The language of the answer.
        query: The query as sent, without the question mark.
        body: The body as sent; only its beginning if it is larger than 64 KiB.
    """

    path_parameters: Mapping[str, str]
    language: AnswerLanguage
    query: bytes = b""
    body: bytes = b""


@dataclass(frozen=True)
class RequestContext:
    """The facts about a request that are known before its answer is sent.

    Attributes:
        request: The request.
        operation_id: The requested operation; `None` if there is no such operation.
        path_parameters: Decoded values by name.
        authenticated: Whether the credentials were accepted.
        status_before: The state of the batch in the path before the request, in any project; `None` if there is none.
        earlier: The number of earlier recorded requests for the same operation with the same path parameters.
    """

    request: ReceivedRequest
    operation_id: str | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = False
    status_before: BatchStatus | None = None
    earlier: int = 0

    @property
    def language(self) -> AnswerLanguage:
        """The requested language; English unless it is exactly Chinese."""
        chinese = self.request.distinct("X-Language") == (AnswerLanguage.CHINESE.value.encode(),)
        return AnswerLanguage.CHINESE if chinese else AnswerLanguage.ENGLISH


Handler = Callable[[OperationCall], Answer]
"""Executes one operation; raises `ServiceError` to refuse. A frozen dataclass of steps, which faults can replace."""

_HandlerT = TypeVar("_HandlerT", bound=Handler)


def unchanged(_context: RequestContext, answer: Answer) -> Answer:
    """Return the answer unchanged."""
    return answer


@dataclass(frozen=True)
class Pipeline:
    """The steps in the order in which they run; each raises `RefusalError` to refuse the request.

    Attributes:
        check_limits: Checks the sizes of target, headers and body.
        route: Finds the operation; it precedes authentication, as in the real gateway.
        authenticate: Returns the identity of the caller.
        authorize: Checks the caller's rights in the project.
        check_content_type: Checks the media type.
        choose_language: Returns the language of the answer.
        handlers: The handler of each operation, by operationId.
        rewrite: Changes each answer last, refusals included.
        withholds: Whether a call that expects a 100, by its headers, gets none.
    """

    check_limits: Callable[[ReceivedRequest], None]
    route: Callable[[ReceivedRequest], Route]
    authenticate: Callable[[ReceivedRequest], Identity]
    authorize: Callable[[Identity, Route], None]
    check_content_type: Callable[[ReceivedRequest], None]
    choose_language: Callable[[ReceivedRequest], AnswerLanguage]
    handlers: Mapping[str, Handler]
    rewrite: Callable[[RequestContext, Answer], Answer] = unchanged
    withholds: Callable[[Mapping[bytes, bytes]], bool] = lambda _headers: False

    def rewritten(self, rewriting: Callable[[RequestContext, Answer], Answer]) -> Pipeline:
        """Return the same pipeline with a further rewrite of its answers, after all others."""
        inner = self.rewrite
        return replace(self, rewrite=lambda context, answer: rewriting(context, inner(context, answer)))

    def revised(self, kind: type[_HandlerT], revision: Callable[[_HandlerT], _HandlerT]) -> Pipeline:
        """Return the same pipeline with each handler of one type replaced by its revision."""
        handlers = {
            operation_id: revision(handler) if isinstance(handler, kind) else handler
            for operation_id, handler in self.handlers.items()
        }
        return replace(self, handlers=handlers)

"""The steps by which an answer comes about, each of them replaceable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from conformance.server.answers import Answer
from conformance.server.messages import AnswerLanguage

if TYPE_CHECKING:
    from conformance.server.authentication import Identity
    from conformance.server.batches import BatchStatus
    from conformance.server.request import ReceivedRequest
    from conformance.server.routing import Route

__all__ = ["Handler", "OperationCall", "Pipeline", "RequestContext", "unchanged"]


@dataclass(frozen=True)
class OperationCall:
    """A request that has passed the gateway.

    Attributes:
        path_parameters: Decoded values by name.
        language: The language of the answer.
        query: The query as sent, without the question mark.
        body: The body as sent.
    """

    path_parameters: Mapping[str, str]
    language: AnswerLanguage
    query: bytes = b""
    body: bytes = b""


@dataclass(frozen=True)
class RequestContext:
    """What is known about a request when its answer is about to be sent.

    Attributes:
        request: The request.
        operation_id: The operation asked for; `None` if there is no such operation.
        path_parameters: Decoded values by name.
        authenticated: Whether the credentials were accepted.
        status_before: State of the batch in the path before the request, in whatever project; `None` if there is none.
        earlier: How many requests of the record asked for the same operation on the same path parameters before.
    """

    request: ReceivedRequest
    operation_id: str | None = None
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = False
    status_before: BatchStatus | None = None
    earlier: int = 0

    @property
    def language(self) -> AnswerLanguage:
        """The language asked for, English in case of doubt."""
        chinese = self.request.distinct("X-Language") == (AnswerLanguage.CHINESE.value.encode(),)
        return AnswerLanguage.CHINESE if chinese else AnswerLanguage.ENGLISH


Handler = Callable[[OperationCall], Answer]
"""Carries out one operation, refusing by `ServiceError`; a frozen dataclass of steps, which faults can revise."""

_HandlerT = TypeVar("_HandlerT", bound=Handler)


def unchanged(_context: RequestContext, answer: Answer) -> Answer:
    """Send the answer as it is."""
    return answer


@dataclass(frozen=True)
class Pipeline:
    """The steps in the order in which they run; each refuses by raising `RefusalError`.

    Attributes:
        check_limits: Sizes of target, headers and body.
        route: Which operation; decided before authentication, as by the real gateway.
        authenticate: Who asks.
        authorize: Whether they have rights in the project.
        check_content_type: The media type.
        choose_language: The language of the answer.
        handlers: What carries out an operation, by operationId.
        rewrite: Sees each answer last, refusals included.
    """

    check_limits: Callable[[ReceivedRequest], None]
    route: Callable[[ReceivedRequest], Route]
    authenticate: Callable[[ReceivedRequest], Identity]
    authorize: Callable[[Identity, Route], None]
    check_content_type: Callable[[ReceivedRequest], None]
    choose_language: Callable[[ReceivedRequest], AnswerLanguage]
    handlers: Mapping[str, Handler]
    rewrite: Callable[[RequestContext, Answer], Answer] = unchanged

    def rewritten(self, rewriting: Callable[[RequestContext, Answer], Answer]) -> Pipeline:
        """Return the same pipeline with its answers rewritten once more, after all else."""
        inner = self.rewrite
        return replace(self, rewrite=lambda context, answer: rewriting(context, inner(context, answer)))

    def revised(self, kind: type[_HandlerT], revision: Callable[[_HandlerT], _HandlerT]) -> Pipeline:
        """Return the same pipeline with the handlers of one type revised."""
        handlers = {
            operation_id: revision(handler) if isinstance(handler, kind) else handler
            for operation_id, handler in self.handlers.items()
        }
        return replace(self, handlers=handlers)

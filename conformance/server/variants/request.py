"""Variants of how requests are taken: what is accepted, and when."""

from __future__ import annotations

import email.utils
import hashlib
import itertools
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from conformance.server.answers import Answer, GatewayError, RefusalError, ServiceError
from conformance.server.batches import Batch, BatchStatus
from conformance.server.messages import AnswerLanguage
from conformance.server.operations.commit import CommitAsyncJob
from conformance.server.variants.registry import step_variant, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.pipeline import Pipeline, RequestContext
    from conformance.server.request import ReceivedRequest
    from conformance.server.routing import Route

_NO_BODY = hashlib.sha256().hexdigest()
# What RFC 9112, section 3, wants a server to take at least.
_LINE_LIMIT = 8000


def _spoken(pipeline: Pipeline, choose: Callable[[ReceivedRequest], AnswerLanguage]) -> Pipeline:
    return replace(pipeline, choose_language=choose)


def _checked(pipeline: Pipeline, check: Callable[[ReceivedRequest], None]) -> Pipeline:
    """Check something when the sender and the media type are known to be right."""

    def check_content_type(request: ReceivedRequest) -> None:
        pipeline.check_content_type(request)
        check(request)

    return replace(pipeline, check_content_type=check_content_type)


@step_variant("any-language")
def _any_language(pipeline: Pipeline) -> Pipeline:
    """Any undocumented X-Language is taken for English."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        try:
            return pipeline.choose_language(request)
        except RefusalError:
            return AnswerLanguage.ENGLISH

    return _spoken(pipeline, choose)


@step_variant("always-english")
def _always_english(pipeline: Pipeline) -> Pipeline:
    """X-Language is ignored; all messages are English."""
    return _spoken(pipeline, lambda _request: AnswerLanguage.ENGLISH)


@step_variant("always-chinese")
def _always_chinese(pipeline: Pipeline) -> Pipeline:
    """X-Language is ignored; all messages are Chinese, as those of some sister operations are."""
    return _spoken(pipeline, lambda _request: AnswerLanguage.CHINESE)


@step_variant("idempotent")
def _idempotent(pipeline: Pipeline) -> Pipeline:
    """A committed batch is committed again with the same answer, so that all simultaneous commits are accepted."""

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def refuse(async_job_id: str, batch: Batch | None, language: AnswerLanguage) -> ServiceError | None:
            committed = batch is not None and batch.status is BatchStatus.COMMITTED
            return None if committed else commit.refuse(async_job_id, batch, language)

        return replace(commit, refuse=refuse)

    return pipeline.revised(CommitAsyncJob, revision)


@step_variant("body-400")
def _body_400(pipeline: Pipeline) -> Pipeline:
    """A call with a body is refused by the service."""

    def check(request: ReceivedRequest) -> None:
        if request.body_sha256 != _NO_BODY:
            raise ServiceError("DRS.10000009", "Parameter error: a body is not expected.")

    return _checked(pipeline, check)


@step_variant("body-413")
def _body_413(pipeline: Pipeline) -> Pipeline:
    """A call with a body is refused by the gateway as too large, before it looks at anything else."""

    def check(request: ReceivedRequest) -> None:
        pipeline.check_limits(request)
        if request.body_sha256 != _NO_BODY:
            raise GatewayError(413, "APIGW.0201", "The request body is too large.")

    return replace(pipeline, check_limits=check)


@step_variant("query-400")
def _query_400(pipeline: Pipeline) -> Pipeline:
    """A call with a query is refused by the gateway."""

    def check(request: ReceivedRequest) -> None:
        if request.query:
            raise GatewayError(400, "APIGW.0201", "The query parameters are not supported.")

    return _checked(pipeline, check)


@step_variant("short-lines")
def _short_lines(pipeline: Pipeline) -> Pipeline:
    """Request lines and headers above 8000 octets are refused by the gateway."""

    def check(request: ReceivedRequest) -> None:
        if len(request.method) + len(request.target) > _LINE_LIMIT:
            raise GatewayError(414, "APIGW.0201", "The request URI is too long.")
        if sum(len(name) + len(value) for name, value in request.headers) > _LINE_LIMIT:
            raise GatewayError(431, "APIGW.0201", "The request headers are too large.")
        pipeline.check_limits(request)

    return replace(pipeline, check_limits=check)


@step_variant("any-parameters")
def _any_parameters(pipeline: Pipeline) -> Pipeline:
    """Whatever parameters follow application/json are ignored, another charset too."""

    def check(request: ReceivedRequest) -> None:
        types = {value.partition(b";")[0].strip().lower() for value in request.distinct("Content-Type")}
        if types != {b"application/json"}:
            raise GatewayError(415, "APIGW.0201", "The Content-Type must be application/json.")

    return replace(pipeline, check_content_type=check)


@step_variant("any-spelling")
def _any_spelling(pipeline: Pipeline) -> Pipeline:
    """The path is decoded and freed of dot segments and needless slashes first; the case of its words is ignored."""

    def route(request: ReceivedRequest) -> Route:
        plain = posixpath.normpath(re.sub(rb"/+", b"/", unquote_to_bytes(request.path)))
        words = rb"/(v5)/([^/]+)/(batch-async-jobs)/([^/]+)/(commit)"
        if match := re.fullmatch(words, plain, re.IGNORECASE | re.DOTALL):
            plain = b"/v5/%s/batch-async-jobs/%s/commit" % (match[2], match[4])
        return pipeline.route(replace(request, path=quote(plain).encode()))

    return replace(pipeline, route=route)


@step_variant("throttling")
def _throttling(pipeline: Pipeline) -> Pipeline:
    """Every seventh request is to come again at once, and is not carried out."""
    return _throttled(pipeline, 7, lambda: "0")


@step_variant("throttling-by-date")
def _throttling_by_date(pipeline: Pipeline) -> Pipeline:
    """Every fifth request is to come again at a time that is told as a date, and is now."""
    return _throttled(pipeline, 5, lambda: email.utils.formatdate(usegmt=True))


def _throttled(pipeline: Pipeline, every: int, again: Callable[[], str]) -> Pipeline:
    numbers = itertools.count(1)

    def check(request: ReceivedRequest) -> None:
        if next(numbers) % every == 0:
            raise GatewayError(
                429, "APIGW.0308", "The throttling threshold has been reached.", {"Retry-After": again()}
            )
        pipeline.check_limits(request)

    return replace(pipeline, check_limits=check)


@variant("slash-redirected")
def _slash_redirected(context: RequestContext, answer: Answer) -> Answer:
    """A path with a slash at its end is redirected to the one without."""
    path = context.request.path.decode("latin-1")
    if answer.status != 404 or not path.endswith("/"):
        return answer
    return Answer(308, (("Location", path.rstrip("/")),), b"")


@step_variant("sister-operations")
def _sister_operations(pipeline: Pipeline) -> Pipeline:
    """The path above tells of a batch by GET, and allows no more."""

    def rewrite(context: RequestContext, answer: Answer) -> Answer:
        segments = context.request.path.decode("latin-1").split("/")
        if answer.status != 404 or len(segments) != 5 or segments[3] != "batch-async-jobs":
            return answer
        if context.request.method != "GET":
            return replace(answer, status=405).with_header("Allow", "GET")
        try:
            own = pipeline.authenticate(context.request).project_id == segments[2]
        except RefusalError:
            own = False
        return replace(answer.with_json({"jobs": [], "total_count": 0}), status=200) if own else answer

    return pipeline.rewritten(rewrite)


@variant("options-answered")
def _options_answered(context: RequestContext, answer: Answer) -> Answer:
    """OPTIONS is answered with what is allowed, as for a browser of another origin."""
    if context.request.method != "OPTIONS":
        return answer
    headers = (
        ("Allow", "POST, OPTIONS"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "POST"),
    )
    return Answer(200, headers, b"")

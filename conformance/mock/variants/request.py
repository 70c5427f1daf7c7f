"""Variants in which requests are accepted, and when."""

from __future__ import annotations

import email.utils
import hashlib
import itertools
import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from conformance.mock.answers import Answer, GatewayError, RefusalError, ServiceError
from conformance.mock.batches import Batch, BatchStatus
from conformance.mock.messages import AnswerLanguage
from conformance.mock.operations.commit import CommitAsyncJob
from conformance.mock.variants.registry import step_variant, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.pipeline import Pipeline, RequestContext
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

_NO_BODY = hashlib.sha256().hexdigest()
# The minimum that RFC 9112, section 3, recommends a server to support.
_LINE_LIMIT = 8000


def _with_language(pipeline: Pipeline, choose: Callable[[ReceivedRequest], AnswerLanguage]) -> Pipeline:
    return replace(pipeline, choose_language=choose)


def _checked(pipeline: Pipeline, check: Callable[[ReceivedRequest], None]) -> Pipeline:
    """Add a check after those of the credentials and the media type."""

    def check_content_type(request: ReceivedRequest) -> None:
        pipeline.check_content_type(request)
        check(request)

    return replace(pipeline, check_content_type=check_content_type)


@step_variant("any-language")
def _any_language(pipeline: Pipeline) -> Pipeline:
    """Treat an undocumented X-Language as English."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        try:
            return pipeline.choose_language(request)
        except RefusalError:
            return AnswerLanguage.ENGLISH

    return _with_language(pipeline, choose)


@step_variant("always-english")
def _always_english(pipeline: Pipeline) -> Pipeline:
    """Ignore X-Language, and send all messages in English."""
    return _with_language(pipeline, lambda _request: AnswerLanguage.ENGLISH)


@step_variant("always-chinese")
def _always_chinese(pipeline: Pipeline) -> Pipeline:
    """Ignore X-Language, and send all messages in Chinese, as some related operations do."""
    return _with_language(pipeline, lambda _request: AnswerLanguage.CHINESE)


@step_variant("idempotent")
def _idempotent(pipeline: Pipeline) -> Pipeline:
    """Commit a committed batch again with the same answer, so that all simultaneous commits are accepted."""

    def revision(commit: CommitAsyncJob) -> CommitAsyncJob:
        def refuse(async_job_id: str, batch: Batch | None, language: AnswerLanguage) -> ServiceError | None:
            committed = batch is not None and batch.status is BatchStatus.COMMITTED
            return None if committed else commit.refuse(async_job_id, batch, language)

        return replace(commit, refuse=refuse)

    return pipeline.revised(CommitAsyncJob, revision)


@step_variant("body-400")
def _body_400(pipeline: Pipeline) -> Pipeline:
    """Refuse a call with a body, with an error of the service."""

    def check(request: ReceivedRequest) -> None:
        if request.body_sha256 != _NO_BODY:
            raise ServiceError("DRS.10000009", "Parameter error: a body is not expected.")

    return _checked(pipeline, check)


@step_variant("body-413")
def _body_413(pipeline: Pipeline) -> Pipeline:
    """Refuse a call with a body as too large, with an error of the gateway, before all other checks."""

    def check(request: ReceivedRequest) -> None:
        pipeline.check_limits(request)
        if request.body_sha256 != _NO_BODY:
            raise GatewayError(413, "APIGW.0201", "The request body is too large.")

    return replace(pipeline, check_limits=check)


@step_variant("query-400")
def _query_400(pipeline: Pipeline) -> Pipeline:
    """Refuse a call with a query, with an error of the gateway."""

    def check(request: ReceivedRequest) -> None:
        if request.query:
            raise GatewayError(400, "APIGW.0201", "The query parameters are not supported.")

    return _checked(pipeline, check)


@step_variant("short-lines")
def _short_lines(pipeline: Pipeline) -> Pipeline:
    """Refuse request lines and headers of more than 8000 octets, with an error of the gateway."""

    def check(request: ReceivedRequest) -> None:
        if len(request.method) + len(request.target) > _LINE_LIMIT:
            raise GatewayError(414, "APIGW.0201", "The request URI is too long.")
        if sum(len(name) + len(value) for name, value in request.headers) > _LINE_LIMIT:
            raise GatewayError(431, "APIGW.0201", "The request headers are too large.")
        pipeline.check_limits(request)

    return replace(pipeline, check_limits=check)


@step_variant("any-parameters")
def _any_parameters(pipeline: Pipeline) -> Pipeline:
    """Ignore all parameters after application/json, even another charset."""

    def check(request: ReceivedRequest) -> None:
        types = {value.partition(b";")[0].strip().lower() for value in request.distinct("Content-Type")}
        if types != {b"application/json"}:
            raise GatewayError(415, "APIGW.0201", "The Content-Type must be application/json.")

    return replace(pipeline, check_content_type=check)


@step_variant("any-spelling")
def _any_spelling(pipeline: Pipeline) -> Pipeline:
    """Decode the path, remove dot segments and repeated slashes, and ignore the case of its fixed segments."""

    def route(request: ReceivedRequest) -> Route:
        canonical = posixpath.normpath(re.sub(rb"/+", b"/", unquote_to_bytes(request.path)))
        words = rb"/(v5)/([^/]+)/(batch-async-jobs)/([^/]+)/(commit)"
        if match := re.fullmatch(words, canonical, re.IGNORECASE | re.DOTALL):
            canonical = b"/v5/%s/batch-async-jobs/%s/commit" % (match[2], match[4])
        return pipeline.route(replace(request, path=quote(canonical).encode()))

    return replace(pipeline, route=route)


@step_variant("throttling")
def _throttling(pipeline: Pipeline) -> Pipeline:
    """Answer every seventh request with 429 and Retry-After: 0, without carrying it out."""
    return _throttled(pipeline, 7, lambda: "0")


@step_variant("throttling-by-date")
def _throttling_by_date(pipeline: Pipeline) -> Pipeline:
    """Answer every fifth request with 429 and the present date as Retry-After, without carrying it out."""
    return _throttled(pipeline, 5, lambda: email.utils.formatdate(usegmt=True))


def _throttled(pipeline: Pipeline, every: int, retry_after: Callable[[], str]) -> Pipeline:
    numbers = itertools.count(1)

    def check(request: ReceivedRequest) -> None:
        if next(numbers) % every == 0:
            raise GatewayError(
                429, "APIGW.0308", "The throttling threshold has been reached.", {"Retry-After": retry_after()}
            )
        pipeline.check_limits(request)

    return replace(pipeline, check_limits=check)


@variant("slash-redirected")
def _slash_redirected(context: RequestContext, answer: Answer) -> Answer:
    """Redirect a path that ends with a slash to the path without it."""
    path = context.request.path.decode("latin-1")
    if answer.status != 404 or not path.endswith("/"):
        return answer
    return Answer(308, (("Location", path.rstrip("/")),), b"")


@step_variant("sister-operations")
def _sister_operations(pipeline: Pipeline) -> Pipeline:
    """Accept GET, and no other method, on the path without commit."""

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
    """Answer OPTIONS with the allowed methods, as a server with CORS does."""
    if context.request.method != "OPTIONS":
        return answer
    headers = (
        ("Allow", "POST, OPTIONS"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "POST"),
    )
    return Answer(200, headers, b"")

"""Faults in which requests are accepted, and with which status: REQ."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError, ServiceError
from conformance.mock.authentication import CHALLENGE
from conformance.mock.faults.conditions import (
    OfRequest,
    When,
    after_commit,
    after_failed_validation,
    all_of,
    chinese,
    long_id,
    non_ascii_id,
    refused,
    repeated,
    requests_chinese,
    requests_english,
    requests_no_language,
    spelt_english,
    succeeded,
    unknown_batch,
    while_validating,
)
from conformance.mock.faults.effects import ready_refused_fault
from conformance.mock.faults.registry import answer_fault, pipeline_fault, step_fault
from conformance.mock.faults.rewrites import with_status
from conformance.mock.faults.stateful import Memory
from conformance.mock.messages import AnswerLanguage

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.authentication import Identity
    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

FAILURES, LOCKED = 3, 0.7
"""Refusals of a token in a row that lock out its owner, and for how many seconds."""
SIMULTANEOUS = 0.4
"""Seconds within which calls count as simultaneous."""
NEEDLESS = re.compile(rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
"""A percent-encoded letter or digit."""


def _status(name: str, code: int, summary: str, *when: When) -> None:
    """Register a fault that answers documented calls with another status."""
    answer_fault(name, "REQ-001", summary, all_of(*when), with_status(code))


# REQ-001: a documented call is answered with 200 or 400.
_status("status-201", 201, "Answer a successful commit with 201.", succeeded)
_status(
    "status-202-for-unicode-ids",
    202,
    "Answer a successful commit with 202 for IDs with characters outside ASCII.",
    succeeded,
    non_ascii_id,
)
answer_fault(
    "status-204-in-english",
    "REQ-001",
    "Answer a successful commit with 204, and no body, if X-Language is en-us.",
    all_of(succeeded, spelt_english),
    lambda _context, answer: replace(answer.with_header("Content-Type", None), status=204, body=b""),
)
_status("status-404-for-unknown", 404, "Answer with 404 for an unknown batch.", refused, unknown_batch)
_status("status-404-for-long-ids", 404, "Answer with 404 for IDs of more than 255 characters.", refused, long_id)
_status(
    "status-422-for-unicode-ids", 422, "Answer with 422 for IDs with characters outside ASCII.", refused, non_ascii_id
)
_status("status-500-for-validating", 500, "Answer with 500 while a batch is validated.", refused, while_validating)
_status(
    "status-409-for-failed",
    409,
    "Answer with 409 if validation of the batch failed and X-Language is en-us.",
    refused,
    after_failed_validation,
    spelt_english,
)
_status("status-409-for-committed", 409, "Answer with 409 if the batch is already committed.", refused, after_commit)
_status(
    "status-500-when-repeated-in-chinese",
    500,
    "Answer with 500 if a refused call is repeated and X-Language is zh-cn.",
    refused,
    repeated,
    chinese,
)


# REQ-002: a ready batch is committed in each documented language.
@step_fault("commit-in-english-alone", breaks=("REQ-002",))
def _english_only(pipeline: Pipeline) -> Pipeline:
    """Refuse every call whose X-Language is zh-cn."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        language = pipeline.choose_language(request)
        if language is AnswerLanguage.CHINESE:
            raise ServiceError("DRS.10000010", "Language not supported.")
        return language

    return replace(pipeline, choose_language=choose)


ready_refused_fault(
    "validated-refused-in-english", "REQ-002", "Refuse a ready batch if X-Language is en-us.", requests_english
)
ready_refused_fault(
    "validated-refused-in-chinese", "REQ-002", "Refuse a ready batch if X-Language is zh-cn.", requests_chinese
)


def _media_type(name: str, breaks: str, summary: str, accepts: OfRequest) -> None:
    """Register a fault that accepts some requests without a check of their media type."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            if not accepts(request):
                pipeline.check_content_type(request)

        return replace(pipeline, check_content_type=check)

    pipeline_fault(name, breaks, summary, rebuild)


def _types(request: ReceivedRequest) -> tuple[bytes, ...]:
    return request.distinct("Content-Type")


# REQ-003: a call without Content-Type is refused.
_media_type(
    "content-type-optional", "REQ-003", "Accept calls without Content-Type.", lambda request: not _types(request)
)
_media_type(
    "content-type-optional-without-language",
    "REQ-003",
    "Accept calls that have neither Content-Type nor X-Language.",
    lambda request: not _types(request) and requests_no_language(request),
)

# REQ-004: a call with another media type is refused.
_media_type("content-type-ignored", "REQ-004", "Accept every media type.", lambda request: bool(_types(request)))
_media_type(
    "content-type-form",
    "REQ-004",
    "Accept application/x-www-form-urlencoded as well as JSON.",
    lambda request: _types(request) == (b"application/x-www-form-urlencoded",),
)
_media_type(
    "content-type-by-prefix",
    "REQ-004",
    "Accept every media type that begins with application/json.",
    lambda request: any(value.startswith(b"application/json") for value in _types(request)),
)
_media_type(
    "content-type-subtype", "REQ-004", "Accept the subtype json alone.", lambda request: _types(request) == (b"json",)
)


def _refusing(name: str, summary: str, refuses: Callable[[bytes], bool]) -> None:
    """Register a fault that refuses some spellings of application/json."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            pipeline.check_content_type(request)
            if any(map(refuses, _types(request))):
                raise GatewayError(415, "APIGW.0201", "Unsupported media type.")

        return replace(pipeline, check_content_type=check)

    pipeline_fault(name, "REQ-005", summary, rebuild)


# REQ-005: equivalent spellings of application/json are accepted.
_refusing(
    "charset-refused",
    "Refuse every spelling of the media type except application/json.",
    lambda value: value != b"application/json",
)
_refusing("charset-upper-case-refused", "Refuse a charset in upper case.", lambda value: b"UTF-8" in value)
ready_refused_fault(
    "validated-refused-with-charset",
    "REQ-005",
    "Refuse a ready batch if the Content-Type has a charset.",
    lambda request: any(b"charset" in value for value in _types(request)),
)


def _method(name: str, summary: str, *methods: str) -> None:
    """Register a fault that treats these methods like POST; without methods, all of them."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            return pipeline.route(
                replace(request, method="POST") if request.method in methods or not methods else request
            )

        return replace(pipeline, route=route)

    pipeline_fault(name, "REQ-007", summary, rebuild)


# REQ-007: no other method succeeds on the path.
_method("any-method", "Treat every method like POST.")
_method("get-commits", "Treat GET like POST.", "GET")
_method("put-commits", "Treat PUT like POST.", "PUT")
_method("delete-commits", "Treat DELETE like POST.", "DELETE")


@step_fault("method-overridden", breaks=("REQ-007",))
def _overridden(pipeline: Pipeline) -> Pipeline:
    """Take the method from X-HTTP-Method-Override if a request has it."""

    def route(request: ReceivedRequest) -> Route:
        other = request.distinct("X-HTTP-Method-Override")
        return pipeline.route(replace(request, method=other[0].decode("latin-1")) if other else request)

    return replace(pipeline, route=route)


def _path(name: str, summary: str, pattern: bytes, replacement: bytes) -> None:
    """Register a fault that finds the operation under other paths as well."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            try:
                return pipeline.route(request)
            except GatewayError:
                other = re.sub(pattern, replacement, request.path, count=1)
                if other == request.path:
                    raise
                return pipeline.route(replace(request, path=other))

        return replace(pipeline, route=route)

    pipeline_fault(name, "REQ-009", summary, rebuild)


@step_fault("owner-locked-out", breaks=("REQ-001",))
def _owner_locked_out(pipeline: Pipeline) -> Pipeline:
    """Refuse each token for a moment once three calls in a row have had a wrong one."""
    failures, until = 0, 0.0

    def authenticate(request: ReceivedRequest) -> Identity:
        nonlocal failures, until
        if time.monotonic() < until:
            raise GatewayError(401, "APIGW.0301", "Incorrect IAM authentication information.", CHALLENGE)
        try:
            identity = pipeline.authenticate(request)
        except GatewayError:
            failures += 1
            if failures >= FAILURES:
                failures, until = 0, time.monotonic() + LOCKED
            raise
        failures = 0
        return identity

    return replace(pipeline, authenticate=authenticate)


# REQ-009: no neighbouring path succeeds.
_path("path-any-version", "Accept every version in the path.", rb"^/v\d+/", b"/v5/")
_path("path-batch-jobs", "Accept batch-jobs in the path.", rb"/batch-jobs/", b"/batch-async-jobs/")
_path("path-without-commit", "Accept the path without commit.", rb"(/batch-async-jobs/[^/]+)$", rb"\1/commit")
_path("path-commits", "Accept commits instead of commit in the path.", rb"/commits$", b"/commit")
_path("path-with-suffix", "Ignore one more segment after the path.", rb"/commit/[^/]+$", b"/commit")
_path(
    "path-any-action",
    "Accept any word instead of commit in the path.",
    rb"(/batch-async-jobs/[^/]+)/(?!commit)[a-z]+$",
    rb"\1/commit",
)


# REQ-013: no X-Language means en-us.
@step_fault("default-chinese", breaks=("REQ-013",))
def _default_chinese(pipeline: Pipeline) -> Pipeline:
    """Answer in Chinese if there is no X-Language."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        return AnswerLanguage.CHINESE if requests_no_language(request) else pipeline.choose_language(request)

    return replace(pipeline, choose_language=choose)


@step_fault("languages-swapped", breaks=("REQ-013",))
def _swapped(pipeline: Pipeline) -> Pipeline:
    """Answer in Chinese if X-Language is en-us, and in English if there is no X-Language."""

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        return AnswerLanguage.CHINESE if requests_english(request) else pipeline.choose_language(request)

    return replace(pipeline, choose_language=choose)


@step_fault("language-remembered", breaks=("REQ-013",))
def _remembered(pipeline: Pipeline) -> Pipeline:
    """Answer a call without X-Language in the language of the call before."""
    latest = [AnswerLanguage.ENGLISH]

    def choose(request: ReceivedRequest) -> AnswerLanguage:
        if not requests_no_language(request):
            latest[0] = pipeline.choose_language(request)
        return latest[0]

    return replace(pipeline, choose_language=choose)


def _mixed(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that answers some calls in Chinese while a call in Chinese is answered.

    Only calls of a path that was called in Chinese before are kept under way, as long as a busy machine needs to start
    all simultaneous ones. To keep the others as well would take minutes in a run.
    """

    def rebuild(pipeline: Pipeline) -> Pipeline:
        under_way, asked_in_chinese = list[AnswerLanguage](), Memory[object]()

        def choose(request: ReceivedRequest) -> AnswerLanguage:
            own = pipeline.choose_language(request)
            under_way.append(own)
            others = {*under_way}
            if asked_in_chinese.get(request.path):
                time.sleep(SIMULTANEOUS)
            others.update(under_way)
            under_way.remove(own)
            if own is AnswerLanguage.CHINESE:
                asked_in_chinese.setdefault(request.path, own)
            return AnswerLanguage.CHINESE if when(request) and AnswerLanguage.CHINESE in others else own

        return replace(pipeline, choose_language=choose)

    pipeline_fault(name, "REQ-016", summary, rebuild)


# REQ-016: simultaneous calls are answered each in its own language.
_mixed("languages-mixed-up", "Answer calls in Chinese if a simultaneous call asks for it.", lambda _request: True)
_mixed(
    "languages-mixed-up-by-default",
    "Answer calls without X-Language in Chinese if a simultaneous call asks for it.",
    requests_no_language,
)


def _exchanged(name: str, summary: str, when: OfRequest) -> None:
    """Register a fault that takes each language for the other."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def choose(request: ReceivedRequest) -> AnswerLanguage:
            own = pipeline.choose_language(request)
            if not when(request):
                return own
            return AnswerLanguage.ENGLISH if own is AnswerLanguage.CHINESE else AnswerLanguage.CHINESE

        return replace(pipeline, choose_language=choose)

    pipeline_fault(name, "REQ-018", summary, rebuild)


# REQ-018: zh-cn is Chinese.
_exchanged("languages-exchanged", "Answer in Chinese unless X-Language is zh-cn.", lambda _request: True)


def _encoded(name: str, summary: str, segment: int) -> None:
    """Register a fault that refuses a segment of the path with a letter or digit percent-encoded."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            segments = request.path.split(b"/")
            if len(segments) > segment and NEEDLESS.search(segments[segment]):
                raise GatewayError(404, "APIGW.0101", "The API does not exist or has not been published.")
            return pipeline.route(request)

        return replace(pipeline, route=route)

    pipeline_fault(name, "REQ-017", summary, rebuild)


# REQ-017: an ID may be percent-encoded where it need not be.
_encoded("project-not-decoded", "Do not decode letters and digits in the project.", 2)
_encoded("batch-not-decoded", "Do not decode letters and digits in the ID of the batch.", 4)


def _names(name: str, summary: str, ignores: Callable[[bytes], bool]) -> None:
    """Register a fault that ignores headers because of the case of their names."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def seen(request: ReceivedRequest) -> ReceivedRequest:
            ignored = {spelt.lower() for spelt in request.names if ignores(spelt)}
            return replace(request, headers=tuple(pair for pair in request.headers if pair[0] not in ignored))

        return replace(
            pipeline,
            authenticate=lambda request: pipeline.authenticate(seen(request)),
            check_content_type=lambda request: pipeline.check_content_type(seen(request)),
        )

    pipeline_fault(name, "REQ-015", summary, rebuild)


def _language_in_capitals(pipeline: Pipeline) -> Pipeline:
    def choose(request: ReceivedRequest) -> AnswerLanguage:
        return AnswerLanguage.ENGLISH if b"X-LANGUAGE" in request.names else pipeline.choose_language(request)

    return replace(pipeline, choose_language=choose)


# REQ-015: the names of headers are accepted in any case.
_names("names-in-capitals-overlooked", "Ignore headers whose names are in upper case.", bytes.isupper)
_names("names-in-small-letters-overlooked", "Ignore headers whose names are in lower case.", bytes.islower)
pipeline_fault(
    "language-in-capitals-overlooked",
    "REQ-015",
    "Ignore X-Language if its name is in upper case.",
    _language_in_capitals,
)

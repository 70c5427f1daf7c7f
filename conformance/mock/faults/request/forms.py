"""Faults in which forms of a call are accepted, of its media type, method, path and header names: REQ-003 to 017."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError
from conformance.mock.faults.conditions import (
    OfRequest,
    requests_no_language,
)
from conformance.mock.faults.effects import ready_refused_fault
from conformance.mock.faults.registry import pipeline_fault, step_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mock.pipeline import Pipeline
    from conformance.mock.request import ReceivedRequest
    from conformance.mock.routing import Route

FAILURES, LOCKED = 3, 0.7
"""Refusals of a token in a row that lock out its owner, and for how many seconds."""
SIMULTANEOUS = 0.4
"""Seconds within which calls count as simultaneous."""
NEEDLESS = re.compile(rb"%(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")
"""A percent-encoded letter or digit."""


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


# REQ-015: the names of headers are accepted in any case.
_names("names-in-capitals-overlooked", "Ignore headers whose names are in upper case.", bytes.isupper)
_names("names-in-small-letters-overlooked", "Ignore headers whose names are in lower case.", bytes.islower)

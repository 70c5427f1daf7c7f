"""Faults in which form of a call is taken: media type, method and path."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.server.answers import GatewayError
from conformance.server.faults.registry import step_fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.server.pipeline import Pipeline
    from conformance.server.request import ReceivedRequest
    from conformance.server.routing import Route


def _media_type(name: str, breaks: str, summary: str, accepts: Callable[[ReceivedRequest], bool]) -> None:
    """Register a fault that accepts further calls, whatever their media type."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            if not accepts(request):
                pipeline.check_content_type(request)

        return replace(pipeline, check_content_type=check)

    rebuild.__doc__ = summary
    step_fault(name, breaks=(breaks,))(rebuild)


def _is(*media_types: bytes) -> Callable[[ReceivedRequest], bool]:
    return lambda request: request.distinct("Content-Type") in [(media_type,) for media_type in media_types]


def _like_json(request: ReceivedRequest) -> bool:
    return any(value.startswith(b"application/json") for value in request.distinct("Content-Type"))


_media_type(
    "content-type-optional",
    "REQ-003",
    "A call without Content-Type is accepted.",
    lambda request: not request.distinct("Content-Type"),
)
_media_type(
    "content-type-optional-without-language",
    "REQ-003",
    "A call with neither Content-Type nor X-Language is accepted.",
    lambda request: not request.distinct("Content-Type") and not request.distinct("X-Language"),
)
_media_type(
    "content-type-ignored", "REQ-004", "Every media type is accepted.", lambda r: bool(r.distinct("Content-Type"))
)
_media_type(
    "content-type-form", "REQ-004", "A form is accepted as well as JSON.", _is(b"application/x-www-form-urlencoded")
)
_media_type("content-type-by-prefix", "REQ-004", "Whatever begins with application/json is accepted.", _like_json)
_media_type("content-type-subtype", "REQ-004", "A subtype alone is accepted.", _is(b"json"))


def _refusing(name: str, summary: str, refuses: Callable[[bytes], bool]) -> None:
    """Register a fault that refuses some spellings of application/json."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def check(request: ReceivedRequest) -> None:
            pipeline.check_content_type(request)
            if any(map(refuses, request.distinct("Content-Type"))):
                raise GatewayError(415, "APIGW.0201", "Unsupported media type.")

        return replace(pipeline, check_content_type=check)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("REQ-005",))(rebuild)


_refusing("charset-refused", "Only the very text application/json is accepted.", lambda v: v != b"application/json")
_refusing("charset-upper-case-refused", "A charset in capitals is refused.", lambda value: b"UTF-8" in value)


def _method(name: str, summary: str, *methods: str) -> None:
    """Register a fault that treats other methods like POST; none stand for all."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def route(request: ReceivedRequest) -> Route:
            return pipeline.route(
                replace(request, method="POST") if request.method in methods or not methods else request
            )

        return replace(pipeline, route=route)

    rebuild.__doc__ = summary
    step_fault(name, breaks=("REQ-007",))(rebuild)


_method("any-method", "Every method commits.")
_method("get-commits", "GET commits.", "GET")
_method("put-commits", "PUT commits.", "PUT")
_method("delete-commits", "DELETE commits.", "DELETE")


def _path(name: str, summary: str, pattern: bytes, replacement: bytes) -> None:
    """Register a fault that finds the operation under further paths as well."""

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

    rebuild.__doc__ = summary
    step_fault(name, breaks=("REQ-009",))(rebuild)


_path("path-any-version", "The operation is found under every version.", rb"^/v\d+/", b"/v5/")
_path("path-batch-jobs", "The operation is found under batch-jobs as well.", rb"/batch-jobs/", b"/batch-async-jobs/")
_path("path-without-commit", "The path of a batch commits it.", rb"(/batch-async-jobs/[^/]+)$", rb"\1/commit")
_path("path-commits", "The operation is found under commits as well.", rb"/commits$", b"/commit")
_path("path-with-suffix", "What follows the path is overlooked.", rb"/commit/[^/]+$", b"/commit")
_path(
    "path-any-action",
    "Every action on a batch commits it.",
    rb"(/batch-async-jobs/[^/]+)/(?!commit)[a-z]+$",
    rb"\1/commit",
)


def _names(name: str, summary: str, overlooks: Callable[[bytes], bool]) -> None:
    """Register a fault that overlooks headers for how their names are spelt."""

    def rebuild(pipeline: Pipeline) -> Pipeline:
        def seen(request: ReceivedRequest) -> ReceivedRequest:
            overlooked = {spelt.lower() for spelt in request.names if overlooks(spelt)}
            return replace(request, headers=tuple(pair for pair in request.headers if pair[0] not in overlooked))

        return replace(
            pipeline,
            authenticate=lambda request: pipeline.authenticate(seen(request)),
            check_content_type=lambda request: pipeline.check_content_type(seen(request)),
        )

    rebuild.__doc__ = summary
    step_fault(name, breaks=("REQ-015",))(rebuild)


_names("names-in-capitals-overlooked", "Headers whose names are in capitals are overlooked.", bytes.isupper)
_names("names-in-small-letters-overlooked", "Headers whose names are in small letters are overlooked.", bytes.islower)

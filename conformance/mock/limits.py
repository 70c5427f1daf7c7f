"""The gateway's checks of sizes and of the media type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.mock.answers import GatewayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.mock.request import ReceivedRequest

__all__ = ["BODY_LIMIT", "check_content_type", "check_limits", "declares_json"]

BODY_LIMIT = 12 * 1024 * 1024
"""Maximum bytes of a body. The documentation says 12 MB; this is the larger of its two meanings."""

# These three are documented for a sister product of the gateway.
_TARGET_LIMIT = 32 * 1024
_HEADER_LIMIT = 32 * 1024
_HEADERS_LIMIT = 128 * 1024

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# Each octet matches in one way alone, spaces too; else the time would double with each semicolon.
_PARAMETER = rb"[ \t]*;(?:[ \t]*(" + _TOKEN + rb")=(" + _TOKEN + rb'|"[^"\\]*"))?'
_MEDIA_TYPE = re.compile(rb"application/json((?:" + _PARAMETER + rb")*)[ \t]*", re.IGNORECASE)
_CHARSETS = {b"utf-8", b"utf8"}  # JSON is UTF-8 (RFC 8259); the IAM page shows "utf8"


def check_limits(request: ReceivedRequest) -> None:
    """Refuse a request that is too large; raises `GatewayError`."""
    if len(request.target) > _TARGET_LIMIT:
        raise GatewayError(414, "APIGW.0201", "The request URI is too long.")
    sizes = [len(name) + len(value) + len(b": \r\n") for name, value in request.headers]
    if sum(sizes) > _HEADERS_LIMIT or any(size > _HEADER_LIMIT for size in sizes):
        # The gateway is said to answer 494, which is not registered; 431 is the registered status with this meaning.
        raise GatewayError(431, "APIGW.0201", "The request headers are too large.")
    if request.oversized:
        raise GatewayError(413, "APIGW.0201", "The request body is too large.")


def check_content_type(request: ReceivedRequest) -> None:
    """Refuse a missing media type, or one other than JSON; raises `GatewayError`."""
    if not declares_json(request.distinct("Content-Type")):
        raise GatewayError(415, "APIGW.0201", "The Content-Type must be application/json.")


def declares_json(values: Sequence[bytes]) -> bool:
    """Return whether the distinct values of Content-Type are one, which is JSON in UTF-8."""
    match = _MEDIA_TYPE.fullmatch(values[0]) if len(values) == 1 else None
    return match is not None and _charsets(match[1]) <= _CHARSETS


def _charsets(parameters: bytes) -> set[bytes]:
    return {
        value.strip(b'"').lower() for name, value in re.findall(_PARAMETER, parameters) if name.lower() == b"charset"
    }

"""The rules of retries: which requests may be sent again, and when.

A request may create what is billed, so it is sent again only if the answer shows that it was not processed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast

__all__ = ["is_gateway_error", "retry_after", "was_not_processed"]

_GATEWAY_CODES = ("APIGW.", "APIG.")


def was_not_processed(status: int, body: bytes) -> bool:
    """Return whether an answer shows that the request was not processed.

    That is a 429, or a 503 of the gateway. A 503 of anything else may follow a request that was carried out, even if it
    has a Retry-After header.
    """
    return status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and is_gateway_error(body)
    )


def is_gateway_error(body: bytes) -> bool:
    """Return whether a body is an error of the gateway: a JSON object whose error_code begins with APIGW. or APIG."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    code = cast("dict[str, Any]", document).get("error_code") if isinstance(document, dict) else None
    return isinstance(code, str) and code.startswith(_GATEWAY_CODES)


def retry_after(value: str) -> float | None:
    """Return the seconds to wait, 0 or more, by the value of a Retry-After header; None if it cannot be read.

    The value is a number of seconds or a date (RFC 9110, section 10.2.3).
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        # Without a zone, or with -0000, the date is in UTC (RFC 5322, section 3.3), not in this machine's zone.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ArithmeticError, LookupError, TypeError, ValueError):  # the parser raises any of these on odd texts
        return None

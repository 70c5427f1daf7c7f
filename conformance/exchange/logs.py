"""Removal of headers from the logs of the HTTP libraries, which a token may come back in."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus

__all__ = ["LEFT_OUT", "hide_headers_in_logs"]

LEFT_OUT = "[left out]"

EVENTS = tuple(
    f"{library}.{part}"
    for library in ("httpcore", "httpcore2")
    for part in ("connection", "http11", "http2", "proxy", "socks")
)
"""Loggers of events, whose messages end with what the event gave."""

CODINGS = ("hpack.hpack", "hpack.table")
"""Loggers that record each header of HTTP/2 at DEBUG, and little else."""

REQUESTS = ("httpx", "httpx2")
"""Loggers that record each request, with the reason phrase of its answer."""

VALUES = re.compile(
    r"( return_value=\((?:(?:b'HTTP/[0-9.]+', )?[0-9]{3}, )?| exception=\w*Pro\w+Error\(| auth=\().*", re.DOTALL
)
"""What is known of an answer after its status, an error of the protocol, which quotes it, and the user of a proxy."""

PHRASES = {"", *(status.phrase for status in HTTPStatus)}


def hide_headers_in_logs() -> None:
    """Keep headers, reason phrases and errors of the protocol out of the logs of the HTTP libraries, from now on.

    It applies to every use of these libraries in this process, since their records do not say which client they
    are of. What happens, and the status of each answer, is logged as before.
    """
    for loggers, edit in ((EVENTS, _without_values), (REQUESTS, _without_phrase), (CODINGS, _is_not_debug)):
        for name in loggers:
            logging.getLogger(name).addFilter(edit)


def _without_values(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    shown = VALUES.sub(rf"\g<1>{LEFT_OUT})", message)
    if shown != message:
        record.msg, record.args = shown, None
    return True


def _without_phrase(record: logging.LogRecord) -> bool:
    arguments = record.args  # method, URL, version, status and phrase
    if isinstance(arguments, tuple) and len(arguments) == 5 and arguments[4] not in PHRASES:
        record.args = (*arguments[:4], LEFT_OUT)
    return True


def _is_not_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG

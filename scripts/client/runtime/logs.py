"""Removal of tokens from the log of the HTTP library."""

from __future__ import annotations

import logging
import re

from drs_batch_client.runtime.redaction import MASK

__all__ = ["hide_tokens_in_logs"]

# Headers are logged as Python shows bytes, in quotes.
_TOKEN = re.compile(r"""(x-subject-token'\W+b?)('(?:[^'\\]|\\.)*'|"[^"]*")""", re.IGNORECASE)


def hide_tokens_in_logs() -> None:
    """Mask the tokens that IAM issues in the HTTP library's debug log, which shows the headers of answers."""
    for library in ("httpcore", "httpcore2"):
        for version in ("http11", "http2"):
            logging.getLogger(f"{library}.{version}").addFilter(_mask_token)


def _mask_token(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    if _TOKEN.search(message):
        record.msg, record.args = _TOKEN.sub(rf"\1'{MASK}'", message), None
    return True

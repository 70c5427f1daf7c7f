"""The blocking code of the client, which is made from its asynchronous code by replacing names, as httpcore does."""

from __future__ import annotations

import re

__all__ = ["blocking"]

REPLACEMENTS = (
    (r"\bruntime\.aio\b", "runtime.blocking"),
    (r"\basyncio and trio\b", "blocking code"),
    (r"\bMany tasks\b", "Many threads"),
    (r"\b([Aa])n (?=`?Async[A-Z])", r"\1 "),
    (r"\basync (?=def|for|with)", ""),
    (r"\bawait ", ""),
    (r"\bAwaitable\[((?:[^][]|\[[^][]*\])*)\]", r"\1"),
    (r"\bAwaitable, ", ""),
    (r"\bAsyncGenerator\[(.*), (.*)\]", r"Generator[\1, \2, None]"),
    (r"\bAsyncByteStream\b", "SyncByteStream"),
    (r"\basync_auth_flow\b", "sync_auth_flow"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"_async(?=_|\b)|\basync_", ""),
    (r"\b(__)?a(?=(?:close|read|enter|exit)(?:__)?\()", r"\1"),
    (r"\basynchronous=True\b", "asynchronous=False"),
    (r"\bimport anyio$", "import time\nfrom contextlib import nullcontext"),
    (r"\banyio\.sleep\b", "time.sleep"),
    (r"\banyio\.CancelScope\(shield=True\)", "nullcontext()"),
)
"""Patterns, in the order in which they are replaced, and what replaces them."""

LEFT = re.compile(
    r".*(?:[Aa]sync(?!hronous)|\basynchronous(?:: |=(?!False\b))|[Aa]wait|anyio|\btrio\b"
    r"|\b(?:__)?a(?:close|closing|enter|exit|iter|next|read|send|throw|write)(?:\b|_)).*"
)
"""A line with something asynchronous; `asynchronous=False`, and the word in a comment, are none."""


def blocking(code: str) -> str:
    """Return the blocking code for asynchronous code, not yet formatted.

    Raises:
        ValueError: A line has something asynchronous that has no replacement.
    """
    for pattern, replacement in REPLACEMENTS:
        code = re.sub(pattern, replacement, code, flags=re.MULTILINE)
    if left := LEFT.search(code):
        raise ValueError(f"{left[0].strip()!r} is still asynchronous; add a replacement to scripts/client/blocking.py")
    return code

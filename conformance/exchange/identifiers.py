"""IDs in the format of the service: UUIDs in lower case."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["UNRESERVED", "UUID", "UUID_LENGTH", "batch_key", "random_uuid"]

UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_LENGTH = 36
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""An ID that is the same in every spelling of a URL (RFC 3986, section 2.3)."""

SPELLING = re.compile(r"^urn:uuid:|^uuid:|[-{}()\s]")
"""The parts in which the spellings of a UUID differ, besides case."""


def batch_key(batch_id: str) -> str:
    """Return a key that all spellings of a batch ID share.

    Many servers ignore its case and blanks around it, and in a UUID hyphens, braces and `urn:uuid:` as well.
    """
    key = batch_id.strip().casefold()
    digits = SPELLING.sub("", key)
    return str(uuid.UUID(digits)) if re.fullmatch("[0-9a-f]{32}", digits) else key


def random_uuid(random: Random) -> str:
    """Return a random UUID of version 4."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

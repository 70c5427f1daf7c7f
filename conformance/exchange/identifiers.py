"""IDs in the format of the service: UUIDs in lower case."""

from __future__ import annotations

import re
import unicodedata
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["UNRESERVED", "UUID", "UUID_LENGTH", "batch_key", "random_uuid"]

UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_LENGTH = 36
UUID_DIGITS = 32
UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
"""An ID that is the same in every spelling of a URL (RFC 3986, section 2.3)."""

GROUP_SIZES = (8, 4, 4, 4, 12)
GROUPS = re.compile("-".join(f"([0-9a-f]{{1,{size}}})" for size in GROUP_SIZES))
"""The groups of a UUID, which Java takes without their leading zeros."""

NAMES = re.compile(r"urn:|uuid:|[-{}()]")
"""The parts of a UUID that are not counted where its 32 digits are."""

FILLING = re.compile(r"[\s_+]")
"""Further parts; Python takes them for digits, those of a number, which then has fewer."""


def batch_key(batch_id: str) -> str:
    """Return a key that all spellings of a batch ID share.

    Many servers ignore its case and blanks around it, and take for a UUID what Python does: with braces, `urn:uuid:`,
    hyphens and underscores anywhere, with digits of other scripts, and with a sign, `0x` or a blank for leading zeros;
    or what Java does, without leading zeros of its groups.
    """
    plain = unicodedata.normalize("NFKC", batch_id).casefold()
    groups = GROUPS.fullmatch(plain.strip())
    if groups:
        return "-".join(group.zfill(size) for group, size in zip(groups.groups(), GROUP_SIZES, strict=True))
    text = NAMES.sub("", plain)
    for digits in (text, FILLING.sub("", text)):
        if len(digits) == UUID_DIGITS:
            with suppress(ValueError):
                return str(uuid.UUID(int=int(digits, 16)))
    return batch_id.strip().casefold()


def random_uuid(random: Random) -> str:
    """Return a random UUID of version 4."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

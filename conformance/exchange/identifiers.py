"""IDs in the format of the service: UUIDs in lower case."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

__all__ = ["UUID", "UUID_LENGTH", "batch_key", "random_uuid"]

UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UUID_LENGTH = 36


def batch_key(batch_id: str) -> str:
    """Return a key that all spellings of a batch ID share: many servers ignore its case and blanks around it."""
    return batch_id.strip().casefold()


def random_uuid(random: Random) -> str:
    """Return a random UUID of version 4."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))

"""An access key (AK/SK) as a value, and the check of each of its parts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import Attribute, field, frozen
from attrs.validators import optional

if TYPE_CHECKING:
    from typing import Any

__all__ = ["LISTABLE", "VISIBLE", "Credentials", "flaw", "listable", "visible"]

VISIBLE = re.compile(r"[!-~]+")
"""A value that a header can have."""

LISTABLE = re.compile(r"[!-+\--~]+")
"""A value without a comma, which an AK and SK in one would have."""


def flaw(value: str, allowed: re.Pattern[str]) -> str | None:
    """Return what is wrong with a value, without showing it; None if nothing is. `allowed` is one of the patterns."""
    forbidden = "blanks and commas" if allowed is LISTABLE else "blanks"
    return None if allowed.fullmatch(value) else f"must be one or more visible ASCII characters without {forbidden}"


def visible(_instance: object, attribute: Attribute[str], value: str) -> None:
    """Reject a value that a header cannot have, without showing it."""
    _check(attribute.name, value, VISIBLE)


def listable(_instance: object, attribute: Attribute[str], value: str) -> None:
    """Reject a value with a comma too."""
    _check(attribute.name, value, LISTABLE)


def _check(name: str, value: object, allowed: re.Pattern[str]) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if (wrong := flaw(value, allowed)) is not None:
        raise ValueError(f"{name} {wrong}")


def _zoned(_instance: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, datetime):
        raise TypeError(f"{attribute.name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError(f"{attribute.name} must have a time zone, such as datetime.UTC; {value} has none")


@frozen(kw_only=True)
class Credentials:
    """An access key (AK/SK) that a function gives to `ProviderAuth`.

    Attributes:
        access_key: The AK, which names the key.
        secret_key: The SK, which signs and is not sent.
        security_token: The security token of a temporary key; None for a permanent key.
        expires_at: When the key expires, with a time zone; None if it does not, or if that is not known.

    Raises:
        TypeError: A value has the wrong type.
        ValueError: A text is empty, or has a blank or a line break; the access key has a comma; the time has no zone.
    """

    access_key: str = field(validator=listable)
    secret_key: str = field(repr=False, validator=visible)
    security_token: str | None = field(default=None, repr=False, validator=optional(visible))
    expires_at: datetime | None = field(default=None, validator=optional(_zoned))

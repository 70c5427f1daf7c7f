"""Known deviations: breaches that the user accepts for a reason and for a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from conformance.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.spec.catalogue import Catalogue

__all__ = ["DEVIATES", "NOT_EXERCISED", "Deviation", "read", "template"]

DEVIATES = "deviates"
"""What became of a deviation that is still one, and is accepted for the time."""
NOT_EXERCISED = "not exercised"
"""What became of one of which nothing was seen."""

FIELDS = ("requirement", "reason", "link", "expires")

LONGEST = dt.timedelta(days=366)
"""Time for which a deviation may be accepted; whoever wants it for longer looks at it again each year."""


@dataclass(frozen=True)
class Deviation:
    """A breach that is accepted.

    Attributes:
        requirement: Id of the requirement.
        reason: Why it is accepted.
        link: Where that is discussed.
        expires: Last day on which it is.
    """

    requirement: str
    reason: str
    link: str
    expires: dt.date

    def expired(self, today: dt.date) -> bool:
        """Say whether its time is over."""
        return today > self.expires


def read(path: Path, catalogue: Catalogue) -> tuple[Deviation, ...]:
    """Read a file of known deviations.

    Raises:
        ConfigurationError: The file cannot be read or an entry is wrong; the message names the file, and the entry.
    """
    option = f"--known-deviations: {path}"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{option}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{option}: is no YAML ({' '.join(str(error).split())})") from None
    if not isinstance(document, list):
        raise ConfigurationError(f"{option}: must be a list of entries with the fields {', '.join(FIELDS)}")
    return tuple(_entry(entry, f"{option}: entry {number}", catalogue) for number, entry in enumerate(document, 1))


def template(requirement_id: str, today: dt.date) -> str:
    """Return an entry ready to paste, but for its reason and link."""
    expires = today + dt.timedelta(days=90)
    return f'- {{requirement: {requirement_id}, reason: "CHANGE ME", link: "CHANGE ME", expires: {expires}}}\n'


def _entry(entry: object, where: str, catalogue: Catalogue) -> Deviation:
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise ConfigurationError(f"{where}: needs the fields {', '.join(FIELDS)}, and no others")
    if entry["requirement"] not in [requirement.id for requirement in catalogue]:
        raise ConfigurationError(f"{where}: {entry['requirement']!r} is no requirement; --list prints them all")
    if not isinstance(entry["expires"], dt.date) or isinstance(entry["expires"], dt.datetime):
        raise ConfigurationError(f"{where}: expires must be a date like 2030-01-31")
    latest = dt.datetime.now(dt.timezone.utc).date() + LONGEST
    if entry["expires"] > latest:
        raise ConfigurationError(f"{where}: expires must be {latest} or before; a deviation is accepted for a time")
    for name in ("reason", "link"):
        if not isinstance(entry[name], str) or not entry[name].strip() or "CHANGE ME" in entry[name]:
            raise ConfigurationError(f"{where}: {name} must be filled in")
    return Deviation(**entry)

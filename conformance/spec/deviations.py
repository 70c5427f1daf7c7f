"""Known deviations: violations that the user accepts for a stated reason and a limited time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from conformance.errors import CatalogueError, ConfigurationError
from conformance.spec import yaml_files

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.spec.catalogue import Catalogue

__all__ = ["DEVIATES", "NOT_EXERCISED", "Deviation", "read", "template"]

DEVIATES = "deviates"
"""The state of a deviation that was observed and is accepted."""
NOT_EXERCISED = "not exercised"
"""The state of a deviation whose requirement was not exercised."""

FIELDS = ("requirement", "reason", "link", "expires")

MAX_DURATION = dt.timedelta(days=366)
"""The longest time for which a deviation can be accepted, so that each is reviewed once a year."""


@dataclass(frozen=True)
class Deviation:
    """A violation that is accepted.

    Attributes:
        requirement: Id of the requirement.
        reason: The reason for which it is accepted.
        link: The address of the discussion.
        expires: The last day on which it is accepted.
    """

    requirement: str
    reason: str
    link: str
    expires: dt.date

    def expired(self, today: dt.date) -> bool:
        """Return whether the last day has passed."""
        return today > self.expires


def read(path: Path, catalogue: Catalogue) -> tuple[Deviation, ...]:
    """Read a file of known deviations.

    Raises:
        ConfigurationError: The file cannot be read or an entry is wrong. The message names the file and the entry.
    """
    place = f"--known-deviations: {path}"
    try:
        document = yaml_files.parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{place}: cannot be read: {error.strerror}; check the path and its permissions"
        ) from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{place}: is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(document, list):
        raise ConfigurationError(f"{place}: is not a list; write a list of entries with the fields {', '.join(FIELDS)}")
    return tuple(_entry(entry, f"{place}: entry {number}", catalogue) for number, entry in enumerate(document, 1))


def template(requirement_id: str, today: dt.date) -> str:
    """Return an entry to paste, whose reason and link are placeholders."""
    expires = today + dt.timedelta(days=90)
    return f'- {{requirement: {requirement_id}, reason: "CHANGE ME", link: "CHANGE ME", expires: {expires}}}\n'


def _entry(entry: object, place: str, catalogue: Catalogue) -> Deviation:
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise ConfigurationError(f"{place}: must have exactly the fields {', '.join(FIELDS)}")
    try:
        catalogue[str(entry["requirement"])]
    except CatalogueError as error:
        raise ConfigurationError(f"{place}: {error}") from None
    if not isinstance(entry["expires"], dt.date) or isinstance(entry["expires"], dt.datetime):
        raise ConfigurationError(f"{place}: expires is {entry['expires']!r}; write a date such as 2030-01-31")
    latest = dt.datetime.now(dt.UTC).date() + MAX_DURATION
    if entry["expires"] > latest:
        raise ConfigurationError(f"{place}: expires is {entry['expires']}; the latest date allowed is {latest}")
    for name in ("reason", "link"):
        if not isinstance(entry[name], str) or not entry[name].strip() or "CHANGE ME" in entry[name]:
            raise ConfigurationError(f"{place}: {name} is missing or a placeholder; fill it in")
    return Deviation(**entry)

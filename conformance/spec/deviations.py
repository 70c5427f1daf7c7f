"""Known deviations: violations that the user accepts for a stated reason and a limited time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import CatalogueError, ConfigurationError
from conformance.spec import untrusted_files
from conformance.spec.untrusted_files import brief

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.spec.catalogue import Catalogue

__all__ = ["DEVIATES", "NOT_EXERCISED", "Deviation", "read", "template"]

DEVIATES = "deviates"
"""The state of a deviation that was observed and is accepted."""
NOT_EXERCISED = "not exercised"
"""The state of a deviation whose requirement was not exercised."""

FIELDS = ("requirement", "reason", "link", "expires")

NOTHING = ("", "~", "null")
"""Texts that mean that there is no value."""

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
    document = untrusted_files.read_yaml(path, place)
    if not isinstance(document, list):
        raise ConfigurationError(f"{place}: is not a list; write a list of entries with the fields {', '.join(FIELDS)}")
    return tuple(_entry(entry, f"{place}: entry {number}", catalogue) for number, entry in enumerate(document, 1))


def template(requirement_id: str, today: dt.date) -> str:
    """Return an entry to paste, whose reason and link are placeholders."""
    expires = today + dt.timedelta(days=90)
    return f'- {{requirement: {requirement_id}, reason: "CHANGE ME", link: "CHANGE ME", expires: {expires}}}\n'


def _entry(entry: object, place: str, catalogue: Catalogue) -> Deviation:
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise ConfigurationError(f"{place}: is not an entry; give it exactly the fields {', '.join(FIELDS)}")
    for name, value in entry.items():
        if not isinstance(value, str) or value.strip() in NOTHING or "CHANGE ME" in value:
            raise ConfigurationError(f"{place}: {name} is missing or a placeholder; fill it in")
    try:
        catalogue[entry["requirement"]]
    except CatalogueError as error:
        raise ConfigurationError(f"{place}: {error}") from None
    try:
        expires = dt.datetime.strptime(entry["expires"], "%Y-%m-%d").date()  # noqa: DTZ007 - a day, without a time
    except ValueError:
        raise ConfigurationError(
            f"{place}: expires is {brief(entry['expires'])}; write a date such as 2030-01-31"
        ) from None
    latest = dt.datetime.now(dt.UTC).date() + MAX_DURATION
    if expires > latest:
        raise ConfigurationError(f"{place}: expires is {expires}; the latest date allowed is {latest}")
    return Deviation(**entry | {"expires": expires})

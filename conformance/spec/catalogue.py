"""The catalogue of requirements: one short entry for each promise of the documentation."""

from __future__ import annotations

import functools
import graphlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import CatalogueError
from conformance.spec import yaml_files
from conformance.spec.suggestions import suggest
from conformance.spec.untrusted_files import LONGEST_QUOTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


__all__ = ["Catalogue", "Level", "Requirement", "load"]

DIRECTORY = Path(__file__).parent.parent / "requirements"
AREAS = (
    "authentication",
    "request",
    "commit",
    "service_errors",
    "life_cycle",
    "gateway",
    "http",
    "message",
    "clients",
)
"""The folders of the areas, in the order of the catalogue."""


class Level(StrEnum):
    """The levels of a requirement, the most binding first."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    OBSERVE = "OBSERVE"

    @property
    def meaning(self) -> str:
        """The source of the level, and the consequence of a violation."""
        return {
            Level.MUST: "stated by the documentation; a violation fails the run",
            Level.SHOULD: "implied by the documentation or by HTTP; a violation is a warning",
            Level.OBSERVE: "not documented; the report says what the server does",
        }[self]


LEVELS = tuple(level.value for level in Level)
"""The levels as the reports name them, the most binding first."""


@dataclass(frozen=True)
class Requirement:
    """One thing that a server can obey or violate.

    Attributes:
        id: `AREA-NNN`, never renumbered and never reused.
        area: Title of the area.
        title: The requirement in one sentence.
        level: Its level.
        says: A paraphrase of the documentation.
        source: The page of the documentation and its section.
        url: The address of that page.
        pointer: A JSON pointer to the place in openapi.yaml.
        shown_in: The part of a response that shows a violation: `status`, `body`, `body/NAME` for a member of it, or
            `header/NAME`.
        exercised_by: The scenarios and phases that suffice to check it.
        presupposes: Requirements that a response must meet before this one is checked on it.
        explained_by: Requirements whose violation can cause a violation of this one.
        same_status_as: Requirements on single answers whose violation causes one of this by answers of the same status.
    """

    id: str
    area: str
    title: str
    level: Level
    says: str
    source: str
    url: str
    pointer: str
    exercised_by: tuple[str, ...]
    presupposes: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    same_status_as: tuple[str, ...] = ()
    shown_in: str = "status"

    @property
    def causes(self) -> tuple[str, ...]:
        """The requirements whose violation can explain one of this."""
        return (*self.explained_by, *self.same_status_as)

    @property
    def prefix(self) -> str:
        """The prefix of the ID, which is that of the area."""
        return self.id.partition("-")[0]


class Catalogue:
    """All requirements, in order."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        """Check the requirements; raises `CatalogueError` if two share an ID, or if a reference is not allowed."""
        self._by_id = {requirement.id: requirement for requirement in requirements}
        if len(self._by_id) < len(requirements):
            ids = [requirement.id for requirement in requirements]
            raise CatalogueError(f"two requirements have the ID {next(i for i in ids if ids.count(i) > 1)}")
        for requirement in requirements:
            for other in (*requirement.presupposes, *requirement.causes):
                if other not in self._by_id:
                    raise CatalogueError(f"{requirement.id} refers to {other}, which does not exist")
                # Otherwise a run that violates a MUST could end with just a warning.
                if requirement.level is Level.MUST and self._by_id[other].level is not Level.MUST:
                    raise CatalogueError(f"{requirement.id} is a MUST and refers to {other}, which is not a MUST")
        try:
            # Otherwise requirements could explain each other, and none of them would have a finding.
            graphlib.TopologicalSorter({requirement.id: requirement.causes for requirement in requirements}).prepare()
        except graphlib.CycleError as error:
            raise CatalogueError(f"these explain each other: {', '.join(error.args[1])}") from None

    def __iter__(self) -> Iterator[Requirement]:
        """Iterate over the requirements in order."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """Count the requirements."""
        return len(self._by_id)

    def __getitem__(self, requirement_id: str) -> Requirement:
        """Return the requirement with this ID; raises `CatalogueError`."""
        try:
            return self._by_id[requirement_id]
        except KeyError:
            raise CatalogueError(
                f"{requirement_id[:LONGEST_QUOTE]!r} is not a requirement; {_hint(requirement_id, self._by_id)}"
            ) from None

    @functools.cached_property
    def by_dependency(self) -> tuple[str, ...]:
        """The IDs, each after those that it presupposes."""
        graph = {requirement.id: requirement.presupposes for requirement in self}
        return tuple(key for key in graphlib.TopologicalSorter(graph).static_order() if key in self._by_id)

    def select(self, names: Sequence[str]) -> Catalogue:
        """Return the requirements with these IDs or in these areas, or all without names; raises `CatalogueError`."""
        if not names:
            return self
        chosen: set[str] = set()
        for name in names:
            found = {r.id for r in self if name.upper() in (r.id, r.prefix)}
            if not found:
                names_of_all = [*self._by_id, *dict.fromkeys(r.prefix for r in self)]
                raise CatalogueError(f"{name!r} is neither a requirement nor an area; {_hint(name, names_of_all)}")
            chosen |= found
        return _Selection([requirement for requirement in self if requirement.id in chosen])


class _Selection(Catalogue):
    """Some of the requirements, which may refer to others."""

    def __init__(self, requirements: Sequence[Requirement]) -> None:
        self._by_id = {requirement.id: requirement for requirement in requirements}


def _hint(name: str, known: Iterable[str]) -> str:
    return f"{suggest(name.upper(), known)} --list prints them all".strip()


@functools.cache
def load() -> Catalogue:
    """Read the catalogue; raises `CatalogueError` with the ID of an entry that is wrong."""
    sources = yaml_files.parse((DIRECTORY / "sources.yaml").read_text(encoding="utf-8"))
    requirements: list[Requirement] = []
    for area in AREAS:
        document = yaml_files.parse((DIRECTORY / area / "requirements.yaml").read_text(encoding="utf-8"))
        requirements += [
            _requirement(requirement_id, document["area"], entry, sources)
            for requirement_id, entry in document["requirements"].items()
        ]
    return Catalogue(requirements)


def _part(text: str) -> str:
    if not re.fullmatch("status|body|(body|header)/[A-Za-z_-]+", text):
        raise ValueError(f"shown_in: {text!r} is not status, body, body/NAME or header/NAME")
    return text


def _requirement(requirement_id: str, area: str, entry: dict[str, Any], sources: dict[str, Any]) -> Requirement:
    try:
        page, _, section = entry["source"].partition(": ")
        source = sources[page]
        return Requirement(
            id=requirement_id,
            area=area,
            title=entry["title"],
            level=Level(entry["level"]),
            says=entry["says"],
            source=f"{source['title']}, {section}" if section else source["title"],
            url=source["url"],
            pointer=entry["spec"],
            exercised_by=tuple(entry["exercised_by"]),
            presupposes=tuple(entry.get("presupposes", ())),
            explained_by=tuple(entry.get("explained_by", ())),
            same_status_as=tuple(entry.get("same_status_as", ())),
            shown_in=_part(entry.get("shown_in", "status")),
        )
    except (KeyError, ValueError) as error:
        raise CatalogueError(f"{requirement_id}: {error}") from None

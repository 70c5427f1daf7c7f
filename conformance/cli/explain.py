"""The options --list and --explain: the list of requirements, or one requirement in full."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from conformance.mock.faults import FAULTS
from conformance.reports.console import PlainConsole
from conformance.requirements import SCENARIOS, oracle_registry
from conformance.requirements.conditions import needs, profiles
from conformance.requirements.scenario_registry import PHASES
from conformance.spec import openapi
from conformance.spec.catalogue import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.spec.catalogue import Catalogue, Requirement

__all__ = ["lines", "print_explanation", "print_list"]

MAX_TITLES = 8
MAX_FAULTS = 6
MAX_WIDTH = 100
TITLE_WIDTH = 32
PREFIX_WIDTH = 4
MOCK_PORT = 8000
LIST_FAULTS = "drs-mock --list"


def print_list(requirements: Catalogue) -> None:
    """Print the requirements by area, one per line."""
    console = PlainConsole(highlight=False, soft_wrap=True)
    width = max((len(requirement.id) for requirement in requirements), default=0)
    for (prefix, area), members in groupby(
        requirements, key=lambda requirement: (requirement.prefix, requirement.area)
    ):
        console.print(Text(f"{prefix:{PREFIX_WIDTH}}  {area}", style="bold"))
        for member in members:
            text = f"  {member.id:{width}}  {member.level.value:7}  {member.title}"
            console.print(Text(text, style="dim" if member.level is Level.OBSERVE else ""))


def print_explanation(requirement: Requirement, requirements: Catalogue) -> None:
    """Print one requirement in full, with the titles of those that it refers to."""
    console = PlainConsole(highlight=False, soft_wrap=True)
    width = min(MAX_WIDTH, console.width) if console.is_terminal else MAX_WIDTH
    title, *rest = lines(requirement, requirements, width)
    console.print(Text(title, style="bold"))
    for line in rest:
        console.print(Text(line))


def lines(requirement: Requirement, requirements: Catalogue, width: int) -> list[str]:
    """Return the explanation of a requirement in lines of this width; at 100 columns it fits on one screen."""
    wrapped = [f"{requirement.id} {requirement.title}"]
    for name, text in _facts(requirement, requirements):
        label = f"  {name:13} "
        wrapped += textwrap.wrap(
            text,
            width,
            initial_indent=label,
            subsequent_indent=" " * len(label),
            break_on_hyphens=False,
            break_long_words=False,
        )
    # Commands are not wrapped, so that they can be copied.
    return [*wrapped, *(f"  {name:13} {command}" for name, command in _commands(requirement))]


def _facts(requirement: Requirement, requirements: Catalogue) -> Iterator[tuple[str, str]]:
    line = openapi.load().line(requirement.pointer)
    yield "level", f"{requirement.level.value}: {requirement.level.meaning}"
    yield "says", requirement.says
    yield "source", f"{requirement.source}, {requirement.url}"
    yield "spec", f"openapi.yaml:{line} {requirement.pointer}"
    yield "checked", oracle_registry.explanation(requirement.id)
    yield "exercised by", "; ".join(f"{name}: {_sends(name)}" for name in requirement.exercised_by)
    yield "profiles", f"{', '.join(profiles(requirement))}; needs {needs(requirement) or 'no options'}"
    if requirement.presupposes:
        yield "presupposes", _titles(requirement.presupposes, requirements)
    others = [key for key in requirement.explained_by if key not in requirement.presupposes]
    causes = [_titles(others, requirements)] if others else []
    if requirement.same_status_as:
        causes.append(f"with the same status {_titles(requirement.same_status_as, requirements)}")
    if causes:
        yield "explained by", "; ".join(causes)
    names = _faults(requirement)
    more = f" and {len(names) - MAX_FAULTS} more: {LIST_FAULTS}" if len(names) > MAX_FAULTS else ""
    yield "faults", ", ".join(names[:MAX_FAULTS]) + more if names else "none: an observation cannot be violated"


def _sends(name: str) -> str:
    return PHASES[name] if name in PHASES else SCENARIOS[name].sends


def _titles(ids: Sequence[str], requirements: Catalogue) -> str:
    """Return the IDs with their titles, or without them if there are too many for one screen."""
    if len(ids) > MAX_TITLES:
        return ", ".join(ids)
    return "; ".join(
        f"{key} {textwrap.shorten(requirements[key].title, TITLE_WIDTH, placeholder=' ...')}" for key in ids
    )


def _faults(requirement: Requirement) -> list[str]:
    """Return the names of the faults that violate a requirement, shortest first, since those are the simplest."""
    return sorted((fault.name for fault in FAULTS.values() if requirement.id in fault.breaks), key=len)


def _commands(requirement: Requirement) -> Iterator[tuple[str, str]]:
    """Yield the labels and commands that check the requirement and that show a violation of it."""
    yield "check it", f"drs-conform --only {requirement.id}"
    names = _faults(requirement)
    if names:
        yield "violate it", f"drs-mock --port {MOCK_PORT} --fault {names[0]} &"
        yield "", f"drs-conform --target http://127.0.0.1:{MOCK_PORT}"

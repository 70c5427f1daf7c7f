"""The runs that a file of targets asks for, all checked before the first of them begins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from conformance.config import credentials, option_values
from conformance.config.option_values import is_local
from conformance.config.options import OF_A_TARGET, OPTIONS
from conformance.config.settings import Settings
from conformance.config.targets_file import at
from conformance.errors import CatalogueError, ConfigurationError, LedgerError
from conformance.spec import deviations
from conformance.target.ledger import check_ledger

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from conformance.config.targets_file import Target
    from conformance.spec.catalogue import Catalogue

__all__ = ["TargetRun", "check_alone", "prepare"]

LOGIN = frozenset(name for names in credentials.GROUPS.values() for name in names)
FLAGS = re.compile("|".join(sorted((f"{option.flag}(?![a-z-])" for option in OPTIONS), key=len, reverse=True)))


@dataclass(frozen=True)
class TargetRun:
    """A run that is to be made.

    Attributes:
        name: Name of the target.
        settings: What is asked for, complete and checked.
        options: What each option is given; credentials are among them.
        notices: What the user may not be aware of.
    """

    name: str
    settings: Settings
    options: Mapping[str, str | list[str]] = field(repr=False)
    notices: tuple[str, ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line of the run: what no variable can stand for, and nothing that is secret."""
        return ("--only", *self.settings.only) if self.settings.only else ()

    def environment(self, outer: Mapping[str, str], hidden: frozenset[str]) -> dict[str, str]:
        """Return the environment of the run: its own options, and nothing that is meant for another run.

        Args:
            outer: The environment of this process.
            hidden: Variables that targets take their values from, which may be secrets.
        """
        inner = {key: value for key, value in outer.items() if not key.startswith("DRS_") and key not in hidden}
        for option in OPTIONS:
            if option.environment is not None and option.name in self.options:
                value = self.options[option.name]
                inner[option.environment] = value if isinstance(value, str) else ",".join(value)
        return inner


def check_alone(values: Mapping[str, Any], environment: Mapping[str, str], targets: Sequence[Target]) -> None:
    """Refuse what belongs to one target beside the file of them all.

    Credentials in the environment are no clash, and are not used either: they may be there for other runs. Nor is a
    variable a clash that a target takes a value from.

    Raises:
        ConfigurationError: Some of that was given.
    """
    named = frozenset[str]().union(*(target.variables for target in targets))
    for option in OF_A_TARGET:
        if values.get(option.name) is not None:
            raise ConfigurationError(f"{option.flag}, --targets: only one can be given; write the former into the file")
        stray = option.environment in environment and option.environment not in named
        if stray and option.name not in LOGIN:
            raise ConfigurationError(f"{option.environment}, --targets: only one can be given; unset the former")


def prepare(
    targets: Sequence[Target], given: Mapping[str, Any], path: Path, catalogue: Catalogue
) -> tuple[TargetRun, ...]:
    """Check each target, and all of them together.

    Args:
        targets: What the file says.
        given: The options of all runs, from the command line or the environment, which override those of the file.
        path: The file, for messages.
        catalogue: All requirements.

    Raises:
        ConfigurationError: One cannot be judged as it is; the message names the file and the target.
    """
    with at(path):
        runs = [_run(target, given, catalogue) for target in targets]
        _check_apart(runs)
    return tuple(runs)


def _run(target: Target, given: Mapping[str, Any], catalogue: Catalogue) -> TargetRun:
    try:
        return _checked(target, given, catalogue)
    except (ConfigurationError, LedgerError) as error:
        raise ConfigurationError(f"{target.name}: {_as_keys(str(error), given)}") from None


def _checked(target: Target, given: Mapping[str, Any], catalogue: Catalogue) -> TargetRun:
    directory = str(Path(given.get("report_dir", "reports")) / target.name)
    options = {**target.options, **given, "report_dir": directory}
    url = option_values.url("--target", options.get("target"))
    if url is not None and not is_local(url, options.get("proxy")) and not LOGIN & options.keys():
        raise ConfigurationError(
            'token_env: missing; name the variable that holds its token, such as token_env = "TOKEN_NORTH"'
        )
    settings = Settings.read(options)
    try:
        catalogue.select(settings.only)
    except CatalogueError as error:
        raise ConfigurationError(f"--only: {error}") from None
    if settings.known_deviations is not None:
        deviations.read(settings.known_deviations, catalogue)
    return TargetRun(target.name, settings, options, tuple(filter(None, (check_ledger(settings), settings.warning))))


def _as_keys(message: str, given: Container[str]) -> str:
    """Name options as the file does, but for those that were given on the command line."""
    names = {option.flag: option.name for option in OPTIONS if option.name not in given}
    return FLAGS.sub(lambda match: names.get(match[0], match[0]), message)


def _check_apart(runs: Sequence[TargetRun]) -> None:
    """Refuse two targets that are one, and a batch that one target may commit and another relies on."""
    places: dict[str, str] = {}
    users: dict[str, str] = {}
    consumed = {batch_id.strip().casefold() for run in runs for batch_id in _consumed(run.settings)}
    for run in runs:
        if run.settings.target is not None:
            place = str(httpx.URL(run.settings.target))
            other = places.setdefault(place, run.name)
            if other != run.name:
                raise ConfigurationError(f"{other}, {run.name}: have the same target; leave one of them out")
        for batch_id in {batch_id for ids in run.settings.jobs.values() for batch_id in ids}:
            key = batch_id.strip().casefold()
            other = users.setdefault(key, run.name)
            if key in consumed and other != run.name:
                raise ConfigurationError(f"{other}, {run.name}: both name {batch_id}, which one of them may commit")


def _consumed(settings: Settings) -> tuple[str, ...]:
    return (*settings.ready_jobs, *settings.validating_jobs)
